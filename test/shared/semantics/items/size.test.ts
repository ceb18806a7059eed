import { expect, test } from '@jest/globals';
import { decimal } from '../../../../shared/core/decimal.ts';
import { sizeOf } from '../../../../shared/semantics/items/size.ts';
import type { AttributeValue } from '../../../../shared/types/attributes.ts';

// Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats"; the name of the attribute here has one byte.
test.each<[string, AttributeValue, number]>([
  ['a text by its UTF-8 bytes', 'aü€😀', 1 + 2 + 3 + 4],
  ['an empty text by nothing', '', 0],
  ['binary by its bytes', new Uint8Array(5), 5],
  ['null by one byte', null, 1],
  ['a boolean by one byte', false, 1],
  ['0 by one byte', 0, 1],
  ['a number by one byte for two digits and one more', 12345, 3 + 1],
  ['a negative number by one byte more', -12, 1 + 1 + 1],
  ['a number without the zeros at its ends', 120_000, 1 + 1],
  ['a number by pairs of digits from the decimal point', 1_200_000, 2 + 1],
  ['a fraction by pairs of digits from the decimal point', -0.123, 2 + 1 + 1],
  ['a number of 38 digits', decimal('9'.repeat(38)), 19 + 1],
  ['an empty list by three bytes', [], 3],
  ['a list by three bytes, and one more for each member', ['a', 'bc'], 3 + 2 + 1 + 2],
  ['an empty map by three bytes', {}, 3],
  ['a map by three bytes, its names, and one more for each member', { ab: 'c' }, 3 + 1 + 2 + 1],
  ['a set by its members', new Set(['a', 'bc']), 3],
])('%s', (_rule, value, bytes) => {
  expect(sizeOf({ n: value })).toBe(1 + bytes);
});
