import { describe, expect, test } from '@jest/globals';
import { RateLimits, rateLimitProblem } from '../../../../infra/local/gateway/rateLimits.ts';
import { Duration } from '../../../../shared/core/duration.ts';

const limit = { requests: 3, per: Duration.seconds(30) };
const at = (seconds: number): Date => new Date(Date.UTC(2027, 0, 1) + seconds * 1000);

describe('a rate limit', () => {
  test('takes a burst, says when to come again, and fills up evenly', () => {
    const limits = new RateLimits();
    const take = (seconds: number): number | undefined => limits.take('hook', limit, at(seconds));
    expect([take(0), take(0), take(0), take(0)]).toEqual([undefined, undefined, undefined, 10]);
    expect(take(4)).toBe(6);
    expect([take(10), take(10)]).toEqual([undefined, 10]);
    // No more than one period is ever saved up.
    expect([take(1000), take(1000), take(1000), take(1000)]).toEqual([undefined, undefined, undefined, 10]);
  });

  test('is one for each name', () => {
    const limits = new RateLimits();
    const one = { requests: 1, per: Duration.minutes(1) };
    expect(limits.take('a', one, at(0))).toBeUndefined();
    expect(limits.take('b', one, at(0))).toBeUndefined();
    expect(limits.take('a', one, at(0))).toBe(60);
  });

  test('gives nothing for a clock that goes back, and goes on from there', () => {
    const limits = new RateLimits();
    const one = { requests: 1, per: Duration.minutes(1) };
    expect(limits.take('a', one, at(3600))).toBeUndefined();
    expect(limits.take('a', one, at(0))).toBe(60);
    expect(limits.take('a', one, at(60))).toBeUndefined();
  });

  test('is 600 a minute where nobody says', () => {
    const limits = new RateLimits();
    const taken = Array.from({ length: 601 }, () => limits.take('a', undefined, at(0)));
    expect(taken.filter((wait) => wait !== undefined)).toEqual([1]);
  });

  test.each([
    [{ requests: 0, per: Duration.minutes(1) }, /requests: 0/],
    [{ requests: 1.5, per: Duration.minutes(1) }, /requests: 1.5/],
    [{ requests: 1, per: Duration.hours(25) }, /per: P1DT1H/],
    [{ requests: 1, per: 'PT1M' as never }, /per: PT1M/],
  ])('that makes no sense is refused', (odd, problem) => {
    expect(rateLimitProblem(odd)).toMatch(problem);
  });
});
