import { CloudError } from '../../core/errors.ts';
import { planBlueGreen } from './blueGreen.ts';
import { planCanary } from './canary.ts';
import { planRecreate } from './recreate.ts';
import { planRolling, rollingBounds } from './rolling.ts';
import {
  type Replacement,
  type RolloutInput,
  type RolloutPlan,
  type Stable,
  type Step,
  scaleTo,
  shiftAll,
} from './steps.ts';

export { canaryReplicas } from './canary.ts';
export { type RollingBounds, rollingBounds } from './rolling.ts';
export type { RolloutInput, RolloutPlan, Stable, Step } from './steps.ts';

/**
 * The four deployment strategies as lists of primitive steps, which a workflow executes one after another over a driver.
 *
 * The rules are those of Kubernetes (rolling update, recreate) and Argo Rollouts (blue-green, canary); each file cites its page.
 */
export function planRollout(input: RolloutInput): RolloutPlan {
  const { replicas, next, stable } = input;
  if (!Number.isInteger(replicas) || replicas < 1) {
    throw new CloudError('InvalidInput', `rollout of "${next}": replicas is ${replicas}; deploy 1 replica or more`);
  }
  if (!stable) return firstRollout(input);
  if (stable.revision === next) return rescale(input, stable);
  return replace({ ...input, stable });
}

function replace(input: RolloutInput & Replacement): RolloutPlan {
  const { strategy, urgent, replicas } = input;
  if (strategy.kind === 'Recreate') return planRecreate(input);
  if (urgent) return planBlueGreen(input, { switchDelay: 0, rollbackWindow: 0 });
  switch (strategy.kind) {
    case 'RollingUpdate':
      return planRolling(input, rollingBounds(strategy.maxSurge, strategy.maxUnavailable, replicas));
    case 'BlueGreen':
      return planBlueGreen(input, strategy);
    case 'Canary':
      return planCanary(input, strategy);
  }
}

// Nothing is live, so there is nothing to be careful with: as in Argo Rollouts, the steps are skipped.
function firstRollout({ next, replicas }: RolloutInput): RolloutPlan {
  return { steps: start(next, replicas), abortSteps: [{ kind: 'Retire', revision: next }] };
}

function rescale({ next, replicas }: RolloutInput, stable: Stable): RolloutPlan {
  return {
    steps: start(next, replicas),
    abortSteps: [shiftAll(stable.revision), ...scaleTo(stable.revision, stable.replicas)],
  };
}

function start(revision: string, replicas: number): Step[] {
  return [...scaleTo(revision, replicas), shiftAll(revision), { kind: 'Promote', revision }];
}
