import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { DeploymentName } from '../../shared/types/deploy.ts';
import { changeRecord, readRecord, refuseWhileRollingOut } from './record.ts';

/** Stops a deployment and removes its endpoint, revisions and replicas; what it was remains listed as Stopped. */
export default operation({
  name: 'deploy.destroy',
  summary: 'Stop a deployment and remove everything that runs for it',
  input: z.strictObject({ name: DeploymentName }),
  output: z.strictObject({}),
  errors: ['DeploymentError.DeploymentNotFound', 'DeploymentError.Conflict'],
  idempotency: 'natural',
  example: { name: 'sentiment' },
  async run({ name }, driver, context) {
    await readRecord(context, name);
    await refuseWhileRollingOut(context, name);
    await driver.remove(name);
    await changeRecord(context, name, (record) => {
      const { stable: _stable, rollout: _rollout, endpoint: _endpoint, ...rest } = record!;
      return { ...rest, status: { kind: 'Stopped' }, updatedAt: context.now.toISOString() };
    });
    return {};
  },
});
