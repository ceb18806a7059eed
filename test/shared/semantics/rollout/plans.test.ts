import { describe, expect, test } from '@jest/globals';
import { Duration } from '../../../../shared/core/duration.ts';
import { canaryReplicas, planRollout, rollingBounds, type Step } from '../../../../shared/semantics/rollout/index.ts';
import { Analysis, type DeploymentStrategy } from '../../../../shared/types/deploy.ts';

const stable = { revision: 'v1', replicas: 4 };
const first: Step[] = [
  { kind: 'Scale', revision: 'v2', replicas: 4 },
  { kind: 'AwaitHealthy', revision: 'v2', replicas: 4 },
  { kind: 'Shift', weights: { v2: 100 } },
  { kind: 'Promote', revision: 'v2' },
];
const analysis = Analysis.decode({ metrics: [{ kind: 'ErrorRate', name: 'errors', max: 0.01 }] });
const canary: DeploymentStrategy = {
  kind: 'Canary',
  percentage: 10,
  duration: Duration.minutes(5),
  abortScaleDownDelay: Duration.seconds(30),
};
const recreate: DeploymentStrategy = { kind: 'Recreate' };
const plan = (strategy: DeploymentStrategy, more = {}) =>
  planRollout({ strategy, replicas: 4, next: 'v2', stable, ...more });

describe('the bounds of a rolling update', () => {
  test.each([
    ['25%', '25%', 10, { surge: 3, unavailable: 2 }],
    ['25%', '25%', 4, { surge: 1, unavailable: 1 }],
    ['1%', '0%', 1, { surge: 1, unavailable: 0 }],
    [2, 0, 3, { surge: 2, unavailable: 0 }],
    [0, '10%', 4, { surge: 0, unavailable: 1 }],
    [0, 9, 4, { surge: 0, unavailable: 4 }],
    ['150%', 0, 4, { surge: 6, unavailable: 0 }],
  ])('maxSurge %s and maxUnavailable %s of %i replicas are %j', (surge, unavailable, replicas, expected) => {
    expect(rollingBounds(surge, unavailable, replicas)).toEqual(expected);
  });

  test.each([
    [0, 0],
    ['0%', 0],
    ['0%', '0%'],
  ])('maxSurge %s and maxUnavailable %s are refused: nothing could ever be replaced', (surge, unavailable) => {
    expect(() => rollingBounds(surge, unavailable, 4)).toThrow(
      'maxSurge and maxUnavailable are both 0, so no replica could ever be replaced; set one of them to 1 or more',
    );
  });

  test.each([
    [-1, 1],
    [1.5, 1],
    [1, '101%'],
    ['a quarter', 1],
  ])('maxSurge %s and maxUnavailable %s are refused', (surge, unavailable) => {
    expect(() => rollingBounds(surge, unavailable, 4)).toThrow(/write a number of replicas/);
  });
});

describe('rolling update', () => {
  test('one more and none less replaces one replica after another', () => {
    const { steps } = planRollout({
      strategy: { kind: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 },
      replicas: 2,
      next: 'v2',
      stable: { revision: 'v1', replicas: 2 },
    });
    expect(steps).toEqual([
      { kind: 'Scale', revision: 'v2', replicas: 1 },
      { kind: 'AwaitHealthy', revision: 'v2', replicas: 1 },
      { kind: 'Shift', weights: { v1: 67, v2: 33 } },
      { kind: 'Shift', weights: { v1: 50, v2: 50 } },
      { kind: 'Scale', revision: 'v1', replicas: 1 },
      { kind: 'Scale', revision: 'v2', replicas: 2 },
      { kind: 'AwaitHealthy', revision: 'v2', replicas: 2 },
      { kind: 'Shift', weights: { v1: 33, v2: 67 } },
      { kind: 'Shift', weights: { v2: 100 } },
      { kind: 'Scale', revision: 'v1', replicas: 0 },
      { kind: 'Promote', revision: 'v2' },
      { kind: 'Retire', revision: 'v1' },
    ]);
  });

  test('an aborted one gives the stable side its replicas back before the traffic', () => {
    expect(plan({ kind: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 }).abortSteps).toEqual([
      { kind: 'Scale', revision: 'v1', replicas: 4 },
      { kind: 'AwaitHealthy', revision: 'v1', replicas: 4 },
      { kind: 'Shift', weights: { v1: 100 } },
      { kind: 'Retire', revision: 'v2' },
    ]);
  });
});

describe('blue-green', () => {
  test('switches all at once after the delay and keeps the old side warm for the rollback window', () => {
    const strategy: DeploymentStrategy = {
      kind: 'BlueGreen',
      switchDelay: Duration.seconds(10),
      rollbackWindow: Duration.minutes(2),
    };
    expect(plan(strategy).steps).toEqual([
      ...first.slice(0, 2),
      { kind: 'Pause', seconds: 10 },
      ...first.slice(2),
      { kind: 'Pause', seconds: 120 },
      { kind: 'Retire', revision: 'v1' },
    ]);
  });

  test('the rollback window is 30 s when none is given, and so is the delay of an abort', () => {
    const { steps, abortSteps } = plan({ kind: 'BlueGreen', switchDelay: Duration.seconds(0) });
    expect(steps.slice(-2)).toEqual([
      { kind: 'Pause', seconds: 30 },
      { kind: 'Retire', revision: 'v1' },
    ]);
    expect(abortSteps.slice(-2)).toEqual([
      { kind: 'Pause', seconds: 30 },
      { kind: 'Retire', revision: 'v2' },
    ]);
  });
});

