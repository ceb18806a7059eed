import { describe, expect, test } from '@jest/globals';
import { execute, type Json, type TaskInfo } from '../../../../shared/semantics/states/index.ts';
import { failing, runJsonata, runState, runWithEvents } from './machines.ts';

const boom = { name: 'Boom', message: 'it broke' };
const task = (fields: Record<string, Json>): Json => ({ Type: 'Task', Resource: 'r', ...fields });

/** The seconds between the attempts of a state that fails as often as it may. */
async function delays(retrier: Record<string, Json>): Promise<number[]> {
  const definition = {
    StartAt: 'X',
    States: { X: task({ Retry: [{ ErrorEquals: ['Boom'], ...retrier }], End: true }) },
  };
  const { events } = await runWithEvents(definition, {}, { task: failing(...Array(50).fill(boom)) });
  const times = events.filter(({ type }) => type === 'TaskStarted').map(({ timestamp }) => Date.parse(timestamp));
  return times.slice(1).map((time, i) => (time - times[i]!) / 1000);
}

describe('Retry', () => {
  test.each<[string, Record<string, Json>, number[]]>([
    ['by default three times after 1, 2 and 4 seconds', {}, [1, 2, 4]],
    ['MaxAttempts 0 is never', { MaxAttempts: 0 }, []],
    ['IntervalSeconds and BackoffRate', { IntervalSeconds: 3, BackoffRate: 1.5, MaxAttempts: 3 }, [3, 4.5, 6.75]],
    ['BackoffRate 1 is steady', { BackoffRate: 1, MaxAttempts: 4 }, [1, 1, 1, 1]],
    ['MaxDelaySeconds caps it', { MaxDelaySeconds: 5, MaxAttempts: 5 }, [1, 2, 4, 5, 5]],
  ])('%s', async (_name, retrier, expected) => {
    expect(await delays(retrier)).toEqual(expected);
  });

  test('JitterStrategy FULL waits anywhere up to the delay, the same on each replay', async () => {
    const retrier = { JitterStrategy: 'FULL', IntervalSeconds: 100, BackoffRate: 1, MaxAttempts: 20 };
    const first = await delays(retrier);
    expect(first.every((delay) => delay >= 0 && delay <= 100)).toBe(true);
    expect(new Set(first).size).toBeGreaterThan(10);
    expect(await delays(retrier)).toEqual(first);
  });

  test('each retrier counts on its own', async () => {
    const Retry = [
      { ErrorEquals: ['A'], MaxAttempts: 1 },
      { ErrorEquals: ['B'], MaxAttempts: 1 },
    ];
    const errors = [{ name: 'A' }, { name: 'B' }];
    expect((await runState(task({ Retry }), 1, failing(...errors))).status).toBe('SUCCEEDED');
    expect((await runState(task({ Retry }), 1, failing(...errors, { name: 'A' }))).error).toBe('A');
  });

  test('is counted in the context of the states that can be retried alone', async () => {
    const read = { Parameters: { 'state.$': '$$.State' } };
    const state = async (fields: Record<string, Json>) =>
      ((await runState({ ...read, ...fields })).output as { state: Json }).state;
    expect(await state({ Type: 'Task', Resource: 'r' })).toMatchObject({ Name: 'X', RetryCount: 0 });
    expect(await state({ Type: 'Pass' })).toEqual({ Name: 'X', EnteredTime: expect.any(String) });
  });

  test('the attempt and RetryCount go up, and the key changes', async () => {
    const seen: unknown[] = [];
    const definition = {
      StartAt: 'X',
      States: {
        X: task({ Parameters: { 'n.$': '$$.State.RetryCount' }, Retry: [{ ErrorEquals: ['States.ALL'] }], End: true }),
      },
    };
    await execute(
      definition,
      {},
      {
        task(_resource, payload, { attempt, idempotencyKey }: TaskInfo) {
          seen.push([payload, attempt, idempotencyKey]);
          if (attempt < 3) throw boom;
        },
      },
    );
    expect(seen).toEqual([
      [{ n: 0 }, 1, 'execution:X#1.1'],
      [{ n: 1 }, 2, 'execution:X#1.2'],
      [{ n: 2 }, 3, 'execution:X#1.3'],
    ]);
  });
});

