import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Duration } from '../../../../shared/core/duration.ts';
import { planRollout, type RolloutInput, rollingBounds } from '../../../../shared/semantics/rollout/index.ts';
import { Analysis, type DeploymentStrategy } from '../../../../shared/types/deploy.ts';
import { initially, simulate, total } from './simulator.ts';

const analysis = Analysis.decode({ metrics: [{ kind: 'ErrorRate', name: 'errors', max: 0.01 }] });
const seconds = fc.integer({ min: 0, max: 90 }).map((count) => Duration.seconds(count));
const bound = fc.oneof(
  fc.integer({ min: 0, max: 12 }),
  fc.integer({ min: 0, max: 100 }).map((share) => `${share}%`),
);
const rolling = fc
  .record({ kind: fc.constant('RollingUpdate' as const), maxSurge: bound, maxUnavailable: bound })
  .filter(
    ({ maxSurge, maxUnavailable }) => Number.parseInt(`${maxSurge}`, 10) + Number.parseInt(`${maxUnavailable}`, 10) > 0,
  );
const blueGreen = fc.record(
  { kind: fc.constant('BlueGreen' as const), switchDelay: seconds, rollbackWindow: seconds },
  { requiredKeys: ['kind', 'switchDelay'] },
);
const step = fc.oneof(
  fc.record({ kind: fc.constant('SetWeight' as const), weight: fc.integer({ min: 0, max: 100 }) }),
  fc.record({ kind: fc.constant('Pause' as const), duration: seconds }),
  fc.constant({ kind: 'Analysis' as const, analysis }),
);
const canary = fc.record(
  {
    kind: fc.constant('Canary' as const),
    percentage: fc.integer({ min: 0, max: 100 }),
    duration: seconds,
    abortScaleDownDelay: seconds,
    analysis: fc.constant(analysis),
    bakeTime: seconds,
    steps: fc.array(step, { minLength: 1, maxLength: 8 }),
  },
  { requiredKeys: ['kind', 'percentage', 'duration', 'abortScaleDownDelay'] },
);
const strategy: fc.Arbitrary<DeploymentStrategy> = fc.oneof(
  rolling,
  blueGreen,
  canary,
  fc.constant({ kind: 'Recreate' as const }),
);
const replicas = fc.integer({ min: 1, max: 20 });
const stable = fc.record({ revision: fc.constantFrom('old', 'same'), replicas });

const inputOf = (strategies: fc.Arbitrary<DeploymentStrategy>): fc.Arbitrary<RolloutInput> =>
  fc
    .record(
      { strategy: strategies, replicas, next: fc.constant('new'), stable, urgent: fc.boolean() },
      { requiredKeys: ['strategy', 'replicas', 'next'] },
    )
    .map((input) =>
      input.stable?.revision === 'same' ? { ...input, stable: { ...input.stable, revision: 'new' } } : input,
    );
const input = inputOf(strategy);

const check = (cases: fc.Arbitrary<RolloutInput>, property: (value: RolloutInput) => void) =>
  fc.assert(fc.property(cases, property), { numRuns: 500 });

