import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { changeRecord } from './record.ts';
import { RolloutTarget } from './steps.ts';

/** Notes that a rollout is being given up, and why. */
export default operation({
  name: 'deploy.beginAbort',
  summary: 'Note that a rollout is being rolled back, and why',
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
    await changeRecord(context, deployment, (record) => {
      if (record?.rollout?.execution !== execution) return record!;
      return { ...record, status: { kind: 'RollingBack', reason }, updatedAt: context.now.toISOString() };
    });
    return {};
  },
});
