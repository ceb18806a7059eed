import type { RolloutInput, Step } from '../../../../shared/semantics/rollout/index.ts';

/** What a rollout looks like at one moment: replicas that run and that are ready by revision, and the weights. */
export interface Moment {
  running: Record<string, number>;
  ready: Record<string, number>;
  weights: Record<string, number>;
}

/** The moment before the first step: the stable revision serves alone. */
export function initially({ stable }: RolloutInput): Moment {
  if (!stable) return { running: {}, ready: {}, weights: {} };
  const counts = { [stable.revision]: stable.replicas };
  return { running: { ...counts }, ready: { ...counts }, weights: { [stable.revision]: 100 } };
}

/** The moments after each of the steps: what is scaled up runs at once and is ready when awaited; what is scaled down is gone at once. */
export function simulate(from: Moment, steps: Step[]): Moment[] {
  let moment = from;
  return steps.map((step) => {
    moment = apply(moment, step);
    return moment;
  });
}

function apply({ running, ready, weights }: Moment, step: Step): Moment {
  switch (step.kind) {
    case 'Scale': {
      const left = Math.min(ready[step.revision] ?? 0, step.replicas);
      return {
        running: { ...running, [step.revision]: step.replicas },
        ready: { ...ready, [step.revision]: left },
        weights,
      };
    }
    case 'AwaitHealthy': {
      const count = running[step.revision] ?? 0;
      if (step.replicas === 0 ? count > 0 : count < step.replicas)
        throw new Error(`waits for ever: ${JSON.stringify(step)}`);
      return { running, ready: { ...ready, [step.revision]: count }, weights };
    }
    case 'Shift':
      return { running, ready, weights: step.weights };
    case 'Retire':
      return { running: without(running, step.revision), ready: without(ready, step.revision), weights };
    default:
      return { running, ready, weights };
  }
}

function without(counts: Record<string, number>, revision: string): Record<string, number> {
  const { [revision]: _, ...rest } = counts;
  return rest;
}

/** The replicas of all revisions together. */
export const total = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
