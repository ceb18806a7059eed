import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { withinWindow } from '../../../../shared/semantics/schedules/index.ts';

const occurrence = new Date('2026-05-04T10:00:00Z');

describe('a flexible window', () => {
  test('holds every time that is chosen within it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1440 }), fc.string(), fc.nat(1e9), (minutes, seed, minute) => {
        const one = new Date(minute * 1000);
        const delay = withinWindow(one, minutes, seed).getTime() - one.getTime();
        expect(delay >= 0 && delay < minutes * 60_000).toBe(true);
      }),
    );
  });

  test('gives the same time again for the same seed and occurrence', () => {
    expect(withinWindow(occurrence, 15, 'cost-report')).toEqual(withinWindow(new Date(occurrence), 15, 'cost-report'));
  });

  test('spreads schedules, and the occurrences of one, over its whole length', () => {
    const tenths = (times: Date[]): Set<number> =>
      new Set(times.map((time) => Math.floor((time.getTime() % 600_000) / 60_000)));
    const schedules = Array.from({ length: 200 }, (_, index) => withinWindow(occurrence, 10, `schedule-${index}`));
    const hours = Array.from({ length: 200 }, (_, index) =>
      withinWindow(new Date(occurrence.getTime() + index * 3_600_000), 10, 'cost-report'),
    );
    expect(tenths(schedules).size).toBe(10);
    expect(tenths(hours).size).toBe(10);
  });

  test.each([0, 1441, -5, 1.5, Number.NaN])('of %d minutes is refused', (minutes) => {
    expect(() => withinWindow(occurrence, minutes, 'seed')).toThrow('from 1 to 1440');
  });
});