describe('ErrorEquals', () => {
  const runtime = { name: 'States.Runtime' };
  test.each<[string, { name?: string }, boolean]>([
    ['Boom', { name: 'Boom' }, true],
    ['Boom', { name: 'boom' }, false],
    ['States.ALL', { name: 'Boom' }, true],
    ['States.ALL', {}, true],
    ['States.ALL', { name: 'States.Timeout' }, true],
    ['States.ALL', { name: 'States.DataLimitExceeded' }, false],
    ['States.ALL', runtime, false],
    ['States.Runtime', runtime, false],
    ['States.TaskFailed', { name: 'Boom' }, true],
    ['States.TaskFailed', {}, true],
    ['States.TaskFailed', { name: 'States.Timeout' }, false],
    ['States.TaskFailed', runtime, false],
    ['States.Timeout', { name: 'States.Timeout' }, true],
    ['States.Timeout', { name: 'States.HeartbeatTimeout' }, true],
    ['States.HeartbeatTimeout', { name: 'States.Timeout' }, false],
    ['States.DataLimitExceeded', { name: 'States.DataLimitExceeded' }, true],
  ])('%s covers %j: %s', async (name, error, covered) => {
    const definition = {
      StartAt: 'X',
      States: { X: task({ Catch: [{ ErrorEquals: [name], Next: 'Y' }], End: true }), Y: { Type: 'Succeed' } },
    };
    const { trace } = await execute(definition, {}, { task: failing(error) });
    expect(trace.includes('Y')).toBe(covered);
  });
});

describe('Catch', () => {
  const caught = (catcher: Record<string, Json>, language: string) => ({
    QueryLanguage: language,
    StartAt: 'X',
    States: {
      X: task({ Catch: [{ ErrorEquals: ['Boom'], Next: 'Y', ...catcher }], End: true }),
      Y: { Type: 'Pass', End: true },
    },
  });

  test.each<[string, string, Record<string, Json>, Json]>([
    ['gives the Error Output on', 'JSONPath', {}, { Error: 'Boom', Cause: 'it broke' }],
    [
      'puts it where ResultPath says',
      'JSONPath',
      { ResultPath: '$.e' },
      { a: 1, e: { Error: 'Boom', Cause: 'it broke' } },
    ],
    ['drops it with ResultPath null', 'JSONPath', { ResultPath: null }, { a: 1 }],
    ['gives the Error Output on', 'JSONata', {}, { Error: 'Boom', Cause: 'it broke' }],
    [
      'makes its Output of errorOutput and input',
      'JSONata',
      { Output: '{% $states.errorOutput.Cause & $states.input.a %}' },
      'it broke1',
    ],
  ])('%s (%s)', async (_name, language, catcher, expected) => {
    expect((await execute(caught(catcher, language), { a: 1 }, { task: failing(boom) })).output).toEqual(expected);
  });

  test.each<[string, Json]>([
    ['JSONPath', { 'e.$': '$.Error' }],
    ['JSONata', { e: '{% $states.errorOutput.Error %}' }],
  ])('assigns variables from the error (%s)', async (language, Assign) => {
    const definition = caught({ Assign }, language);
    const Y =
      language === 'JSONata'
        ? { Type: 'Pass', Output: '{% $e %}', End: true }
        : { Type: 'Pass', Parameters: { 'e.$': '$e' }, OutputPath: '$.e', End: true };
    const states = { ...definition.States, Y };
    expect((await execute({ ...definition, States: states }, {}, { task: failing(boom) })).output).toBe('Boom');
  });

  test('comes after the Retry is used up', async () => {
    const definition = caught({}, 'JSONPath');
    Object.assign(definition.States.X as object, { Retry: [{ ErrorEquals: ['Boom'], MaxAttempts: 1 }] });
    expect((await execute(definition, {}, { task: failing(boom) })).trace).toEqual(['X']);
    expect((await execute(definition, {}, { task: failing(boom, boom) })).trace).toEqual(['X', 'Y']);
  });

  test('takes over when an expression of the state fails', async () => {
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'X',
      States: {
        X: task({
          Arguments: '{% $states.input.q %}',
          Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'Y' }],
          End: true,
        }),
        Y: { Type: 'Succeed' },
      },
    };
    expect((await execute(definition, {}, { task: failing() })).trace).toEqual(['X', 'Y']);
  });
});

