import { type Replacement, type RolloutPlan, scaleTo, shiftAll } from './steps.ts';

/**
 * Stops the stable revision before the next one starts, for programs of which no two versions may run at once; between the two nothing
 * answers. Undoing it keeps the same promise the other way round.
 *
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#recreate-deployment
 */
export function planRecreate({ next, stable, replicas }: Replacement): RolloutPlan {
  return {
    steps: [
      ...scaleTo(stable.revision, 0),
      ...scaleTo(next, replicas),
      shiftAll(next),
      { kind: 'Promote', revision: next },
      { kind: 'Retire', revision: stable.revision },
    ],
    abortSteps: [
      ...scaleTo(next, 0),
      ...scaleTo(stable.revision, stable.replicas),
      shiftAll(stable.revision),
      { kind: 'Retire', revision: next },
    ],
  };
}
