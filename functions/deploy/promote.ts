import { z } from 'zod';
import { CloudError } from '../../shared/core/errors.ts';
import { operation } from '../../shared/operation.ts';
import { DeploymentName } from '../../shared/types/deploy.ts';
import { changeRecord, nothingTo, rolloutOf } from './record.ts';

/** Goes on with a rollout that pauses, be it in a planned pause or because it could not be judged. */
export default operation({
  name: 'deploy.promote',
  summary: 'Go on with a rollout that pauses',
  input: z.strictObject({ name: DeploymentName }),
  output: z.strictObject({}),
  errors: ['DeploymentError.DeploymentNotFound', 'Conflict'],
  idempotency: 'request',
  example: { name: 'sentiment' },
  async run({ name }, _driver, context) {
    const { token } = await rolloutOf(context, name, 'promote');
    await context.host.signal(token!, { output: { decision: 'promote' } }).catch((error: unknown) => {
      // The record still has the token of a pause that ended by itself.
      if (error instanceof CloudError && error.code === 'Conflict')
        throw nothingTo('promote', name, 'its rollout does not pause now');
      throw error;
    });
    await changeRecord(context, name, (record) => {
      if (record?.rollout?.token !== token) return record!;
      const { token: _, ...rollout } = record!.rollout!;
      return { ...record!, rollout, status: { kind: 'Updating' }, updatedAt: context.now.toISOString() };
    });
    return {};
  },
});
