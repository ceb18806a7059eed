import { z } from 'zod';
import { Count, NonEmpty, Timestamp } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { Deployment, DeploymentName } from '../../shared/types/deploy.ts';
import { describeDeployment, readRecord } from './record.ts';
import { Revision } from './steps.ts';

const RevisionStatus = z.strictObject({
  revision: Revision,
  version: NonEmpty,
  weight: z.number().describe('percent of the traffic'),
  desired: Count,
  running: Count,
  ready: Count,
  failed: z.string().optional(),
});

const VersionStatus = z.strictObject({
  version: NonEmpty,
  revision: Revision,
  createdAt: Timestamp,
  promotedAt: Timestamp.optional(),
  failure: z.string().optional().describe('why it was rolled back'),
});

/** Tells how a deployment stands: its revisions with their weights and replicas, its versions, and the rollout that may be under way. */
export default operation({
  name: 'deploy.getStatus',
  summary: 'Tell how a deployment stands',
  input: z.strictObject({ name: DeploymentName }),
  output: z.strictObject({
    deployment: Deployment,
    revisions: z.array(RevisionStatus),
    versions: z.array(VersionStatus),
    execution: NonEmpty.optional().describe('of the rollout that is under way'),
  }),
  errors: ['DeploymentError.DeploymentNotFound'],
  idempotency: 'read',
  example: { name: 'sentiment' },
  async run({ name }, driver, context) {
    const record = await readRecord(context, name);
    const [live] = await driver.list(name);
    return {
      deployment: await describeDeployment(driver, record),
      revisions: (live?.revisions ?? []).map(({ createdAt: _, ...revision }) => revision),
      versions: record.versions.map(({ version, revision, createdAt, promotedAt, failure }) => ({
        version,
        revision,
        createdAt: new Date(createdAt),
        ...(promotedAt && { promotedAt: new Date(promotedAt) }),
        ...(failure && { failure }),
      })),
      ...(record.rollout && { execution: record.rollout.execution }),
    };
  },
});
