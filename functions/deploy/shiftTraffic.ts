import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { Revision, RolloutTarget } from './steps.ts';

const Weights = z
  .record(Revision, z.number().min(0).max(100))
  .refine(
    (weights) => Math.abs(Object.values(weights).reduce((sum, weight) => sum + weight, 0) - 100) < 1e-6,
    'the weights must sum to 100',
  );

/** Shares the traffic of a deployment between its revisions. */
export default operation({
  name: 'deploy.shiftTraffic',
  summary: 'Share the traffic between revisions, in percent',
  input: RolloutTarget.extend({ weights: Weights }),
  output: z.strictObject({ endpoint: NonEmpty }),
  errors: ['DeploymentError.DeploymentNotFound', 'DeploymentError.ResourceNotAvailable'],
  idempotency: 'natural',
  example: {
    deployment: 'sentiment',
    execution: 'deploy-01J0000000000000000000000',
    weights: { '1-0-0-5d41402a': 90, '1-1-0-7d793037': 10 },
  },
  async run({ deployment, weights }, driver) {
    return { endpoint: await driver.shiftTraffic(deployment, weights) };
  },
});
