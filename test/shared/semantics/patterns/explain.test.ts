import { describe, expect, test } from '@jest/globals';
import { explain, type Pattern } from '../../../../shared/semantics/patterns/index.ts';

const event = {
  type: 'order',
  data: {
    total: 20,
    items: [
      { sku: 'a', count: 1 },
      { sku: 'b', count: 2 },
    ],
  },
};

describe('why an event does not match', () => {
  test.each<[string, Pattern, { path: string; found: unknown[] }[]]>([
    ['nothing, when it does', { type: ['order'] }, []],
    [
      'the value of a field',
      { type: ['order'], data: { total: [{ numeric: ['>', 50] }] } },
      [{ path: 'data.total', found: [20] }],
    ],
    ['a field that is not there', { subject: ['x'] }, [{ path: 'subject', found: [] }]],
    [
      'every field that fails',
      { type: ['refund'], source: ['/shop'] },
      [
        { path: 'type', found: ['order'] },
        { path: 'source', found: [] },
      ],
    ],
    ['a field that should not be there', { type: [{ exists: false }] }, [{ path: 'type', found: ['order'] }]],
    [
      'the nearest way of an $or',
      { $or: [{ type: ['refund'], a: [1] }, { type: ['credit'] }] },
      [{ path: 'type', found: ['order'] }],
    ],
    [
      'fields of different elements of an array',
      { data: { items: { sku: ['a'], count: [2] } } },
      [{ path: '', found: [] }],
    ],
  ])('is %s', (_what, pattern, mismatches) => {
    expect(explain(pattern, event)).toEqual(mismatches);
  });

  test('is not told of a pattern that is not valid', () => {
    expect(() => explain({ type: [] }, event)).toThrow(expect.objectContaining({ code: 'InvalidInput' }));
  });
});