describe('every rollout', () => {
  test('ends with the next revision at 100 % with all its replicas and nothing else running', () => {
    check(input, (value) => {
      const end = simulate(initially(value), planRollout(value).steps).at(-1)!;
      expect(end.weights).toEqual({ new: 100 });
      expect(end.ready).toEqual({ new: value.replicas });
      expect(end.running).toEqual({ new: value.replicas });
    });
  });

  test('has weights that sum to 100 and are positive, at every moment of its way forward and of every way back', () => {
    check(input, (value) => {
      const plan = planRollout(value);
      for (const one of [...plan.steps, ...plan.abortSteps]) {
        if (one.kind !== 'Shift') continue;
        expect(total(one.weights)).toBe(100);
        expect(Object.values(one.weights).every((weight) => weight > 0)).toBe(true);
      }
    });
  });

  test('gives traffic only to revisions with ready replicas, where there is room for a second replica', () => {
    const withRoom = input
      .filter(({ strategy: { kind } }) => kind !== 'Recreate')
      .filter((value) => !isWithoutRoom(value));
    check(withRoom, (value) => {
      for (const { weights, ready } of simulate(initially(value), planRollout(value).steps)) {
        expect(Object.keys(weights).filter((revision) => !ready[revision])).toEqual([]);
      }
    });
  });

  test('is undone by its abort steps after any prefix: the stable revision at 100 % with full replicas, the next one gone', () => {
    const replacing = input.filter((value) => value.stable !== undefined);
    check(replacing, (value) => {
      const { steps, abortSteps } = planRollout(value);
      const moments = [initially(value), ...simulate(initially(value), steps)];
      for (const moment of moments) {
        const end = simulate(moment, abortSteps).at(-1)!;
        expect(end.weights).toEqual({ [value.stable!.revision]: 100 });
        expect(end.ready).toEqual({ [value.stable!.revision]: value.stable!.replicas });
      }
    });
  });

  test('meets no moment without a ready replica while it is undone before it was decided, Recreate excepted', () => {
    const replacing = input.filter(
      (value) => value.stable !== undefined && value.strategy.kind !== 'Recreate' && !isWithoutRoom(value),
    );
    check(replacing, (value) => {
      const { steps, abortSteps } = planRollout(value);
      const undecided = steps.slice(
        0,
        steps.findIndex(({ kind }) => kind === 'Promote'),
      );
      for (const moment of [initially(value), ...simulate(initially(value), undecided)]) {
        for (const { weights, ready } of simulate(moment, abortSteps)) {
          expect(Object.keys(weights).filter((revision) => !ready[revision])).toEqual([]);
        }
      }
    });
  });

  test('promotes the next revision once, and retires nothing before', () => {
    check(input, (value) => {
      const kinds = planRollout(value).steps.map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'Promote')).toHaveLength(1);
      expect(kinds.slice(0, kinds.indexOf('Promote'))).not.toContain('Retire');
    });
  });
});

function isWithoutRoom({ strategy: given, replicas: count, urgent }: RolloutInput): boolean {
  if (given.kind !== 'RollingUpdate' || urgent) return false;
  return count + rollingBounds(given.maxSurge, given.maxUnavailable, count).surge === 1;
}

describe('every rolling update', () => {
  const replacing = inputOf(rolling).filter((value) => value.stable?.revision === 'old' && !value.urgent);
  const boundsOf = ({ strategy: given, replicas: count }: RolloutInput) =>
    given.kind === 'RollingUpdate'
      ? rollingBounds(given.maxSurge, given.maxUnavailable, count)
      : { surge: 0, unavailable: 0 };

  test('never has fewer ready replicas than replicas − maxUnavailable, or than it started with', () => {
    check(replacing, (value) => {
      const least = Math.min(value.replicas - boundsOf(value).unavailable, value.stable!.replicas);
      for (const { ready } of simulate(initially(value), planRollout(value).steps)) {
        expect(total(ready)).toBeGreaterThanOrEqual(least);
      }
    });
  });

  test('never runs more replicas than replicas + maxSurge, once the surplus it started with is gone', () => {
    check(replacing, (value) => {
      const most = value.replicas + boundsOf(value).surge;
      for (const { running } of simulate(initially(value), planRollout(value).steps)) {
        expect(total(running)).toBeLessThanOrEqual(most);
      }
    });
  });

  test('takes the traffic from replicas before it stops them', () => {
    check(
      replacing.filter((value) => !isWithoutRoom(value)),
      (value) => {
        const { steps } = planRollout(value);
        const moments = [initially(value), ...simulate(initially(value), steps)];
        steps.forEach((one, index) => {
          if (one.kind !== 'Scale' || one.revision !== 'old') return;
          const { weights, ready } = moments[index]!;
          const share = (100 * one.replicas) / (one.replicas + (ready.new ?? 0));
          expect(weights.old ?? 0).toBeLessThanOrEqual(share + 0.5);
        });
      },
    );
  });
});

describe('every canary', () => {
  const replacing = inputOf(canary).filter((value) => value.stable?.revision === 'old' && !value.urgent);

  test('keeps all stable replicas until the next revision is promoted', () => {
    check(replacing, (value) => {
      const { steps } = planRollout(value);
      const until = steps.findIndex(({ kind }) => kind === 'Promote');
      for (const { ready } of simulate(initially(value), steps.slice(0, until))) {
        expect(ready.old).toBe(value.stable!.replicas);
      }
    });
  });

  test('has ready replicas for at least its share of the traffic at every moment', () => {
    check(replacing, (value) => {
      for (const { weights, ready } of simulate(initially(value), planRollout(value).steps)) {
        const share = weights.new ?? 0;
        expect(ready.new ?? 0).toBeGreaterThanOrEqual(Math.ceil((share * value.replicas) / 100));
      }
    });
  });
});
