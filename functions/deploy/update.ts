import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { encode } from '../../shared/core/validation.ts';
import { operation } from '../../shared/operation.ts';
import { versionOf } from '../../shared/semantics/deployments/index.ts';
import { DeploymentConfig, DeploymentName } from '../../shared/types/deploy.ts';
import { readRecord, refuseWhileRollingOut } from './record.ts';

/** Rolls out another configuration with the artifacts of the stable version. */
export default operation({
  name: 'deploy.update',
  summary: 'Roll out another configuration with the artifacts that are live',
  input: z.strictObject({ config: DeploymentConfig }),
  output: z.strictObject({ deployment: DeploymentName, execution: NonEmpty }),
  errors: ['DeploymentError.DeploymentNotFound', 'DeploymentError.Conflict'],
  idempotency: 'request',
  example: { config: { name: 'sentiment', version: '1.0.1', envVars: { LOG_LEVEL: 'debug' } } },
  async run({ config }, _driver, context) {
    const record = await readRecord(context, config.name);
    await refuseWhileRollingOut(context, config.name);
    const latest = (record.stable && versionOf(record, record.stable)) || record.versions.at(-1)!;
    const input = {
      provider: context.provider,
      config: encode(DeploymentConfig, config, 'config'),
      artifacts: latest.artifacts as never,
    };
    const { execution } = await context.host.start('deploy', input, `update-${context.requestId}`);
    return { deployment: config.name, execution };
  },
});