describe('a failure without a catcher', () => {
  test.each<[object, object]>([
    [boom, { error: 'Boom', cause: 'it broke' }],
    [{ name: 'Boom' }, { error: 'Boom' }],
    [{ message: 'it broke' }, { cause: 'it broke' }],
    [{}, {}],
    [new TypeError('no'), { error: 'TypeError', cause: 'no' }],
  ])('%j ends the execution with its name and message', async (error, expected) => {
    expect(await runState(task({}), 1, failing(error))).toEqual({ status: 'FAILED', ...expected, trace: ['X'] });
  });
});

test.each(['arn:aws:states:::states:startExecution.sync:2', 'arn:aws:states:::ecs:runTask.sync'])(
  '%s ends when what plays the task says that the job is over',
  async (Resource) => {
    const job = Promise.withResolvers<Json>();
    const ending = runState({ Type: 'Task', Resource }, {}, () => job.promise);
    await new Promise((resolve) => setImmediate(resolve));
    job.resolve({ Status: 'SUCCEEDED' });
    expect(await ending).toMatchObject({ status: 'SUCCEEDED', output: { Status: 'SUCCEEDED' } });
  },
);

describe('a timeout', () => {
  const never = () => new Promise(() => {});
  test.each<[string, Json, Json, string]>([
    ['TimeoutSeconds', task({ TimeoutSeconds: 300 }), {}, 'States.Timeout'],
    ['TimeoutSecondsPath', task({ TimeoutSecondsPath: '$.t' }), { t: 300 }, 'States.Timeout'],
    ['HeartbeatSeconds', task({ TimeoutSeconds: 300, HeartbeatSeconds: 20 }), {}, 'States.Timeout'],
    ['HeartbeatSecondsPath', task({ HeartbeatSecondsPath: '$.t' }), { t: 20 }, 'States.Timeout'],
    ['TimeoutSecondsPath of no integer', task({ TimeoutSecondsPath: '$.t' }), { t: 'soon' }, 'States.Runtime'],
  ])('%s', async (_name, state, input, error) => {
    expect(await runState(state, input, never)).toMatchObject({ status: 'FAILED', error });
  });

  test.each([
    ['States.HeartbeatTimeout', { HeartbeatSeconds: 20 }, true],
    ['States.Timeout', { HeartbeatSeconds: 20 }, true],
    ['States.TaskFailed', { HeartbeatSeconds: 20 }, false],
    ['States.HeartbeatTimeout', { TimeoutSeconds: 20 }, false],
  ])('%s catches the one of %j: %s', async (name, fields, covered) => {
    const X = task({ ...fields, Catch: [{ ErrorEquals: [name], Next: 'Y' }], End: true });
    const definition = { StartAt: 'X', States: { X, Y: { Type: 'Pass', End: true } } };
    const { output } = await execute(definition, {}, { task: never });
    expect(output).toEqual(covered ? { Error: 'States.Timeout' } : undefined);
  });

  test('TimeoutSeconds as an expression', async () => {
    const state = task({ TimeoutSeconds: '{% $states.input.t * 2 %}' });
    expect(await runJsonata(state, { t: 30 }, never)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  test('aborts the signal of the task', async () => {
    let signal: AbortSignal | undefined;
    await runState(task({ TimeoutSeconds: 5 }), {}, (_resource, _payload, info) => {
      signal = info.signal;
      return never();
    });
    expect(signal!.aborted).toBe(true);
  });

  test('of the machine ends it as TIMED_OUT, and no catcher sees it', async () => {
    const definition = {
      TimeoutSeconds: 10,
      StartAt: 'X',
      States: { X: { Type: 'Wait', Seconds: 60, Next: 'Y' }, Y: { Type: 'Succeed' } },
    };
    expect(await execute(definition, {}, { task: never })).toEqual({
      status: 'TIMED_OUT',
      error: 'States.Timeout',
      trace: ['X'],
    });
  });
});

test('with .waitForTaskToken the token is in the context, and is another for each attempt', async () => {
  const tokens: unknown[] = [];
  const definition = {
    StartAt: 'X',
    States: {
      X: {
        Type: 'Task',
        Resource: 'r.waitForTaskToken',
        Parameters: { 't.$': '$$.Task.Token' },
        Retry: [{ ErrorEquals: ['Boom'] }],
        End: true,
      },
    },
  };
  const { status } = await execute(
    definition,
    {},
    {
      task(_resource, payload, { taskToken, attempt }) {
        expect(payload).toEqual({ t: taskToken });
        tokens.push(taskToken);
        if (attempt === 1) throw boom;
      },
    },
  );
  expect(status).toBe('SUCCEEDED');
  expect(new Set(tokens).size).toBe(2);
});
