import type { Analysis, CanaryStep, DeploymentStrategy } from '../../types/deploy.ts';
import { abortToWarmStable } from './blueGreen.ts';
import {
  pauseFor,
  type Replacement,
  type RolloutPlan,
  SCALE_DOWN_DELAY_SECONDS,
  type Step,
  scaleTo,
  shiftAll,
  shiftBetween,
} from './steps.ts';

/** The canary strategy of the specification with our steps, bake time and delays. */
export type Canary = Extract<DeploymentStrategy, { kind: 'Canary' }>;

/**
 * Gives the next revision its traffic in steps while the stable one keeps all its replicas, judging it on the way and, with all the
 * traffic, once more after the bake time.
 *
 * https://argoproj.github.io/argo-rollouts/features/canary/ (with traffic routing: the replicas of the canary are the weight's share
 * of the wanted ones, rounded up)
 */
export function planCanary(replacement: Replacement, strategy: Canary): RolloutPlan {
  const { next, stable, replicas } = replacement;
  return {
    steps: [
      ...weightSteps(replacement, strategy),
      ...scaleTo(next, replicas),
      shiftAll(next),
      ...bakeSteps(next, strategy),
      { kind: 'Promote', revision: next },
      ...pauseFor(strategy.rollbackWindow ?? SCALE_DOWN_DELAY_SECONDS),
      { kind: 'Retire', revision: stable.revision },
    ],
    abortSteps: abortToWarmStable(next, stable, strategy.abortScaleDownDelay),
  };
}

// The plain form of the specification is three steps: a weight, a pause, an analysis.
function stepsOf({ percentage, duration, analysis, steps }: Canary): CanaryStep[] {
  if (steps?.length) return steps;
  const plain: CanaryStep[] = [
    { kind: 'SetWeight', weight: percentage },
    { kind: 'Pause', duration },
  ];
  return analysis ? [...plain, { kind: 'Analysis', analysis }] : plain;
}

function weightSteps(replacement: Replacement, strategy: Canary): Step[] {
  let side = 0;
  return stepsOf(strategy).flatMap((step) => {
    if (step.kind === 'Pause') return pauseFor(step.duration);
    if (step.kind === 'Analysis') return [analyze(step.analysis, replacement.next, replacement.stable.revision)];
    const before = side;
    side = canaryReplicas(replacement.replicas, step.weight);
    return setWeight(replacement, step.weight, before, side);
  });
}

/** How many replicas carry that share of the traffic: at least one. */
export function canaryReplicas(replicas: number, weight: number): number {
  // Shares such as 7 % of 100 are not exact in binary; what is below a billionth is no replica.
  return Math.max(1, Math.ceil((replicas * weight) / 100 - 1e-9));
}

// Replicas come before the traffic and leave after it.
function setWeight({ next, stable }: Replacement, weight: number, before: number, after: number): Step[] {
  const shift = shiftBetween(stable.revision, next, weight);
  if (after >= before) return [...scaleTo(next, after), shift];
  return [shift, { kind: 'Scale', revision: next, replicas: after }];
}

function bakeSteps(next: string, { bakeTime, analysis, steps }: Canary): Step[] {
  if (!bakeTime) return [];
  const last = steps?.findLast((step) => step.kind === 'Analysis')?.analysis;
  const judge = analysis ?? last;
  return [...pauseFor(bakeTime), ...(judge ? [analyze(judge, next)] : [])];
}

function analyze(analysis: Analysis, canary: string, stable?: string): Step {
  return stable === undefined ? { kind: 'Analyze', analysis, canary } : { kind: 'Analyze', analysis, canary, stable };
}
