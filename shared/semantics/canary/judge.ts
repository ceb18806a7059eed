import type { Analysis, AnalysisMetric } from '../../types/deploy.ts';
import type { Measurement, Outcome } from './measurement.ts';

/** Where an analysis or one of its metrics stands. */
export type Phase = 'Running' | Outcome;

/** What the judge says of one metric. */
export interface MetricVerdict {
  name: string;
  phase: Phase;
  reason: string;
  /** Measurements by outcome, up to the one that decided. */
  counts: Record<Outcome, number>;
  /** The last value that was measured. */
  value?: number;
}

/** What the judge says of the whole analysis. */
export interface Verdict {
  phase: Phase;
  reason: string;
  metrics: MetricVerdict[];
}

const SEVERITY: Phase[] = ['Running', 'Successful', 'Inconclusive', 'Error', 'Failed'];

/**
 * Judges the measurements so far; each round has one measurement per metric, in the order of the analysis.
 *
 * As in Argo Rollouts (https://argo-rollouts.readthedocs.io/en/stable/features/analysis/): a metric Failed with more failures than
 * `failureLimit`, is Inconclusive with more inconclusive measurements than `inconclusiveLimit`, is in Error with more errors in a row than
 * `consecutiveErrorLimit`, and is Successful when it was measured `count` times, errors not counted, without any of that. The analysis ends
 * at once with a metric that Failed or is in Error, otherwise with its last metric, and is the worst of them.
 */
export function judge({ analysis, measurements }: { analysis: Analysis; measurements: Measurement[][] }): Verdict {
  const metrics = analysis.metrics.map((metric, index) =>
    judgeMetric(
      analysis,
      metric,
      measurements.flatMap((round) => round[index] ?? []),
    ),
  );
  const phase = phaseOf(metrics);
  return { phase, reason: reasonOf(phase, metrics), metrics };
}

function phaseOf(metrics: MetricVerdict[]): Phase {
  const worst = SEVERITY[Math.max(...metrics.map(({ phase }) => SEVERITY.indexOf(phase)))]!;
  if (worst === 'Failed' || worst === 'Error') return worst;
  return metrics.some(({ phase }) => phase === 'Running') ? 'Running' : worst;
}

function reasonOf(phase: Phase, metrics: MetricVerdict[]): string {
  const decisive = metrics.filter((metric) => metric.phase === phase);
  return decisive.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
}

interface Limits {
  count: number;
  failureLimit: number;
  inconclusiveLimit: number;
  consecutiveErrorLimit: number;
}

function limitsOf(analysis: Analysis, metric: AnalysisMetric): Limits {
  return {
    count: analysis.count,
    failureLimit: metric.failureLimit ?? analysis.failureLimit,
    inconclusiveLimit: metric.inconclusiveLimit ?? analysis.inconclusiveLimit,
    consecutiveErrorLimit: metric.consecutiveErrorLimit ?? analysis.consecutiveErrorLimit,
  };
}

function judgeMetric(analysis: Analysis, metric: AnalysisMetric, measurements: Measurement[]): MetricVerdict {
  const limits = limitsOf(analysis, metric);
  const verdict: MetricVerdict = {
    name: metric.name,
    phase: 'Running',
    reason: `measured 0 of ${limits.count} times`,
    counts: { Successful: 0, Inconclusive: 0, Error: 0, Failed: 0 },
  };
  let errorsInRow = 0;
  for (const measurement of measurements) {
    errorsInRow = measurement.outcome === 'Error' ? errorsInRow + 1 : 0;
    verdict.counts[measurement.outcome] += 1;
    if (measurement.value !== undefined) verdict.value = measurement.value;
    Object.assign(verdict, decide(verdict.counts, errorsInRow, limits, measurement.reason));
    if (verdict.phase !== 'Running') return verdict;
  }
  return verdict;
}

function decide(
  counts: Record<Outcome, number>,
  errorsInRow: number,
  limits: Limits,
  last: string,
): { phase: Phase; reason: string } {
  const { failureLimit, inconclusiveLimit, consecutiveErrorLimit, count } = limits;
  if (counts.Failed > failureLimit) {
    return { phase: 'Failed', reason: beyond(last, counts.Failed, 'failed measurements', failureLimit) };
  }
  if (counts.Inconclusive > inconclusiveLimit) {
    const text = beyond(last, counts.Inconclusive, 'inconclusive measurements', inconclusiveLimit);
    return { phase: 'Inconclusive', reason: text };
  }
  if (errorsInRow > consecutiveErrorLimit) {
    return { phase: 'Error', reason: beyond(last, errorsInRow, 'errors in a row', consecutiveErrorLimit) };
  }
  const taken = counts.Successful + counts.Failed + counts.Inconclusive;
  if (taken >= count) return { phase: 'Successful', reason: last };
  return { phase: 'Running', reason: `measured ${taken} of ${count} times; the last one: ${last}` };
}

function beyond(last: string, found: number, what: string, limit: number): string {
  return limit === 0 ? last : `${last} (${found} ${what}, ${limit} are tolerated)`;
}
