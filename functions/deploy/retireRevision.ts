import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { isInUse } from '../../shared/semantics/deployments/index.ts';
import { readRecord } from './record.ts';
import { Revision, RolloutTarget } from './steps.ts';

/** Stops a revision and forgets it, unless something else needs it again. */
export default operation({
  name: 'deploy.retireRevision',
  summary: 'Stop a revision that is no longer needed',
  input: RolloutTarget.extend({ revision: Revision }),
  output: z.strictObject({ retired: z.boolean() }),
  errors: ['DeploymentError.DeploymentNotFound'],
  idempotency: 'natural',
  example: { deployment: 'sentiment', execution: 'deploy-01J0000000000000000000000', revision: '1-0-0-5d41402a' },
  async run({ deployment, execution, revision }, driver, context) {
    if (isInUse(await readRecord(context, deployment), revision, execution)) return { retired: false };
    await driver.retire(deployment, revision);
    return { retired: true };
  },
});
