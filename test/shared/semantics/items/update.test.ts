import { describe, expect, test } from '@jest/globals';
import { namedTwice, updated } from '../../../../shared/semantics/items/update.ts';
import type { AttributeValue } from '../../../../shared/types/attributes.ts';

describe('an update', () => {
  test('leaves the item that it is given as it was', () => {
    const before: Record<string, AttributeValue> = { l: [1], s: new Set(['a']), n: 1 };
    const after = updated(before, { set: { x: 1 }, append: { l: [2] }, add: { n: 1, s: new Set(['b']) } });
    expect(before).toEqual({ l: [1], s: new Set(['a']), n: 1 });
    expect(after).toEqual({ l: [1, 2], s: new Set(['a', 'b']), n: 2, x: 1 });
  });

  test('takes names that every object has for no attribute', () => {
    expect(updated({}, { set: {}, append: { constructor: ['a'] } })).toEqual({ constructor: ['a'] });
  });

  test('knows members of a set of binary by their bytes', () => {
    const bytes = (value: number): Uint8Array<ArrayBuffer> => new Uint8Array([value]);
    const before = { s: new Set([bytes(1), bytes(2)]) };
    expect(updated(before, { set: {}, deleteFrom: { s: new Set([bytes(1)]) } })).toEqual({ s: new Set([bytes(2)]) });
    expect(updated(before, { set: {}, add: { s: new Set([bytes(2)]) } })).toEqual(before);
  });
});

test.each([
  [{ set: { a: 1 }, remove: ['a'] }, 'a'],
  [{ set: {}, add: { b: 1 }, append: { b: [1] } }, 'b'],
  [{ set: {}, remove: ['c', 'c'] }, 'c'],
  [{ set: { a: 1 }, remove: ['b'] }, undefined],
])('%j names twice: %s', (update, name) => {
  expect(namedTwice(update)).toBe(name);
});
