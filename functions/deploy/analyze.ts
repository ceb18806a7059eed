import { z } from 'zod';
import { Timestamp } from '../../shared/core/codecs.ts';
import type { DeployPort, RevisionTraffic } from '../../shared/drivers/deploy/port.ts';
import { operation } from '../../shared/operation.ts';
import { judge, type Measurement, measure, measureProbe } from '../../shared/semantics/canary/index.ts';
import { Analysis, type AnalysisMetric } from '../../shared/types/deploy.ts';
import { heedAbort } from './record.ts';
import { Revision, RolloutTarget } from './steps.ts';

const MeasurementJson = z.strictObject({
  outcome: z.enum(['Successful', 'Inconclusive', 'Error', 'Failed']),
  value: z.number().optional(),
  reason: z.string(),
});

/** Takes one round of measurements of a canary, and judges it with the rounds before. */
export default operation({
  name: 'deploy.analyze',
  summary: 'Measure a canary once more and judge it',
  input: RolloutTarget.extend({
    analysis: Analysis,
    canary: Revision,
    stable: Revision.optional(),
    since: Timestamp.describe('traffic before it does not count'),
    measurements: z.array(z.array(MeasurementJson)).describe('the rounds before'),
  }),
  output: z.strictObject({
    phase: z.enum(['Running', 'Successful', 'Inconclusive', 'Failed', 'Error']),
    reason: z.string(),
    measurements: z.array(z.array(MeasurementJson)),
    intervalSeconds: z.int().describe('until the next round'),
  }),
  errors: ['DeploymentError.Aborted'],
  idempotency: 'natural',
  example: {
    deployment: 'sentiment',
    execution: 'deploy-01J0000000000000000000000',
    analysis: { metrics: [{ kind: 'ErrorRate', name: 'errors', max: 0.01 }] },
    canary: '1-1-0-7d793037',
    stable: '1-0-0-5d41402a',
    since: '2026-01-01T00:00:00Z',
    measurements: [],
  },
  async run({ deployment, execution, analysis, canary, stable, since, measurements }, driver, context) {
    await heedAbort(context, deployment, execution);
    const sides = {
      canary: await driver.metrics(deployment, canary, since, context.now),
      ...(stable && { stable: await driver.metrics(deployment, stable, since, context.now) }),
    };
    const round: Measurement[] = [];
    for (const metric of analysis.metrics)
      round.push(await take(metric, sides, analysis, { driver, deployment, canary }));
    const rounds = [...measurements, round];
    const { phase, reason } = judge({ analysis, measurements: rounds });
    return { phase, reason, measurements: rounds, intervalSeconds: Math.max(1, Math.ceil(analysis.interval.seconds)) };
  },
});

async function take(
  metric: AnalysisMetric,
  sides: { canary: RevisionTraffic; stable?: RevisionTraffic },
  analysis: Analysis,
  { driver, deployment, canary }: { driver: DeployPort; deployment: string; canary: string },
): Promise<Measurement> {
  if (metric.kind !== 'Probe') return measure(metric, sides, metric.minSamples ?? analysis.minSamples);
  const answers = await driver.probe(deployment, canary, metric.requests);
  return measureProbe(metric, answers);
}
