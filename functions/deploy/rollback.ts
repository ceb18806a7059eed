import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { rollbackTarget } from '../../shared/semantics/deployments/index.ts';
import { DeploymentName } from '../../shared/types/deploy.ts';
import { readRecord, refuseWhileRollingOut } from './record.ts';

/** Goes back to an earlier version, without steps and waits; to the one promoted before the stable one where none is named. */
export default operation({
  name: 'deploy.rollback',
  summary: 'Go back to an earlier version at once',
  input: z.strictObject({ name: DeploymentName, version: NonEmpty.optional() }),
  output: z.strictObject({ deployment: DeploymentName, version: NonEmpty, execution: NonEmpty }),
  errors: ['DeploymentError.DeploymentNotFound', 'DeploymentError.VersionNotFound', 'DeploymentError.Conflict'],
  idempotency: 'request',
  example: { name: 'sentiment', version: '1.0.0' },
  async run({ name, version }, _driver, context) {
    const record = await readRecord(context, name);
    await refuseWhileRollingOut(context, name);
    const target = rollbackTarget(record, version);
    const input = {
      provider: context.provider,
      config: target.config as never,
      artifacts: target.artifacts as never,
      rollback: true,
    };
    const { execution } = await context.host.start('deploy', input, `rollback-${context.requestId}`);
    return { deployment: name, version: target.version, execution };
  },
});
