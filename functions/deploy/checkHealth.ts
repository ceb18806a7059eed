import { z } from 'zod';
import { Count, Timestamp } from '../../shared/core/codecs.ts';
import { Duration } from '../../shared/core/duration.ts';
import { operation } from '../../shared/operation.ts';
import { cloudError } from '../../shared/types/errors.ts';
import { heedAbort } from './record.ts';
import { Revision, RolloutTarget } from './steps.ts';

/** A revision that is not healthy after this long will not become so: Kubernetes' default for `progressDeadlineSeconds`. */
const PROGRESS_DEADLINE = Duration.minutes(10);

/** Says whether a revision has the replicas that a rollout waits for; a crash loop or the deadline ends the waiting with an error. */
export default operation({
  name: 'deploy.checkHealth',
  summary: 'Check whether a revision has as many ready replicas as a rollout waits for',
  input: RolloutTarget.extend({
    revision: Revision,
    replicas: Count.describe('ready ones to wait for; 0 waits until none runs'),
    since: Timestamp.describe('when the waiting began'),
    aborting: z.boolean().default(false),
  }),
  output: z.strictObject({ ready: z.boolean(), readyReplicas: Count, runningReplicas: Count }),
  errors: ['DeploymentError.CrashLoop', 'DeploymentError.Timeout', 'DeploymentError.Aborted'],
  idempotency: 'read',
  example: {
    deployment: 'sentiment',
    execution: 'deploy-01J0000000000000000000000',
    revision: '1-0-0-5d41402a',
    replicas: 2,
    since: '2026-01-01T00:00:00Z',
  },
  async run({ deployment, execution, revision, replicas, since, aborting }, driver, context) {
    if (!aborting) await heedAbort(context, deployment, execution);
    const health = await driver.health(deployment, revision);
    const ready = replicas === 0 ? health.running === 0 : health.ready >= replicas;
    if (!ready && health.failed !== undefined) {
      throw cloudError(
        'DeploymentError.CrashLoop',
        `revision "${revision}" does not become healthy: ${health.failed}`,
        { reason: health.failed },
      );
    }
    if (!ready && context.now.getTime() - since.getTime() > PROGRESS_DEADLINE.milliseconds) {
      throw cloudError(
        'DeploymentError.Timeout',
        `revision "${revision}" has ${health.ready} of ${replicas} replicas ready after ${PROGRESS_DEADLINE}; look at its logs`,
        { operation: 'AwaitHealthy', duration: PROGRESS_DEADLINE },
      );
    }
    return { ready, readyReplicas: health.ready, runningReplicas: health.running };
  },
});
