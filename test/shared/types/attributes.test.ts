import { describe, expect, test } from '@jest/globals';
import { decimal } from '../../../shared/core/decimal.ts';
import { decode, encode } from '../../../shared/core/validation.ts';
import { AttributeValue, Item } from '../../../shared/types/attributes.ts';

test.each([
  ['a number that is no JavaScript number', decimal('1e100'), { $number: '1e+100' }],
  ['binary', new Uint8Array([0, 1, 2]), { $binary: 'AAEC' }],
  ['a set of texts', new Set(['a', 'b']), { $set: ['a', 'b'] }],
  ['a set of binary', new Set([new Uint8Array([1])]), { $set: [{ $binary: 'AQ==' }] }],
  ['a map that looks like a set', { $set: ['a'] }, { $map: { $set: ['a'] } }],
  ['a map with a name that begins with $ beside another', { $set: 1, b: 2 }, { $set: 1, b: 2 }],
  ['-0', -0, 0],
])('%s has a JSON form of its own', (_what, value, json) => {
  expect(encode(AttributeValue, value as AttributeValue, 'value')).toEqual(json);
});

describe('the JSON form of a value', () => {
  test.each([
    ['a name that is no type', { $date: '2026-01-01' }, /"\$date" is none of \$number, \$binary, \$set and \$map/],
    ['a number that is none', { $number: 'many' }, /"many" is not a number/],
    ['a number of 39 digits', { $number: '1'.repeat(39) }, /39 significant digits/],
    ['a number that JSON has rounded', 2 ** 60, /use decimal/],
    ['a number in a number', { $number: 1 }, /\$number needs a text/],
    ['binary that is not base64', { $binary: 'A' }, /\$binary needs base64/],
    ['an empty set', { $set: [] }, /must not be empty/],
    ['a set with a member twice', { $set: [1, { $number: '1.0' }] }, /same member twice/],
    ['a set of two types', { $set: [1, 'a'] }, /all be texts, all numbers or all binary/],
    ['a set that is no list', { $set: 'a' }, /\$set needs a list/],
    ['a map that is none', { $map: [] }, /\$map needs an object/],
  ])('cannot have %s', (_what, json, message) => {
    expect(() => decode(AttributeValue, json, 'value')).toThrow(
      expect.objectContaining({ code: 'InvalidInput', message: expect.stringMatching(message) }),
    );
  });

  test('of an item has no type at its top, where every name is an attribute', () => {
    const item = { $set: 'of the sun', id: 'a' };
    expect(encode(Item, item, 'item')).toEqual(item);
    expect(decode(Item, { $set: [1] }, 'item')).toEqual({ $set: [1] });
  });

  test('says where in an item the wrong value lies', () => {
    expect(() => decode(Item, { id: 'a', b: { c: [1, { $set: [] }] } }, 'item')).toThrow(/attribute b\.c\[1\]: a set/);
  });

  test('gives names that every object has back as attributes', () => {
    const item = JSON.parse('{"constructor": 1, "toString": {"__proto__": "a"}}');
    const written = encode(Item, decode(Item, item, 'item'), 'item');
    expect(JSON.stringify(written)).toBe(JSON.stringify(item));
  });
});