describe('canary', () => {
  test('the plain form sets its weight, waits, analyses, and then takes all', () => {
    expect(plan({ ...canary, analysis }).steps).toEqual([
      { kind: 'Scale', revision: 'v2', replicas: 1 },
      { kind: 'AwaitHealthy', revision: 'v2', replicas: 1 },
      { kind: 'Shift', weights: { v1: 90, v2: 10 } },
      { kind: 'Pause', seconds: 300 },
      { kind: 'Analyze', analysis, canary: 'v2', stable: 'v1' },
      ...first,
      { kind: 'Pause', seconds: 30 },
      { kind: 'Retire', revision: 'v1' },
    ]);
  });

  test('steps replace the plain form; a weight that falls leaves before the replicas do', () => {
    const steps = plan({
      ...canary,
      steps: [
        { kind: 'SetWeight', weight: 60 },
        { kind: 'SetWeight', weight: 20 },
      ],
    }).steps;
    expect(steps.slice(0, 5)).toEqual([
      { kind: 'Scale', revision: 'v2', replicas: 3 },
      { kind: 'AwaitHealthy', revision: 'v2', replicas: 3 },
      { kind: 'Shift', weights: { v1: 40, v2: 60 } },
      { kind: 'Shift', weights: { v1: 80, v2: 20 } },
      { kind: 'Scale', revision: 'v2', replicas: 1 },
    ]);
  });

  test('a weight of 0 starts one replica that gets no traffic, so that it can be probed', () => {
    const steps = plan({ ...canary, percentage: 0 }).steps;
    expect(steps.slice(0, 3)).toEqual([
      { kind: 'Scale', revision: 'v2', replicas: 1 },
      { kind: 'AwaitHealthy', revision: 'v2', replicas: 1 },
      { kind: 'Shift', weights: { v1: 100 } },
    ]);
  });

  test('after the bake time the canary is judged on its own numbers, by the last analysis of its steps', () => {
    const steps = plan({
      ...canary,
      bakeTime: Duration.minutes(1),
      steps: [
        { kind: 'SetWeight', weight: 50 },
        { kind: 'Analysis', analysis },
      ],
    }).steps;
    const shifted = steps.findIndex((step) => step.kind === 'Shift' && step.weights.v2 === 100);
    expect(steps.slice(shifted + 1, shifted + 4)).toEqual([
      { kind: 'Pause', seconds: 60 },
      { kind: 'Analyze', analysis, canary: 'v2' },
      { kind: 'Promote', revision: 'v2' },
    ]);
  });

  test('an aborted one sets weight 0 first and scales down after its delay', () => {
    expect(plan({ ...canary, abortScaleDownDelay: Duration.seconds(45) }).abortSteps).toEqual([
      { kind: 'Shift', weights: { v1: 100 } },
      { kind: 'Scale', revision: 'v1', replicas: 4 },
      { kind: 'AwaitHealthy', revision: 'v1', replicas: 4 },
      { kind: 'Pause', seconds: 45 },
      { kind: 'Retire', revision: 'v2' },
    ]);
  });

  test.each([
    [4, 0, 1],
    [4, 25, 1],
    [4, 26, 2],
    [100, 7, 7],
    [3, 33.4, 2],
    [10, 100, 10],
  ])('of %i replicas, %d %% of the traffic need %i', (replicas, weight, expected) => {
    expect(canaryReplicas(replicas, weight)).toBe(expected);
  });
});

describe('recreate', () => {
  test('stops the old revision before the new one starts', () => {
    expect(plan(recreate).steps).toEqual([
      { kind: 'Scale', revision: 'v1', replicas: 0 },
      { kind: 'AwaitHealthy', revision: 'v1', replicas: 0 },
      ...first,
      { kind: 'Retire', revision: 'v1' },
    ]);
  });

  test('an aborted one never runs both either', () => {
    expect(plan(recreate).abortSteps.slice(0, 3)).toEqual([
      { kind: 'Scale', revision: 'v2', replicas: 0 },
      { kind: 'AwaitHealthy', revision: 'v2', replicas: 0 },
      { kind: 'Scale', revision: 'v1', replicas: 4 },
    ]);
  });
});

describe('whatever the strategy', () => {
  const strategies: DeploymentStrategy[] = [
    { kind: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 },
    { kind: 'BlueGreen', switchDelay: Duration.minutes(1) },
    canary,
    recreate,
  ];

  test.each(strategies)(
    '$kind: the first deployment of a name skips the steps, and its abort only retires it',
    (strategy) => {
      const { steps, abortSteps } = plan(strategy, { stable: undefined });
      expect(steps).toEqual(first);
      expect(abortSteps).toEqual([{ kind: 'Retire', revision: 'v2' }]);
    },
  );

  test.each(strategies)('$kind: the revision that is already stable is only scaled, and never retired', (strategy) => {
    const { steps, abortSteps } = plan(strategy, { next: 'v1', replicas: 6 });
    expect(steps).toEqual(
      first.map((step) =>
        JSON.parse(JSON.stringify(step).replaceAll('v2', 'v1').replaceAll('"replicas":4', '"replicas":6')),
      ),
    );
    expect(abortSteps.map(({ kind }) => kind)).not.toContain('Retire');
  });

  test.each(strategies.slice(0, 3))('$kind: an urgent one switches as soon as the replicas are healthy', (strategy) => {
    expect(plan(strategy, { urgent: true }).steps).toEqual([...first, { kind: 'Retire', revision: 'v1' }]);
  });

  test('Recreate: an urgent one still stops the old revision first', () => {
    expect(plan(recreate, { urgent: true })).toEqual(plan(recreate));
  });

  test.each([0, -1, 1.5])('%d replicas are refused', (replicas) => {
    expect(() => plan(canary, { replicas })).toThrow(/deploy 1 replica or more/);
  });
});
