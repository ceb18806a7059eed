import { describe, expect, test } from '@jest/globals';
import { VirtualClock } from '../../../../shared/core/clock.ts';
import { execute, type Json } from '../../../../shared/semantics/states/index.ts';
import { echo, runJsonata, runState, runWithEvents } from './machines.ts';

const START = Date.UTC(2030, 0, 1);

async function waited(state: Json, input: Json, language: string): Promise<number> {
  const clock = new VirtualClock(START);
  const definition = { QueryLanguage: language, StartAt: 'W', States: { W: { ...(state as object), End: true } } };
  const running = execute(definition, input, { task: echo, clock });
  for (let next = clock.next(); next; next = clock.next()) await clock.advanceTo(next);
  expect((await running).status).toBe('SUCCEEDED');
  return (clock.now().getTime() - START) / 1000;
}

describe('Wait', () => {
  test.each<[string, Json, Json, number, string]>([
    ['Seconds', { Type: 'Wait', Seconds: 90 }, {}, 90, 'JSONPath'],
    ['Seconds 0', { Type: 'Wait', Seconds: 0 }, {}, 0, 'JSONPath'],
    ['SecondsPath', { Type: 'Wait', SecondsPath: '$.s' }, { s: 7 }, 7, 'JSONPath'],
    ['Timestamp', { Type: 'Wait', Timestamp: '2030-01-01T00:01:00Z' }, {}, 60, 'JSONPath'],
    ['Timestamp that has passed', { Type: 'Wait', Timestamp: '2029-01-01T00:00:00Z' }, {}, 0, 'JSONPath'],
    ['TimestampPath', { Type: 'Wait', TimestampPath: '$.t' }, { t: '2030-01-01T01:00:30+01:00' }, 30, 'JSONPath'],
    ['Seconds as an expression', { Type: 'Wait', Seconds: '{% $states.input.s * 2 %}' }, { s: 7 }, 14, 'JSONata'],
    [
      'Timestamp as an expression',
      { Type: 'Wait', Timestamp: '{% $fromMillis($millis() + 5000) %}' },
      {},
      5,
      'JSONata',
    ],
  ])('%s', async (_name, state, input, seconds, language) => {
    expect(await waited(state, input, language)).toBe(seconds);
  });

  test.each<[string, Json, Json, string, string]>([
    ['SecondsPath of a text', { Type: 'Wait', SecondsPath: '$.s' }, { s: 'x' }, 'States.Runtime', 'JSONPath'],
    [
      'TimestampPath of a day that does not exist',
      { Type: 'Wait', TimestampPath: '$.s' },
      { s: '2030-02-29T00:00:00Z' },
      'States.Runtime',
      'JSONPath',
    ],
    [
      'TimestampPath of no timestamp',
      { Type: 'Wait', TimestampPath: '$.s' },
      { s: 'tomorrow' },
      'States.Runtime',
      'JSONPath',
    ],
    ['Seconds below 0', { Type: 'Wait', Seconds: '{% -1 %}' }, {}, 'States.QueryEvaluationError', 'JSONata'],
    ['Timestamp of no timestamp', { Type: 'Wait', Timestamp: '{% "tomorrow" %}' }, {}, 'States.Runtime', 'JSONata'],
    ['Timestamp of no text', { Type: 'Wait', Timestamp: '{% 5 %}' }, {}, 'States.QueryEvaluationError', 'JSONata'],
  ])('%s fails', async (_name, state, input, error, language) => {
    expect(await runState(state, input, echo, language)).toMatchObject({ status: 'FAILED', error });
  });

  test('a year returns at once on the default clock, and the time of the execution has passed', async () => {
    const year = 365 * 24 * 3600;
    const definition = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: year, End: true } } };
    const { events } = await runWithEvents(definition, {});
    expect(Date.parse(events.at(-1)!.timestamp) - Date.parse(events[0]!.timestamp)).toBe(year * 1000);
  });
});

describe('Fail', () => {
  test.each<[string, Json, object, string]>([
    ['Error and Cause', { Type: 'Fail', Error: 'E', Cause: 'c' }, { error: 'E', cause: 'c' }, 'JSONPath'],
    ['neither', { Type: 'Fail' }, {}, 'JSONPath'],
    [
      'ErrorPath and CausePath',
      { Type: 'Fail', ErrorPath: '$.e', CausePath: "States.Format('{}!', $.e)" },
      { error: 'X', cause: 'X!' },
      'JSONPath',
    ],
    [
      'expressions',
      { Type: 'Fail', Error: '{% $states.input.e %}', Cause: '{% $states.input.e & "!" %}' },
      { error: 'X', cause: 'X!' },
      'JSONata',
    ],
  ])('%s', async (_name, state, expected, language) => {
    expect(await runState(state, { e: 'X' }, echo, language)).toEqual({ status: 'FAILED', ...expected, trace: ['X'] });
  });

  test('with a Cause that is no text fails as any state does', async () => {
    expect(await runState({ Type: 'Fail', CausePath: '$.e' }, { e: 1 })).toMatchObject({ error: 'States.Runtime' });
    expect(await runJsonata({ Type: 'Fail', Cause: '{% 1 %}' })).toMatchObject({
      error: 'States.QueryEvaluationError',
    });
  });
});

describe('an execution', () => {
  test('that enters too many states ends with the limit of history events', async () => {
    const definition = {
      StartAt: 'A',
      States: {
        A: { Type: 'Pass', Next: 'C' },
        C: { Type: 'Choice', Choices: [{ Variable: '$.x', IsPresent: true, Next: 'D' }], Default: 'A' },
        D: { Type: 'Succeed' },
      },
    };
    expect(await execute(definition, {}, { task: echo })).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
  });

  test('is ABORTED by its signal', async () => {
    const abort = new AbortController();
    const definition = { StartAt: 'A', States: { A: { Type: 'Task', Resource: 'r', End: true } } };
    const running = execute(
      definition,
      {},
      {
        signal: abort.signal,
        task() {
          abort.abort();
          return new Promise(() => {});
        },
      },
    );
    expect(await running).toEqual({ status: 'ABORTED', trace: ['A'] });
  });

  test('gives the task a payload of its own, and keeps what it returns apart', async () => {
    const shared = { n: 1 };
    const definition = { StartAt: 'A', States: { A: { Type: 'Task', Resource: 'r', ResultPath: '$.r', End: true } } };
    const { output } = await execute(
      definition,
      { a: { b: 1 } },
      {
        task(_resource, payload) {
          (payload as { a: { b: number } }).a.b = 2;
          return shared;
        },
      },
    );
    shared.n = 2;
    expect(output).toEqual({ a: { b: 1 }, r: { n: 1 } });
  });

  test('waits for a task that is slower than a turn, and does not jump over it', async () => {
    const definition = { StartAt: 'A', States: { A: { Type: 'Task', Resource: 'r', TimeoutSeconds: 60, End: true } } };
    const slow = () => new Promise((resolve) => setTimeout(resolve, 80, 'in time'));
    expect((await execute(definition, {}, { task: slow })).output).toBe('in time');
  });
});
