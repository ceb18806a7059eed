import { CloudError } from '../../core/errors.ts';
import type { ReplicasOrPercent } from '../../types/deploy.ts';
import { type Replacement, type RolloutPlan, type Step, scaleTo, shiftAll, shiftBetween } from './steps.ts';

/** How many replicas may run above the wanted number, and how many of those may be missing. */
export interface RollingBounds {
  surge: number;
  unavailable: number;
}

/**
 * The bounds in replicas: a percentage of maxSurge rounds up, one of maxUnavailable rounds down, and where both come out as zero
 * although one was asked for, one replica may be missing.
 *
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
 */
export function rollingBounds(
  maxSurge: ReplicasOrPercent,
  maxUnavailable: ReplicasOrPercent,
  replicas: number,
): RollingBounds {
  const given = { surge: bound('maxSurge', maxSurge), unavailable: bound('maxUnavailable', maxUnavailable) };
  if (given.surge.value === 0 && given.unavailable.value === 0) {
    throw new CloudError(
      'InvalidInput',
      'rolling update: maxSurge and maxUnavailable are both 0, so no replica could ever be replaced; set one of them to 1 or more',
      { details: { maxSurge, maxUnavailable } },
    );
  }
  const surge = given.surge.percent ? Math.ceil((given.surge.value * replicas) / 100) : given.surge.value;
  const part = given.unavailable.percent
    ? Math.floor((given.unavailable.value * replicas) / 100)
    : given.unavailable.value;
  return { surge, unavailable: surge === 0 && part === 0 ? 1 : Math.min(part, replicas) };
}

function bound(name: string, given: ReplicasOrPercent): { value: number; percent: boolean } {
  const percent = typeof given === 'string';
  const value = percent ? Number(/^(\d+)%$/.exec(given)?.[1] ?? Number.NaN) : given;
  const tooMuch = name === 'maxUnavailable' && percent && value > 100;
  if (!Number.isInteger(value) || value < 0 || tooMuch) {
    throw new CloudError(
      'InvalidInput',
      `rolling update: ${name} is ${JSON.stringify(given)}; write a number of replicas (0 or more) or a percentage such as "25%"`,
    );
  }
  return { value, percent };
}

/**
 * Replaces the stable replicas a few at a time. Ready replicas never fall below `replicas − unavailable`, running ones never rise above
 * `replicas + surge`, the weights follow the ready counts, and traffic leaves a replica before it stops.
 */
export function planRolling({ next, stable, replicas }: Replacement, bounds: RollingBounds): RolloutPlan {
  const most = replicas + bounds.surge;
  const least = Math.max(0, replicas - bounds.unavailable);
  const steps: Step[] = [];
  let [old, fresh] = [stable.replicas, 0];
  while (old > 0 || fresh < replicas) {
    const spared = oldReplicasToKeep(old, fresh, { most, least, replicas });
    if (spared < old) {
      if (fresh > 0) steps.push(shiftByCount(stable.revision, next, spared, fresh));
      steps.push({ kind: 'Scale', revision: stable.revision, replicas: spared });
      old = spared;
    }
    const grown = Math.min(replicas, most - old);
    if (grown > fresh) {
      fresh = grown;
      steps.push(...scaleTo(next, fresh), shiftByCount(stable.revision, next, old, fresh));
    }
  }
  steps.push({ kind: 'Promote', revision: next }, { kind: 'Retire', revision: stable.revision });
  return { steps, abortSteps: abortRolling(next, stable) };
}

/**
 * How many stable replicas stay while `fresh` new ones are ready. As long as none is, the last stable one stays in rotation, unless there
 * is no room for a second replica beside it.
 */
function oldReplicasToKeep(
  old: number,
  fresh: number,
  { most, least, replicas }: { most: number; least: number; replicas: number },
): number {
  if (fresh >= replicas) return 0;
  const needed = Math.max(0, least - fresh);
  const last = fresh === 0 && most > 1 ? 1 : 0;
  return Math.min(old, Math.max(needed, last));
}

function shiftByCount(stable: string, next: string, old: number, fresh: number): Step {
  if (old === 0) return shiftAll(next);
  return shiftBetween(stable, next, Math.round((100 * fresh) / (old + fresh)));
}

// The stable side has given replicas away, so it gets them back before it gets the traffic back: no request meets an empty side.
function abortRolling(next: string, stable: Replacement['stable']): Step[] {
  return [...scaleTo(stable.revision, stable.replicas), shiftAll(stable.revision), { kind: 'Retire', revision: next }];
}
