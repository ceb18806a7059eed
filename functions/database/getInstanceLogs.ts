import { z } from 'zod';
import { NonEmpty, Timestamp } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { InstanceName, LogEntry } from '../../shared/types/database.ts';

/** Milliseconds that are looked back where no start is given. */
const LOOK_BACK = 60 * 60_000;

/** Reads one of the logs of a database, the oldest entry first. */
export default operation({
  name: 'database.getInstanceLogs',
  summary: 'Read a log of a database instance',
  input: z.strictObject({
    name: InstanceName,
    logType: NonEmpty.describe('postgresql; error or slowquery; engine-log; mongodb'),
    start: Timestamp.optional().describe('one hour ago when left out'),
    end: Timestamp.optional().describe('now when left out'),
    limit: z.int().min(1).max(10_000).default(1_000).describe('the newest entries only'),
  }),
  output: z.strictObject({ entries: z.array(LogEntry) }),
  errors: ['DatabaseError.InstanceNotFound', 'DatabaseError.InvalidConfiguration'],
  idempotency: 'read',
  example: { name: 'orders', logType: 'postgresql', limit: 100 },
  async run({ name, logType, start, end, limit }, driver, { now }) {
    const from = start ?? new Date(now.getTime() - LOOK_BACK);
    return { entries: await driver.logs(name, { logType, start: from, end: end ?? now, limit }) };
  },
});
