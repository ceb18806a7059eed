import { z } from 'zod';
import { Timestamp } from '../../shared/core/codecs.ts';
import type { RevisionTraffic } from '../../shared/drivers/deploy/port.ts';
import { operation } from '../../shared/operation.ts';
import { DeploymentName } from '../../shared/types/deploy.ts';
import { MetricSample, type MetricUnit } from '../../shared/types/monitoring.ts';
import { readRecord } from './record.ts';

/** Milliseconds that are looked back where no start is given. */
const LOOK_BACK = 60_000;

const METRICS: Record<string, { unit: MetricUnit; of(traffic: RevisionTraffic): number }> = {
  Requests: { unit: 'Count', of: ({ requests }) => requests },
  Errors: { unit: 'Count', of: ({ errors }) => errors },
  ErrorRate: { unit: 'Percent', of: ({ requests, errors }) => (requests ? (100 * errors) / requests : 0) },
  LatencyP50: { unit: 'Milliseconds', of: ({ latency }) => percentile(latency, 50) },
  LatencyP95: { unit: 'Milliseconds', of: ({ latency }) => percentile(latency, 95) },
  LatencyP99: { unit: 'Milliseconds', of: ({ latency }) => percentile(latency, 99) },
};

const MetricName = z.enum(Object.keys(METRICS) as [string, ...string[]]);

/** Measures the traffic of each revision of a deployment, as its endpoint saw it. */
export default operation({
  name: 'deploy.getMetrics',
  summary: 'Measure requests, errors and latency by revision',
  input: z.strictObject({
    name: DeploymentName,
    metricNames: z.array(MetricName).min(1).default(Object.keys(METRICS)),
    since: Timestamp.optional().describe('one minute ago when left out'),
  }),
  output: z.strictObject({ samples: z.array(MetricSample) }),
  errors: ['DeploymentError.DeploymentNotFound'],
  idempotency: 'read',
  example: { name: 'sentiment', metricNames: ['Requests', 'LatencyP99'] },
  async run({ name, metricNames, since }, driver, context) {
    const { now } = context;
    await readRecord(context, name);
    const [live] = await driver.list(name);
    const from = since ?? new Date(now.getTime() - LOOK_BACK);
    const samples: MetricSample[] = [];
    for (const { revision } of live?.revisions ?? []) {
      const traffic = await driver.metrics(name, revision, from, now);
      for (const metric of metricNames) {
        const { unit, of } = METRICS[metric]!;
        samples.push({
          timestamp: now,
          name: metric,
          value: of(traffic),
          unit,
          dimensions: { deployment: name, revision },
        });
      }
    }
    return { samples };
  },
});

const percentile = (latency: RevisionTraffic['latency'], rank: number): number => latency.percentile(rank) ?? 0;
