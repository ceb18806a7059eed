import { z } from 'zod';
import { Json, NonEmpty } from '../../shared/core/codecs.ts';
import { encode } from '../../shared/core/validation.ts';
import type { Step } from '../../shared/semantics/rollout/index.ts';
import { Analysis, DeploymentName } from '../../shared/types/deploy.ts';

/** What every step of a rollout is told: whose rollout it is, and the execution that drives it. */
export const RolloutTarget = z.strictObject({ deployment: DeploymentName, execution: NonEmpty });

/** One step as the workflow reads it: its kind chooses the state, its arguments go to the operation. */
export const WorkflowStep = z.strictObject({ kind: NonEmpty, arguments: z.record(z.string(), Json) });
export type WorkflowStep = z.infer<typeof WorkflowStep>;

/** A planned step in the form that the workflow reads. */
export function workflowStep({ kind, ...rest }: Step): WorkflowStep {
  if (kind === 'Pause')
    return { kind, arguments: { seconds: Math.max(1, Math.ceil((rest as { seconds: number }).seconds)) } };
  if (kind !== 'Analyze') return { kind, arguments: rest as WorkflowStep['arguments'] };
  const { analysis, ...sides } = rest as Extract<Step, { kind: 'Analyze' }>;
  return { kind, arguments: { ...sides, analysis: encode(Analysis, analysis, 'analysis') as never } };
}

/** The name of a revision, unique within its deployment. */
export const Revision = NonEmpty.max(63);
