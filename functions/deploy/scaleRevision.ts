import { z } from 'zod';
import { Count } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { Revision, RolloutTarget } from './steps.ts';

/** Sets how many replicas a revision is to have. */
export default operation({
  name: 'deploy.scaleRevision',
  summary: 'Set how many replicas a revision is to have',
  input: RolloutTarget.extend({ revision: Revision, replicas: Count }),
  output: z.strictObject({}),
  errors: ['DeploymentError.DeploymentNotFound'],
  idempotency: 'natural',
  example: {
    deployment: 'sentiment',
    execution: 'deploy-01J0000000000000000000000',
    revision: '1-0-0-5d41402a',
    replicas: 2,
  },
  async run({ deployment, revision, replicas }, driver) {
    await driver.scale(deployment, revision, replicas);
    return {};
  },
});
