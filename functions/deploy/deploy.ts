import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { encode } from '../../shared/core/validation.ts';
import { operation } from '../../shared/operation.ts';
import { Artifact, DeploymentConfig, DeploymentName } from '../../shared/types/deploy.ts';
import { refuseWhileRollingOut } from './record.ts';

/** Starts the rollout of a version and answers at once with the execution that drives it. */
export default operation({
  name: 'deploy.deploy',
  summary: 'Deploy a version of an application by its strategy',
  input: z.strictObject({ config: DeploymentConfig, artifacts: z.array(Artifact).min(1) }),
  output: z.strictObject({ deployment: DeploymentName, execution: NonEmpty }),
  errors: ['DeploymentError.Conflict', 'DeploymentError.ConfigurationInvalid'],
  idempotency: 'request',
  example: {
    config: { name: 'sentiment', version: '1.0.0', scaling: { minReplicas: 2 } },
    artifacts: [{ name: 'model.onnx', type: 'Model', source: { kind: 'Local', path: './model.onnx' } }],
  },
  async run({ config, artifacts }, _driver, context) {
    await refuseWhileRollingOut(context, config.name);
    const input = {
      provider: context.provider,
      config: encode(DeploymentConfig, config, 'config'),
      artifacts: encode(z.array(Artifact), artifacts, 'artifacts'),
    };
    const { execution } = await context.host.start('deploy', input, `deploy-${context.requestId}`);
    return { deployment: config.name, execution };
  },
});
