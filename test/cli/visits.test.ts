import { expect, test } from '@jest/globals';
import { joinLoops, type StateVisit, visitsOf } from '../../cli/visits.ts';
import type { Json } from '../../shared/core/codecs.ts';
import { execute, type HistoryEvent } from '../../shared/semantics/states/index.ts';

const at = (second: number): string => `2026-01-01T00:00:0${second}.000Z`;
const time = (second: number): Date => new Date(at(second));

/** The history of a machine that is run here; tasks fail so often as their payload says. */
async function historyOf(definition: object, input: Json): Promise<Json[]> {
  const events: HistoryEvent[] = [];
  await execute(definition, input, {
    task: (_resource, payload, { attempt }) => {
      if (attempt > (payload as number)) return payload;
      throw Object.assign(new Error(`attempt ${attempt}`), { name: 'Unavailable' });
    },
    onEvent: (event) => events.push(event),
  });
  return events as unknown as Json[];
}

/** A tree of visits as `state` or `state(branch, …)`. */
function shape(visits: StateVisit[]): string {
  return visits
    .map(({ state, branches }) => {
      const inner = branches?.map(({ index, visits: list }) => `${index}: ${shape(list)}`).join(', ');
      return inner === undefined ? state : `${state}(${inner})`;
    })
    .join(' ');
}

const task = (next: object = { End: true }): Json => ({ Type: 'Task', Resource: 'test:task', ...next });
const pass = (next: object = { End: true }): Json => ({ Type: 'Pass', ...next });

test('a task that failed and was caught keeps its error and the number of its attempts', async () => {
  const definition = {
    StartAt: 'Scale',
    States: {
      Scale: task({
        Retry: [{ ErrorEquals: ['Unavailable'], MaxAttempts: 2 }],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'GiveUp' }],
        End: true,
      }),
      GiveUp: { Type: 'Fail', Error: 'Other', Cause: 'no room' },
    },
  };
  const [scale, giveUp, ...more] = visitsOf(await historyOf(definition, 9));
  expect(scale).toMatchObject({ state: 'Scale', type: 'Task', attempts: 3, error: 'Unavailable', cause: 'attempt 3' });
  expect(scale?.exitedAt).toBeInstanceOf(Date);
  expect(giveUp).toEqual({
    state: 'GiveUp',
    type: 'Fail',
    enteredAt: expect.any(Date),
    error: 'Other',
    cause: 'no room',
  });
  expect(more).toEqual([]);
});

test('branches of a Parallel are told apart, with what runs inside of them', async () => {
  const definition = {
    StartAt: 'Both',
    States: {
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Left', States: { Left: task({ Next: 'Left2' }), Left2: pass() } },
          {
            StartAt: 'Inner',
            States: {
              Inner: { Type: 'Parallel', Branches: [{ StartAt: 'Deep', States: { Deep: task() } }], Next: 'Right' },
              Right: pass(),
            },
          },
        ],
        Next: 'After',
      },
      After: pass(),
    },
  };
  const visits = visitsOf(await historyOf(definition, 0));
  expect(shape(visits)).toBe('Both(0: Left Left2, 1: Inner(0: Deep) Right) After');
  expect(visits.every(({ exitedAt }) => exitedAt)).toBe(true);
});

test('items of a Map are told by their index; the Map goes on after them, and again after a Retry', async () => {
  const definition = {
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        MaxConcurrency: 2,
        ItemProcessor: { StartAt: 'One', States: { One: task({ Next: 'Two' }), Two: pass() } },
        Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'After' }],
        Next: 'After',
      },
      After: pass(),
    },
  };
  expect(shape(visitsOf(await historyOf(definition, [0, 0, 0])))).toBe(
    'Each(0: One Two, 1: One Two, 2: One Two) After',
  );
  const [each, after] = visitsOf(await historyOf(definition, [0, 5]));
  expect(each).toMatchObject({ attempts: 2, exitedAt: expect.any(Date) });
  expect(each?.branches?.map(({ visits }) => visits[0]?.error)).toEqual([undefined, 'Unavailable']);
  expect(after).toMatchObject({ state: 'After' });
});

test('what an execution failed with stands at the state that it failed in', async () => {
  const definition = {
    StartAt: 'Which',
    States: { Which: { Type: 'Choice', Choices: [{ Variable: '$', NumericEquals: 1, Next: 'Done' }] }, Done: pass() },
  };
  expect(visitsOf(await historyOf(definition, 2))).toEqual([
    expect.objectContaining({ state: 'Which', error: 'States.Runtime' }),
  ]);
});

test('turns of a loop are told once, with how often it went round and how long it took in all', () => {
  const visit = (state: string, second: number) => ({
    state,
    type: 'Pass',
    enteredAt: time(second),
    exitedAt: time(second + 1),
  });
  const states = ['Scale', 'Check', 'Wait', 'Check', 'Wait', 'Check', 'Done'];
  const rows = joinLoops(states.map((state, second) => visit(state, second)));
  expect(rows.map(({ state, times, took }) => [state, times, took])).toEqual([
    ['Scale', 1, 1000],
    ['Check', 2, 2000],
    ['Wait', 2, 2000],
    ['Check', 1, 1000],
    ['Done', 1, 1000],
  ]);
});

test('a turn that failed is told by itself', () => {
  const visits = [
    { state: 'Check', type: 'Task', enteredAt: time(1), exitedAt: time(2) },
    { state: 'Check', type: 'Task', enteredAt: time(2), exitedAt: time(3), error: 'Unavailable' },
  ];
  expect(joinLoops(visits)).toHaveLength(2);
});
