import fc from 'fast-check';
import type { JsonObject } from '../../../../shared/semantics/states/index.ts';

/** One step of a random machine; every step takes a number and puts out a number. */
export type RandomStep =
  | { kind: 'task'; failures: number; retries: number; caught: boolean; token: boolean }
  | { kind: 'wait'; seconds: number }
  | { kind: 'pass'; add: number }
  | { kind: 'assign' }
  | { kind: 'choice' }
  | { kind: 'parallel'; branches: RandomStep[][] }
  | { kind: 'map'; items: number; atOnce: number; steps: RandomStep[] };

const { steps } = fc.letrec<{ step: RandomStep; steps: RandomStep[] }>((tie) => ({
  step: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      kind: fc.constant('task' as const),
      failures: fc.nat(2),
      retries: fc.nat(2),
      caught: fc.boolean(),
      token: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('wait' as const), seconds: fc.nat(9) }),
    fc.record({ kind: fc.constant('pass' as const), add: fc.nat(9) }),
    fc.constant({ kind: 'assign' as const }),
    fc.constant({ kind: 'choice' as const }),
    fc.record({
      kind: fc.constant('parallel' as const),
      branches: fc.array(tie('steps'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('map' as const), items: fc.nat(4), atOnce: fc.nat(2), steps: tie('steps') }),
  ),
  steps: fc.array(tie('step'), { minLength: 1, maxLength: 4 }),
}));

/** A list of random steps. */
export const randomSteps = steps;

/** The steps as a state machine in JSONata. */
export function machineOf(list: RandomStep[]): JsonObject {
  return { QueryLanguage: 'JSONata', ...sequence(list, { count: 0 }, 0) };
}

interface Names {
  count: number;
}

function sequence(list: RandomStep[], names: Names, depth: number): JsonObject {
  const parts = list.map((step) => ({ name: `S${names.count++}`, step }));
  const states: JsonObject = {};
  parts.forEach(({ name, step }, i) => {
    const next = parts[i + 1]?.name;
    const onward: JsonObject = next === undefined ? { End: true } : { Next: next };
    Object.assign(states, statesOf(name, step, onward, names, depth));
  });
  return { StartAt: parts[0]!.name, States: states };
}

/** What was kept last in the states here, or else in those around: each depth has a variable of its own. */
const lastKept = (depth: number): string =>
  depth < 0 ? '3' : `($exists($kept${depth}) ? $kept${depth} : ${lastKept(depth - 1)})`;

function statesOf(name: string, step: RandomStep, onward: JsonObject, names: Names, depth: number): JsonObject {
  switch (step.kind) {
    case 'task': {
      const { failures, retries, caught, token } = step;
      const after = `${name}-caught`;
      const Catch = [{ ErrorEquals: ['States.ALL'], Output: '{% $states.input + 7 %}', Next: after }];
      return {
        [name]: {
          Type: 'Task',
          Resource: token ? 'test:step.waitForTaskToken' : 'test:step',
          Arguments: { value: '{% $states.input %}', failures, nonce: '{% $uuid() & $random() & $millis() %}' },
          Output: '{% $states.result %}',
          ...(retries > 0 && { Retry: [{ ErrorEquals: ['Boom'], IntervalSeconds: 2, MaxAttempts: retries }] }),
          ...(caught && { Catch }),
          ...onward,
        },
        ...(caught && { [after]: { Type: 'Pass', ...onward } }),
      };
    }
    case 'wait':
      return { [name]: { Type: 'Wait', Seconds: step.seconds, ...onward } };
    case 'pass':
      return { [name]: { Type: 'Pass', Output: `{% $states.input + ${step.add} %}`, ...onward } };
    case 'assign':
      return {
        [name]: {
          Type: 'Pass',
          Assign: { [`kept${depth}`]: '{% $states.input %}' },
          Output: '{% $states.input * 2 %}',
          ...onward,
        },
      };
    case 'choice': {
      const [even, odd] = [`${name}-even`, `${name}-odd`];
      return {
        [name]: { Type: 'Choice', Choices: [{ Condition: '{% $states.input % 2 = 0 %}', Next: even }], Default: odd },
        [even]: { Type: 'Pass', Output: '{% $states.input / 2 %}', ...onward },
        [odd]: { Type: 'Pass', Output: `{% $states.input + ${lastKept(depth)} %}`, ...onward },
      };
    }
    case 'parallel':
      return {
        [name]: {
          Type: 'Parallel',
          Branches: step.branches.map((branch) => sequence(branch, names, depth + 1)),
          Output: '{% $sum($states.result) % 1000 %}',
          ...onward,
        },
      };
    case 'map':
      return {
        [name]: {
          Type: 'Map',
          Items: Array.from({ length: step.items }, (_, i) => i),
          MaxConcurrency: step.atOnce,
          ItemSelector: '{% $states.input + $states.context.Map.Item.Value %}',
          ItemProcessor: sequence(step.steps, names, depth + 1),
          Output: '{% $sum($append([0], $states.result)) % 1000 %}',
          ...onward,
        },
      };
  }
}
