import { type Numeric, partsOf } from '../../../core/decimal.ts';
import type { KeySchema } from '../../../semantics/items/check.ts';
import { own } from '../../../semantics/items/check.ts';
import { isNumeric } from '../../../semantics/items/values.ts';
import type { AttributeValue, Item } from '../../../types/attributes.ts';

/** The bytes of a key's value, whose order is the order of the values. */
export function keyBytes(value: AttributeValue): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  if (isNumeric(value)) return numberBytes(value);
  return value as Uint8Array;
}

/**
 * Where an item lies in a table, by its own keys, or in an index: the bytes of its partition key and its sort key, whose order is that of the
 * items. Undefined where it lacks one of the two.
 */
export function placeOf({ partitionKey, sortKey }: KeySchema, item: Item): Uint8Array | undefined {
  const partition = own(item, partitionKey.name);
  if (partition === undefined) return undefined;
  const start = partitionPlace(partition);
  if (!sortKey) return start;
  const sort = own(item, sortKey.name);
  return sort === undefined ? undefined : Buffer.concat([start, escaped(keyBytes(sort)), END]);
}

/** What the places of all items of a partition begin with. */
export const partitionPlace = (value: AttributeValue): Uint8Array => Buffer.concat([escaped(keyBytes(value)), END]);

/** What follows the bytes of each key, which are written so that it is not among them and comes before whatever is. */
export const END: Uint8Array = Buffer.of(0, 0);

/** Bytes with each 0 followed by 255: so they are in the same order, and none of them is the end. */
export function escaped(bytes: Uint8Array): Uint8Array {
  return bytes.includes(0) ? Buffer.from([...bytes].flatMap((byte) => (byte === 0 ? [0, 255] : [byte]))) : bytes;
}

/** The least bytes that come after these. */
export const successor = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, Buffer.of(0)]);

/** The least bytes that come after all that begin with these; undefined when there are none. */
export function afterPrefix(prefix: Uint8Array): Uint8Array | undefined {
  const at = prefix.findLastIndex((byte) => byte !== 0xff);
  if (at < 0) return undefined;
  const bytes = Buffer.from(prefix.subarray(0, at + 1));
  bytes[at]! += 1;
  return bytes;
}

const NEGATIVE = 1;
const ZERO = 2;
const POSITIVE = 3;

/** The sign, the exponent and two digits a byte. All but the sign is inverted below 0, where more digits come earlier. */
function numberBytes(value: Numeric): Uint8Array {
  const { negative, digits, exponent } = partsOf(value);
  if (digits === '') return Buffer.of(ZERO);
  const bytes = [exponent + 130];
  for (let at = 0; at < digits.length; at += 2) bytes.push(Number(digits.slice(at, at + 2).padEnd(2, '0')) + 1);
  return negative ? Buffer.of(NEGATIVE, ...bytes.map((byte) => 255 - byte), 255) : Buffer.of(POSITIVE, ...bytes);
}
