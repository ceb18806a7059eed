/** An IP address: 32 bits or 128 bits. */
export interface Address {
  bits: 32 | 128;
  value: bigint;
}

/** The addresses that share their first bits. */
export interface AddressRange extends Address {
  /** How many of the last bits are free. */
  free: bigint;
}

/** Reads a range such as `10.0.0.0/24` or `2001:db8::/32`; a text says why it is none. */
export function parseRange(text: string): AddressRange | string {
  const [address, length, ...rest] = text.split('/');
  if (length === undefined || rest.length) return 'write an address, one "/" and a number of bits, such as 10.0.0.0/24';
  const parsed = parseAddress(address!);
  if (!parsed) return `"${address}" is neither an IPv4 nor an IPv6 address`;
  // A whole address is no range: event-ruler refuses /32 and /128.
  if (!/^\d{1,3}$/.test(length) || Number(length) >= parsed.bits) {
    return `"${length}" is not a number of bits from 0 to ${parsed.bits - 1}; to match one address, write it as a plain string`;
  }
  const free = BigInt(parsed.bits - Number(length));
  return { bits: parsed.bits, value: parsed.value >> free, free };
}

/** Whether a text is an address of that range. */
export function isInRange(text: string, range: AddressRange): boolean {
  const address = parseAddress(text);
  return address !== undefined && address.bits === range.bits && address.value >> range.free === range.value;
}

/** Reads an IPv4 address in four decimal numbers, or an IPv6 address as RFC 4291 §2.2 writes it. */
export function parseAddress(text: string): Address | undefined {
  if (text.includes(':')) return parseVersion6(text);
  const groups = version4Groups(text);
  return groups && { bits: 32, value: join(groups, 8n) };
}

function version4Groups(text: string): number[] | undefined {
  const groups = text.split('.');
  const valid =
    groups.length === 4 && groups.every((group) => /^(?:0|[1-9]\d{0,2})$/.test(group) && Number(group) < 256);
  return valid ? groups.map(Number) : undefined;
}

function parseVersion6(text: string): Address | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = [groupsOf(halves[0]!), groupsOf(halves[1] ?? '')];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return { bits: 128, value: join([...head, ...Array<number>(missing).fill(0), ...tail], 16n) };
}

// The groups of one side of "::"; the last one may be an IPv4 address, which counts as two.
function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const texts = text.split(':');
  for (const [index, group] of texts.entries()) {
    if (group.includes('.') && index === texts.length - 1) {
      const embedded = version4Groups(group);
      if (!embedded) return undefined;
      groups.push(embedded[0]! * 256 + embedded[1]!, embedded[2]! * 256 + embedded[3]!);
      continue;
    }
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined;
    groups.push(Number.parseInt(group, 16));
  }
  return groups;
}

function join(groups: number[], width: bigint): bigint {
  return groups.reduce((value, group) => (value << width) | BigInt(group), 0n);
}
