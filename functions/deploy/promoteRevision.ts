import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { promote } from '../../shared/semantics/deployments/index.ts';
import { changeRecord } from './record.ts';
import { Revision, RolloutTarget } from './steps.ts';

/** Makes a revision the stable one; the rollout is decided. */
export default operation({
  name: 'deploy.promoteRevision',
  summary: 'Make a revision the stable one',
  input: RolloutTarget.extend({ revision: Revision }),
  output: z.strictObject({}),
  errors: [],
  idempotency: 'natural',
  example: { deployment: 'sentiment', execution: 'deploy-01J0000000000000000000000', revision: '1-0-0-5d41402a' },
  async run({ deployment, execution, revision }, _driver, context) {
    await changeRecord(context, deployment, (record) =>
      promote(record!, execution, revision, context.now.toISOString()),
    );
    return {};
  },
});
