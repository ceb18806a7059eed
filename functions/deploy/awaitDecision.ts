import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { changeRecord, heedAbort } from './record.ts';
import { RolloutTarget } from './steps.ts';

/** Notes the task token that answers a pause; with a reason, the rollout is Paused until somebody decides. */
export default operation({
  name: 'deploy.awaitDecision',
  summary: 'Note that a rollout pauses, and the token that ends the pause',
  input: RolloutTarget.extend({ token: NonEmpty, reason: NonEmpty.optional(), seconds: z.number().optional() }),
  output: z.strictObject({}),
  errors: ['DeploymentError.Aborted'],
  idempotency: 'natural',
  example: {
    deployment: 'sentiment',
    execution: 'deploy-01J0000000000000000000000',
    token: 'token',
    reason: 'too few requests to judge',
  },
  async run({ deployment, execution, token, reason }, _driver, context) {
    await changeRecord(context, deployment, (record) => {
      if (record?.rollout?.execution !== execution) return record!;
      return {
        ...record,
        rollout: { ...record.rollout, token },
        ...(reason && { status: { kind: 'Paused', reason } as const }),
        updatedAt: context.now.toISOString(),
      };
    });
    // Only now: an abort that came before the token was noted could not answer it, and one that comes later does.
    await heedAbort(context, deployment, execution);
    return {};
  },
});
