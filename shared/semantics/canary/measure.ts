import type { AnalysisMetric } from '../../types/deploy.ts';
import type { Measurement } from './measurement.ts';
import { count, milliseconds, percent, unlike } from './wording.ts';

/** The traffic of one side, as the proxy measured it. */
export interface SideStats {
  requests: number;
  /** Answers with status 5xx and connections that failed. */
  errors: number;
  /** Milliseconds: a LatencyHistogram, or whatever answers percentiles. */
  latency: { percentile(percent: number): number | undefined };
}

/** The traffic that a metric looks at. Without a stable side, the bounds relative to it do not apply. */
export interface Sides {
  canary: SideStats;
  stable?: SideStats;
}

/** A metric that is read from traffic. */
export type TrafficMetric = Extract<AnalysisMetric, { kind: 'ErrorRate' | 'Latency' }>;

/**
 * One measurement of the canary's error rate or latency. What breaks its own bound has failed whatever the stable side does; too few
 * requests on a side that is needed make it inconclusive, never successful.
 */
export function measure(metric: TrafficMetric, sides: Sides, minSamples: number): Measurement {
  const needed = Math.max(1, metric.minSamples ?? minSamples);
  const what = metric.kind === 'ErrorRate' ? 'error rate' : `latency p${metric.percentile}`;
  const tooFew = tooFewRequests(what, 'canary', sides.canary, needed);
  if (tooFew) return tooFew;
  return metric.kind === 'ErrorRate' ? errorRate(metric, sides, needed) : latency(metric, sides, needed);
}

function tooFewRequests(
  what: string,
  side: 'canary' | 'stable',
  { requests }: SideStats,
  needed: number,
): Measurement | undefined {
  if (requests >= needed) return undefined;
  const reason = `the ${side} side had ${count(requests, 'request')}, and ${needed} are needed to judge its ${what}`;
  return { outcome: 'Inconclusive', reason };
}

function errorRate(
  { max, maxIncrease }: Extract<AnalysisMetric, { kind: 'ErrorRate' }>,
  { canary, stable }: Sides,
  needed: number,
): Measurement {
  const value = canary.errors / canary.requests;
  const seen = `(${count(canary.requests, 'request')})`;
  if (value > max) {
    const [rate, bound] = unlike(value, max, percent);
    return { outcome: 'Failed', value, reason: `error rate of ${rate} is above ${bound} ${seen}` };
  }
  if (stable && maxIncrease !== undefined) {
    const tooFew = tooFewRequests('error rate', 'stable', stable, needed);
    if (tooFew) return { ...tooFew, value };
    const base = stable.errors / stable.requests;
    // 0.1 − 0.08 is a little more than 0.02 in binary; a difference that small is no increase.
    if (value - base > maxIncrease + 1e-12) {
      const [increase, bound] = unlike(value - base, maxIncrease, percent);
      const reason = `error rate is ${increase} above the stable side's ${percent(base)}, and ${bound} is allowed ${seen}`;
      return { outcome: 'Failed', value, reason };
    }
  }
  return { outcome: 'Successful', value, reason: `error rate of ${percent(value)} ${seen}` };
}

function latency(
  { percentile, max, maxRatioToStable }: Extract<AnalysisMetric, { kind: 'Latency' }>,
  { canary, stable }: Sides,
  needed: number,
): Measurement {
  const what = `latency p${percentile}`;
  const value = canary.latency.percentile(percentile);
  const seen = `(${count(canary.requests, 'request')})`;
  if (value === undefined) return { outcome: 'Inconclusive', reason: `${what}: no latency was recorded ${seen}` };
  if (max && value > max.milliseconds) {
    const [time, bound] = unlike(value, max.milliseconds, milliseconds);
    return { outcome: 'Failed', value, reason: `${what} of ${time} is above ${bound} ${seen}` };
  }
  if (stable && maxRatioToStable !== undefined) {
    const base = stable.latency.percentile(percentile);
    const tooFew = tooFewRequests(what, 'stable', base === undefined ? { ...stable, requests: 0 } : stable, needed);
    if (tooFew) return { ...tooFew, value };
    if (value > base! * maxRatioToStable) {
      const [time, bound] = unlike(value, base! * maxRatioToStable, milliseconds);
      const reason = `${what} of ${time} is above ${bound}, which is ${maxRatioToStable} times the stable side's ${seen}`;
      return { outcome: 'Failed', value, reason };
    }
  }
  return { outcome: 'Successful', value, reason: `${what} of ${milliseconds(value)} ${seen}` };
}
