import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { LatencyHistogram } from '../../../../../shared/core/histogram.ts';
import { TrafficMetrics } from '../../../../../shared/drivers/deploy/local/metrics.ts';
import type { TrafficSample } from '../../../../../shared/drivers/deploy/local/traffic.ts';
import { Machine } from './machine.ts';

let database: DatabaseSync;
let metrics: TrafficMetrics;

beforeEach(() => {
  database = new DatabaseSync(':memory:');
  metrics = new TrafficMetrics(database);
});
afterEach(() => database.close());

function sample(second: number, more: Partial<TrafficSample> = {}): TrafficSample {
  const latency = new LatencyHistogram();
  latency.record(second);
  return { deployment: 'app', revision: 'v1', second, requests: 1, errors: 0, latency, ...more };
}

const requests = (since: number, until: number): number =>
  metrics.read('app', 'v1', new Date(since * 1_000), new Date(until * 1_000)).requests;

describe('measurements', () => {
  test('of one second add up, also when they come in parts', () => {
    metrics.add([sample(10, { requests: 3, errors: 1 })]);
    metrics.add([sample(10, { requests: 4, errors: 2 }), sample(10, { revision: 'v2' })]);
    const { requests, errors, latency } = metrics.read('app', 'v1', new Date(10_000), new Date(11_000));
    expect([requests, errors, latency.count]).toEqual([7, 3, 2]);
  });

  test('of adjoining spans share no second', () => {
    metrics.add([10, 11, 12, 13].map((second) => sample(second)));
    expect(requests(10, 12)).toBe(2);
    expect(requests(12, 14)).toBe(2);
    expect(requests(10, 14)).toBe(4);
  });

  test('include the second that has begun, and leave out one that began before', () => {
    metrics.add([10, 11, 12].map((second) => sample(second)));
    expect(requests(10.5, 12.5)).toBe(2);
  });

  test('are kept for six hours', () => {
    metrics.add([sample(10)]);
    metrics.add([sample(10 + 6 * 3_600)]);
    expect(requests(0, 100)).toBe(1);
    metrics.add([sample(11 + 6 * 3_600)]);
    expect(requests(0, 100)).toBe(0);
  });

  test('that cannot be kept do not spoil the next ones', () => {
    expect(() => metrics.add([sample(10), sample(11, { requests: null as never })])).toThrow();
    metrics.add([sample(12)]);
    expect(requests(0, 100)).toBe(1);
  });

  test('that cannot be kept, or come after the end, do not end the host', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const machine = new Machine();
    const driver = await machine.start();
    driver.addSamples([sample(10, { requests: null as never })]);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('measurements were lost'));
    await machine.close(driver, 'leave');
    driver.addSamples([sample(10)]);
    warn.mockRestore();
    await machine.end();
  });
});
