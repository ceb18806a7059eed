import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LatencyHistogram } from '../../../shared/core/histogram.ts';

const HOURS_19 = 2 ** 36 / 1_000;

function histogramOf(latencies: number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const latency of latencies) histogram.record(latency);
  return histogram;
}

function nearestRank(latencies: number[], percent: number): number {
  const sorted = latencies.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1]!;
}

const latency = fc.double({ min: 0, max: HOURS_19 / 2, noNaN: true });
const latencies = fc.array(fc.oneof(latency, fc.double({ min: 0, max: 50, noNaN: true })), {
  minLength: 1,
  maxLength: 200,
});

describe('latency histogram', () => {
  test('a percentile is within 1 % or 1 µs of the nearest rank among the recorded values', () => {
    fc.assert(
      fc.property(latencies, fc.integer({ min: 0, max: 100 }), (values, percent) => {
        const exact = nearestRank(values, percent);
        const error = Math.abs(histogramOf(values).percentile(percent)! - exact);
        expect(error).toBeLessThanOrEqual(Math.max(0.001, exact * 0.01));
      }),
    );
  });

  test('every power of two and its neighbours falls into a bucket of its own size', () => {
    for (let exponent = 0; exponent < 36; exponent++) {
      for (const microseconds of [2 ** exponent - 1, 2 ** exponent, 2 ** exponent + 1]) {
        const found = histogramOf([microseconds / 1_000]).percentile(50)! * 1_000;
        expect(Math.abs(found - microseconds)).toBeLessThanOrEqual(microseconds * 0.01);
      }
    }
  });

  test('merging two is the same as recording everything in one', () => {
    fc.assert(
      fc.property(latencies, latencies, (left, right) => {
        const merged = histogramOf(left);
        merged.merge(histogramOf(right));
        expect(merged.toJSON()).toEqual(histogramOf([...left, ...right]).toJSON());
        expect(merged.count).toBe(left.length + right.length);
      }),
    );
  });

  test('JSON holds only filled buckets and comes back as the same histogram', () => {
    expect(histogramOf([0.005, 0.005, 0.009]).toJSON()).toEqual([5, 2, 9, 1]);
    fc.assert(
      fc.property(latencies, (values) => {
        const original = histogramOf(values);
        const copy = LatencyHistogram.fromJSON(JSON.parse(JSON.stringify(original)));
        expect(copy.toJSON()).toEqual(original.toJSON());
        expect(copy.count).toBe(values.length);
      }),
    );
  });

  test('an empty histogram has no percentile', () => {
    expect(new LatencyHistogram().percentile(99)).toBeUndefined();
  });

  test('a latency beyond the range counts as the longest one', () => {
    expect(histogramOf([Number.MAX_VALUE]).percentile(100)! / HOURS_19).toBeCloseTo(1, 2);
  });

  test.each([-1, Number.NaN])('a latency of %p ms is refused', (value) => {
    expect(() => new LatencyHistogram().record(value)).toThrow(`latency: ${value} ms is not a length of time`);
  });

  test.each([-1, 101, Number.NaN])('percentile %p is refused', (percent) => {
    expect(() => histogramOf([1]).percentile(percent)).toThrow('is not a percentage');
  });

  test.each([[[5]], [[-1, 1]], [[5, 0]], [[5, 1.5]], [[1e9, 1]], [[5, Number.NaN]]])(
    'JSON that toJSON would not write is refused: %j',
    (pairs) => {
      expect(() => LatencyHistogram.fromJSON(pairs)).toThrow('latency histogram');
    },
  );
});
