import { z } from 'zod';
import { NonEmpty, Timestamp } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { InstanceName } from '../../shared/types/database.ts';
import { MetricSample } from '../../shared/types/monitoring.ts';

/** Milliseconds that are looked back where no start is given. */
const LOOK_BACK = 60 * 60_000;

/** Reads what was measured of a database, and measures it now where the time reaches until now. */
export default operation({
  name: 'database.getInstanceMetrics',
  summary: 'Read the metrics of a database instance',
  input: z.strictObject({
    name: InstanceName,
    metrics: z.array(NonEmpty).min(1),
    start: Timestamp.optional().describe('one hour ago when left out'),
    end: Timestamp.optional().describe('now when left out'),
  }),
  output: z.strictObject({ samples: z.array(MetricSample) }),
  errors: ['DatabaseError.InstanceNotFound', 'DatabaseError.InvalidConfiguration'],
  idempotency: 'read',
  example: { name: 'orders', metrics: ['DatabaseConnections', 'CacheHitRatio'] },
  async run({ name, metrics, start, end }, driver, { now }) {
    const from = start ?? new Date(now.getTime() - LOOK_BACK);
    // What is measured for this request is measured after now.
    const to = end ?? new Date(now.getTime() + 1000);
    return { samples: await driver.metrics(name, { metrics, start: from, end: to }) };
  },
});
