import { compareNumbers, Decimal, type Numeric } from '../../core/decimal.ts';
import { type AttributeSet, type AttributeValue, attributeToJson } from '../../types/attributes.ts';

export const isNumeric = (value: unknown): value is Numeric => typeof value === 'number' || value instanceof Decimal;

/** Whether two values are the same: maps whatever the order of their names, sets whatever the order of their members. */
export const sameValue = (a: AttributeValue, b: AttributeValue): boolean => canonical(a) === canonical(b);

/** The members of a set with those of another one, each once. */
export function union(a: AttributeSet, b: AttributeSet): AttributeSet {
  const members = new Map([...a, ...b].map((member) => [canonical(member), member]));
  return new Set(members.values()) as AttributeSet;
}

/** The members of a set without those of another one; undefined when none are left. */
export function difference(a: AttributeSet, b: AttributeSet): AttributeSet | undefined {
  const gone = new Set([...b].map(canonical));
  const left = [...a].filter((member) => !gone.has(canonical(member)));
  return left.length ? (new Set(left) as AttributeSet) : undefined;
}

/** What the members of a set are. */
export function setType(set: AttributeSet): 'text' | 'number' | 'binary' {
  const [first] = set;
  return typeof first === 'string' ? 'text' : isNumeric(first) ? 'number' : 'binary';
}

/** The order of two texts (by their UTF-8 bytes), two numbers or two binary values; undefined when they have none. */
export function compareValues(a: AttributeValue, b: AttributeValue): number | undefined {
  if (isNumeric(a) && isNumeric(b)) return compareNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  return undefined;
}

/** A text that two values share exactly when they are the same. */
function canonical(value: AttributeValue): string {
  if (value instanceof Set) return `set(${[...value].map(canonical).sort().join()})`;
  if (Array.isArray(value)) return `list(${value.map(canonical).join()})`;
  if (isNumeric(value)) return `number(${value})`;
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array)
    return JSON.stringify(attributeToJson(value));
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `map(${members.sort().join()})`;
}
