import { z } from 'zod';
import { Count } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { Deployment, DeploymentName } from '../../shared/types/deploy.ts';
import { cloudError } from '../../shared/types/errors.ts';
import { describeDeployment, readRecord, refuseWhileRollingOut } from './record.ts';

/** Sets the number of replicas of the stable revision. */
export default operation({
  name: 'deploy.scale',
  summary: 'Set how many replicas a deployment has',
  input: z.strictObject({ name: DeploymentName, replicas: Count.max(1000) }),
  output: Deployment,
  errors: ['DeploymentError.DeploymentNotFound', 'DeploymentError.Conflict', 'DeploymentError.ConfigurationInvalid'],
  idempotency: 'natural',
  example: { name: 'sentiment', replicas: 3 },
  async run({ name, replicas }, driver, context) {
    const record = await readRecord(context, name);
    await refuseWhileRollingOut(context, name);
    if (!record.stable) {
      throw cloudError(
        'DeploymentError.ConfigurationInvalid',
        `deployment "${name}": nothing is live that could be scaled; deploy a version first`,
        {
          reason: 'nothing is live',
        },
      );
    }
    await driver.scale(name, record.stable, replicas);
    return describeDeployment(driver, record);
  },
});
