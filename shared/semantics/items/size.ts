import { Decimal, partsOf } from '../../core/decimal.ts';
import type { AttributeValue, Item } from '../../types/attributes.ts';

/** The most bytes that an item may have, names included. */
export const LARGEST_ITEM = 400 * 1024;

/** The bytes of an item as DynamoDB counts them: the names and values of its attributes in UTF-8. */
export function sizeOf(item: Item): number {
  let size = 0;
  for (const [name, value] of Object.entries(item)) size += Buffer.byteLength(name) + sizeOfValue(value);
  return size;
}

function sizeOfValue(value: AttributeValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number' || value instanceof Decimal) return sizeOfNumber(value);
  if (value === null || typeof value === 'boolean') return 1;
  if (value instanceof Uint8Array) return value.byteLength;
  if (value instanceof Set) return [...value].reduce<number>((size, member) => size + sizeOfValue(member), 0);
  if (Array.isArray(value)) return value.reduce<number>((size, member) => size + 1 + sizeOfValue(member), 3);
  return 3 + Object.keys(value).length + sizeOf(value);
}

/** One byte for each pair of digits, counted from the decimal point, from the first significant one to the last; one more, and one for a minus. */
function sizeOfNumber(value: number | Decimal): number {
  const { digits, exponent, negative } = partsOf(value);
  if (digits === '') return 1;
  const alone = exponent % 2 === 0 ? 1 : 0;
  return alone + Math.ceil((digits.length - alone) / 2) + 1 + (negative ? 1 : 0);
}
