import type { Duration } from '../../core/duration.ts';
import type { Analysis, DeploymentStrategy } from '../../types/deploy.ts';

/** One primitive step of a rollout; each may be repeated and changes nothing the second time. */
export type Step =
  /** Set how many replicas the revision is to have. */
  | { kind: 'Scale'; revision: string; replicas: number }
  /** Wait until that many replicas are ready; with 0, until none runs any more. */
  | { kind: 'AwaitHealthy'; revision: string; replicas: number }
  /** Share the traffic in percent; the weights sum to 100 and a revision that is not named gets none. */
  | { kind: 'Shift'; weights: Record<string, number> }
  | { kind: 'Pause'; seconds: number }
  /** Judge the canary; without `stable`, on its own numbers alone. */
  | { kind: 'Analyze'; analysis: Analysis; canary: string; stable?: string }
  /** From here on the revision is the stable one: the rollout is decided and no longer aborted. */
  | { kind: 'Promote'; revision: string }
  /** Scale to 0 and remove, unless the revision is in use again. */
  | { kind: 'Retire'; revision: string };

/** What a rollout starts from and where it is to end. */
export interface RolloutInput {
  strategy: DeploymentStrategy;
  /** How many replicas the next revision is to have in the end, 1 or more. */
  replicas: number;
  next: string;
  /** The revision that is live and was promoted; absent at the first deployment of a name. */
  stable?: Stable;
  /** Replace the stable revision without steps and waits, as a rollback wants it. */
  urgent?: boolean;
}

/** The live revision and how many replicas of it run. */
export interface Stable {
  revision: string;
  replicas: number;
}

/** A rollout with something to replace: what the strategies work on. */
export type Replacement = Omit<RolloutInput, 'strategy'> & { stable: Stable };

/** How a rollout goes forward, and how it is undone after any prefix of its steps that does not yet contain Promote. */
export interface RolloutPlan {
  steps: Step[];
  abortSteps: Step[];
}

/** How long the replaced revision stays warm after the switch: Argo Rollouts' default for `scaleDownDelaySeconds`. */
export const SCALE_DOWN_DELAY_SECONDS = 30;

/** Gives the revision that many replicas and waits for them. */
export function scaleTo(revision: string, replicas: number): Step[] {
  return [
    { kind: 'Scale', revision, replicas },
    { kind: 'AwaitHealthy', revision, replicas },
  ];
}

/** Sends all traffic to one revision. */
export const shiftAll = (revision: string): Step => ({ kind: 'Shift', weights: { [revision]: 100 } });

/** Shares the traffic between two revisions; one that gets nothing is not named. */
export function shiftBetween(stable: string, next: string, weight: number): Step {
  if (weight <= 0) return shiftAll(stable);
  if (weight >= 100) return shiftAll(next);
  return { kind: 'Shift', weights: { [stable]: 100 - weight, [next]: weight } };
}

/** A pause, or nothing where there is nothing to wait for. */
export function pauseFor(duration: Duration | number): Step[] {
  const seconds = typeof duration === 'number' ? duration : duration.seconds;
  return seconds > 0 ? [{ kind: 'Pause', seconds }] : [];
}
