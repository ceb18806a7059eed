import { describe, expect, test } from '@jest/globals';
import { LatencyHistogram } from '../../../../shared/core/histogram.ts';
import { measure, type SideStats, type TrafficMetric } from '../../../../shared/semantics/canary/index.ts';
import { AnalysisMetric } from '../../../../shared/types/deploy.ts';

const side = (requests: number, errors: number, latency: number): SideStats => ({
  requests,
  errors,
  latency: { percentile: () => latency },
});
const metric = (fields: Record<string, unknown>) =>
  AnalysisMetric.decode({ name: 'm', ...fields } as Parameters<typeof AnalysisMetric.decode>[0]) as TrafficMetric;
const errorRate = metric({ kind: 'ErrorRate', max: 0.01 });
const increase = metric({ kind: 'ErrorRate', max: 0.5, maxIncrease: 0.02 });
const p99 = metric({ kind: 'Latency', percentile: 99, max: 'PT0.25S' });
const ratio = metric({ kind: 'Latency', percentile: 50, maxRatioToStable: 1.5 });

describe('an error rate', () => {
  test.each([
    [1000, 10, 'Successful', 'error rate of 1 % (1,000 requests)'],
    [1204, 39, 'Failed', 'error rate of 3.24 % is above 1 % (1,204 requests)'],
    [20, 0, 'Successful', 'error rate of 0 % (20 requests)'],
    [19, 19, 'Inconclusive', 'the canary side had 19 requests, and 20 are needed to judge its error rate'],
    [100_000, 1_001, 'Failed', 'error rate of 1.001 % is above 1 % (100,000 requests)'],
  ])('with %i requests of which %i failed is %s', (requests, errors, outcome, reason) => {
    expect(measure(errorRate, { canary: side(requests, errors, 1) }, 20)).toMatchObject({ outcome, reason });
  });

  test.each([
    [side(1000, 100, 1), 'Successful'],
    [side(1000, 80, 1), 'Successful'],
    [side(1000, 79, 1), 'Failed'],
    [side(5, 5, 1), 'Inconclusive'],
    [undefined, 'Successful'],
  ])('of 10 %% that may be 2 %% above the stable side %# is %s', (stable, outcome) => {
    expect(measure(increase, { canary: side(1000, 100, 1), stable }, 20).outcome).toBe(outcome);
  });

  test('above its own bound has failed even when the stable side has too few requests to compare', () => {
    expect(measure(increase, { canary: side(1000, 600, 1), stable: side(0, 0, 1) }, 20).outcome).toBe('Failed');
  });
});

describe('a latency', () => {
  test.each([
    [250, 'Successful', 'latency p99 of 250 ms (1,204 requests)'],
    [412, 'Failed', 'latency p99 of 412 ms is above 250 ms (1,204 requests)'],
    [250.2, 'Failed', 'latency p99 of 250.2 ms is above 250 ms (1,204 requests)'],
  ])('of %d ms is %s', (milliseconds, outcome, reason) => {
    expect(measure(p99, { canary: side(1204, 0, milliseconds) }, 20)).toEqual({ outcome, value: milliseconds, reason });
  });

  test.each([
    [30, 'Successful'],
    [30.1, 'Failed'],
  ])('of %d ms beside 20 ms on the stable side, where 1.5 times is allowed, is %s', (milliseconds, outcome) => {
    const result = measure(ratio, { canary: side(50, 0, milliseconds), stable: side(50, 0, 20) }, 20);
    expect(result.outcome).toBe(outcome);
  });

  test('compared with a stable side of too few requests is inconclusive, and says how many there were', () => {
    expect(measure(ratio, { canary: side(50, 0, 10), stable: side(1, 0, 20) }, 20)).toMatchObject({
      outcome: 'Inconclusive',
      reason: 'the stable side had 1 request, and 20 are needed to judge its latency p50',
    });
  });

  test('is read from a histogram', () => {
    const latency = new LatencyHistogram();
    for (let index = 1; index <= 100; index++) latency.record(index * 10);
    const result = measure(p99, { canary: { requests: 100, errors: 0, latency } }, 20);
    expect(result.outcome).toBe('Failed');
    expect(result.value).toBeCloseTo(990, -1);
  });

  test('that nobody recorded is inconclusive', () => {
    const canary = { requests: 50, errors: 50, latency: new LatencyHistogram() };
    expect(measure(p99, { canary }, 20).outcome).toBe('Inconclusive');
  });
});

describe('the number of samples', () => {
  test('of the metric goes before that of the analysis', () => {
    const few = metric({ kind: 'ErrorRate', max: 0.01, minSamples: 5 });
    expect(measure(few, { canary: side(5, 0, 1) }, 20).outcome).toBe('Successful');
  });

  test('is never zero: without any request nothing is successful', () => {
    expect(measure(errorRate, { canary: side(0, 0, 1) }, 0).outcome).toBe('Inconclusive');
  });
});
