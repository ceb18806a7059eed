import { z } from 'zod';
import { Timestamp } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { DeploymentName } from '../../shared/types/deploy.ts';
import { LogLine } from '../../shared/types/logging.ts';
import { readRecord } from './record.ts';
import { Revision } from './steps.ts';

/** Reads what the replicas of a deployment wrote to their standard output and standard error. */
export default operation({
  name: 'deploy.getLogs',
  summary: 'Read the log lines of a deployment, oldest first',
  input: z.strictObject({
    name: DeploymentName,
    since: Timestamp.optional(),
    revision: Revision.optional(),
    limit: z.int().min(1).max(10_000).default(1_000).describe('the newest lines only'),
  }),
  output: z.strictObject({ lines: z.array(LogLine) }),
  errors: ['DeploymentError.DeploymentNotFound'],
  idempotency: 'read',
  example: { name: 'sentiment', limit: 100 },
  async run({ name, ...request }, driver, context) {
    await readRecord(context, name);
    return { lines: await driver.logs(name, request) };
  },
});
