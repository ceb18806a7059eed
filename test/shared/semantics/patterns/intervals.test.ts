import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { IntervalTree } from '../../../../shared/semantics/patterns/intervals.ts';

test('an interval tree finds exactly the ranges that hold the number', () => {
  const interval = fc
    .tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: 0, max: 15 }))
    .map(([low, width]) => ({ low, high: low + width }));
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 40 }), fc.integer({ min: -22, max: 37 }), (intervals, value) => {
      const found: number[] = [];
      const tree = new IntervalTree(intervals.map((each, item) => ({ ...each, item })));
      tree.at(value, (item) => found.push(item));
      const expected = intervals.flatMap(({ low, high }, item) => (low <= value && value <= high ? [item] : []));
      expect(found.sort((left, right) => left - right)).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});
