import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Duration, DurationSyntaxError } from '../../../shared/core/duration.ts';

describe('a duration', () => {
  test.each([
    ['PT0S', 0],
    ['PT0.5S', 500],
    ['PT0.001S', 1],
    ['PT1S', 1_000],
    ['PT90S', 90_000],
    ['PT5M', 300_000],
    ['PT1H30M', 5_400_000],
    ['P1D', 86_400_000],
    ['P1DT12H', 129_600_000],
    ['P2W', 1_209_600_000],
    ['P1W1DT1H1M1.001S', 694_861_001],
  ])('is read from %s', (text, milliseconds) => {
    expect(Duration.parse(text).milliseconds).toBe(milliseconds);
  });

  test.each([
    ['', 'an empty text'],
    ['P', 'no part'],
    ['PT', 'no part after T'],
    ['P1DT', 'nothing after T'],
    ['5M', 'no P'],
    ['P5M', 'months, whose length depends on the calendar'],
    ['P1Y', 'years, whose length depends on the calendar'],
    ['PT-5M', 'a negative part'],
    ['-PT5M', 'a negative length'],
    ['PT0.5M', 'a fraction of minutes'],
    ['PT0.0001S', 'less than a millisecond'],
    ['PT1M1H', 'the wrong order'],
    ['pt5m', 'lower-case letters'],
    [' PT5M', 'a space'],
  ])('is not read from "%s": %s', (text) => {
    expect(() => Duration.parse(text)).toThrow(DurationSyntaxError);
    expect(() => Duration.parse(text)).toThrow(`"${text}" is not an ISO 8601 duration; write weeks to seconds`);
  });

  test.each([
    [Duration.seconds(0), 'PT0S'],
    [Duration.milliseconds(1_500), 'PT1.5S'],
    [Duration.seconds(60), 'PT1M'],
    [Duration.minutes(90), 'PT1H30M'],
    [Duration.hours(24), 'P1D'],
    [Duration.days(14), 'P14D'],
    [Duration.hours(25), 'P1DT1H'],
  ])('is written in the largest units: %s', (duration, text) => {
    expect(duration.toString()).toBe(text);
    expect(JSON.stringify({ duration })).toBe(`{"duration":"${text}"}`);
    expect(`${duration}`).toBe(text);
  });

  test('comes back from its text as it was, whatever its length', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1_000 * 366 * 86_400_000 }), (milliseconds) => {
        const duration = Duration.milliseconds(milliseconds);
        expect(Duration.parse(duration.toString()).milliseconds).toBe(milliseconds);
      }),
    );
  });

  test.each([-1, -0.6, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('of %d ms is refused', (milliseconds) => {
    expect(() => Duration.milliseconds(milliseconds)).toThrow(RangeError);
    expect(() => Duration.milliseconds(milliseconds)).toThrow(`duration: ${milliseconds} ms is not a length of time`);
  });

  test('has a resolution of one millisecond', () => {
    expect(Duration.seconds(0.1 + 0.2).milliseconds).toBe(300);
    expect(Duration.milliseconds(1.6).seconds).toBe(0.002);
  });

  test('equals another one of the same length', () => {
    expect(Duration.minutes(2).equals(Duration.seconds(120))).toBe(true);
    expect(Duration.minutes(2).equals(Duration.seconds(121))).toBe(false);
  });
});
