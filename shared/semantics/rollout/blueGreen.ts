import type { Duration } from '../../core/duration.ts';
import {
  pauseFor,
  type Replacement,
  type RolloutPlan,
  SCALE_DOWN_DELAY_SECONDS,
  type Step,
  scaleTo,
  shiftAll,
} from './steps.ts';

/** How long the next revision waits beside the stable one, and how long the stable one then stays warm. */
export interface BlueGreenDelays {
  switchDelay: Duration | number;
  rollbackWindow?: Duration | number;
}

/**
 * Starts the whole next side, waits `switchDelay`, switches all traffic at once and keeps the old side warm for `rollbackWindow`.
 *
 * https://argoproj.github.io/argo-rollouts/features/bluegreen/
 */
export function planBlueGreen({ next, stable, replicas }: Replacement, delays: BlueGreenDelays): RolloutPlan {
  return {
    steps: [
      ...scaleTo(next, replicas),
      ...pauseFor(delays.switchDelay),
      shiftAll(next),
      { kind: 'Promote', revision: next },
      ...pauseFor(delays.rollbackWindow ?? SCALE_DOWN_DELAY_SECONDS),
      { kind: 'Retire', revision: stable.revision },
    ],
    abortSteps: abortToWarmStable(next, stable, SCALE_DOWN_DELAY_SECONDS),
  };
}

/**
 * The way back where the stable side has kept its replicas: the next one's weight goes to 0 first, and it scales down later.
 *
 * https://argoproj.github.io/argo-rollouts/features/scaledown-aborted-rs/
 */
export function abortToWarmStable(next: string, stable: Replacement['stable'], delay: Duration | number): Step[] {
  return [
    shiftAll(stable.revision),
    ...scaleTo(stable.revision, stable.replicas),
    ...pauseFor(delay),
    { kind: 'Retire', revision: next },
  ];
}
