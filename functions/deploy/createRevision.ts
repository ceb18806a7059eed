import { z } from 'zod';
import { decode } from '../../shared/core/validation.ts';
import { operation } from '../../shared/operation.ts';
import { versionOf } from '../../shared/semantics/deployments/index.ts';
import { Artifact, DeploymentConfig } from '../../shared/types/deploy.ts';
import { readRecord } from './record.ts';
import { Revision, RolloutTarget } from './steps.ts';

/** Registers the revision that a rollout is about, with no replicas yet. */
export default operation({
  name: 'deploy.createRevision',
  summary: 'Register the revision of a rollout with the provider',
  input: RolloutTarget.extend({ revision: Revision }),
  output: z.strictObject({}),
  errors: ['DeploymentError.ArtifactNotFound', 'DeploymentError.ConfigurationInvalid'],
  idempotency: 'natural',
  example: { deployment: 'sentiment', execution: 'deploy-01J0000000000000000000000', revision: '1-0-0-5d41402a' },
  async run({ deployment, revision }, driver, context) {
    const version = versionOf(await readRecord(context, deployment), revision);
    const config = decode(DeploymentConfig, version?.config, 'recorded config');
    const artifacts = decode(z.array(Artifact), version?.artifacts, 'recorded artifacts');
    await driver.createRevision({ deployment, revision, config, artifacts });
    return {};
  },
});
