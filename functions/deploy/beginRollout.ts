import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { encode } from '../../shared/core/validation.ts';
import { operation } from '../../shared/operation.ts';
import { beginRollout, revisionOf } from '../../shared/semantics/deployments/index.ts';
import { planRollout } from '../../shared/semantics/rollout/index.ts';
import { Artifact, DeploymentConfig, DeploymentName } from '../../shared/types/deploy.ts';
import { changeRecord, isUnderWay } from './record.ts';
import { WorkflowStep, workflowStep } from './steps.ts';

/** Fetches and verifies the artifacts, takes the deployment's one place for a rollout, and plans its steps. */
export default operation({
  name: 'deploy.beginRollout',
  summary: 'Verify the artifacts, lock the deployment and plan the steps of a rollout',
  input: z.strictObject({
    execution: NonEmpty,
    config: DeploymentConfig,
    artifacts: z.array(Artifact).min(1),
    rollback: z.boolean().default(false),
  }),
  output: z.strictObject({
    provider: NonEmpty,
    deployment: DeploymentName,
    revision: NonEmpty,
    steps: z.array(WorkflowStep),
    abortSteps: z.array(WorkflowStep),
  }),
  errors: ['DeploymentError.Conflict', 'DeploymentError.ArtifactNotFound', 'DeploymentError.ChecksumMismatch'],
  idempotency: 'natural',
  example: {
    execution: 'deploy-01J0000000000000000000000',
    config: { name: 'sentiment', version: '1.0.0' },
    artifacts: [{ name: 'model.onnx', type: 'Model', source: { kind: 'Local', path: './model.onnx' } }],
  },
  async run({ execution, config, artifacts: requested, rollback }, driver, context) {
    const artifacts = encode(z.array(Artifact), await driver.fetchArtifacts(requested), 'artifacts');
    const configJson = encode(DeploymentConfig, config, 'config');
    const revision = revisionOf(config.version, configJson, artifacts);
    const record = await changeRecord(context, config.name, async (stored) =>
      beginRollout(stored, {
        name: config.name,
        id: context.requestId,
        execution,
        version: config.version,
        revision,
        config: configJson,
        artifacts,
        now: context.now.toISOString(),
        otherRuns: await isUnderWay(context, stored),
      }),
    );
    const [live] = await driver.list(config.name);
    const stable = live?.revisions.find((candidate) => candidate.revision === record.stable);
    const { minReplicas, maxReplicas } = config.scaling;
    const replicas = Math.max(1, Math.min(maxReplicas, Math.max(minReplicas, stable?.desired ?? 0)));
    const { steps, abortSteps } = planRollout({
      strategy: config.deploymentStrategy,
      replicas,
      next: revision,
      ...(stable && { stable: { revision: stable.revision, replicas: stable.desired } }),
      urgent: rollback,
    });
    return {
      provider: context.provider,
      deployment: config.name,
      revision,
      steps: steps.map(workflowStep),
      abortSteps: abortSteps.map(workflowStep),
    };
  },
});
