import { type Numeric, partsOf } from '../../../core/decimal.ts';
import type { KeySchema } from '../../../semantics/items/check.ts';
import { own } from '../../../semantics/items/check.ts';
import { isNumeric } from '../../../semantics/items/values.ts';
import type { AttributeValue, Item } from '../../../types/attributes.ts';

/** Where an item lies in the order of a table or of an index; the number of the item tells apart those with equal keys. */
export interface Place {
  hash: Uint8Array;
  range: Uint8Array;
  item: number;
}

/** The least bytes that a key may have; they stand for the sort key of a table that has none. */
export const LEAST: Uint8Array = Buffer.of(0);

/** The bytes of a key's value, whose order is the order of the values. */
export function keyBytes(value: AttributeValue): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  if (isNumeric(value)) return numberBytes(value);
  return value as Uint8Array;
}

/** The bytes by which an item is found; undefined where it lacks one of the attributes. */
export function placeOf({ partitionKey, sortKey }: KeySchema, item: Item): Omit<Place, 'item'> | undefined {
  const partition = own(item, partitionKey.name);
  const sort = sortKey && own(item, sortKey.name);
  if (partition === undefined || (sortKey && sort === undefined)) return undefined;
  return { hash: keyBytes(partition), range: sort === undefined ? LEAST : keyBytes(sort) };
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

export function comparePlaces(a: Place, b: Place): number {
  return Buffer.compare(a.hash, b.hash) || Buffer.compare(a.range, b.range) || a.item - b.item;
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
