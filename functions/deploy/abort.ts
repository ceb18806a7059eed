import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { CloudError } from '../../shared/core/errors.ts';
import { operation } from '../../shared/operation.ts';
import { DeploymentName } from '../../shared/types/deploy.ts';
import { changeRecord, rolloutOf } from './record.ts';

/** Gives up a rollout: the stable revision gets all of the traffic back. */
export default operation({
  name: 'deploy.abort',
  summary: 'Give up a rollout and go back to the stable revision',
  input: z.strictObject({ name: DeploymentName, reason: NonEmpty.default('aborted by hand') }),
  output: z.strictObject({}),
  errors: ['DeploymentError.DeploymentNotFound', 'Conflict'],
  idempotency: 'request',
  example: { name: 'sentiment', reason: 'the answers look wrong' },
  async run({ name, reason }, _driver, context) {
    const { execution } = await rolloutOf(context, name, 'abort');
    const { rollout } = await changeRecord(context, name, (record) => {
      if (record?.rollout?.execution !== execution) return record!;
      return { ...record, rollout: { ...record.rollout, abort: reason } };
    });
    const token = rollout?.execution === execution ? rollout.token : undefined;
    if (token)
      await context.host.signal(token, { error: 'DeploymentError.Aborted', cause: reason }).catch(ignoreAnswered);
    return {};
  },
});

/** A pause that ended meanwhile needs no answer: the next step heeds the record. */
function ignoreAnswered(error: unknown): void {
  if (!(error instanceof CloudError) || (error.code !== 'Conflict' && error.code !== 'NotFound')) throw error;
}
