import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { failRollout } from '../../shared/semantics/deployments/index.ts';
import { changeRecord } from './record.ts';
import { RolloutTarget } from './steps.ts';

/** Ends a rollout that was given up and keeps the reason with its version. */
export default operation({
  name: 'deploy.failRollout',
  summary: 'End a rollout that was given up',
  input: RolloutTarget.extend({ reason: NonEmpty }),
  output: z.strictObject({}),
  errors: [],
  idempotency: 'natural',
  example: {
    deployment: 'sentiment',
    execution: 'deploy-01J0000000000000000000000',
    reason: 'error rate of 12 % is above 1 %',
  },
  async run({ deployment, execution, reason }, _driver, context) {
    await changeRecord(context, deployment, (record) =>
      failRollout(record!, execution, reason, context.now.toISOString()),
    );
    return {};
  },
});
