import { DatabaseSync } from 'node:sqlite';
import { describe, expect, jest, test } from '@jest/globals';
import { Engine, type EngineOptions, type TaskCall } from '../../../../infra/local/engine/engine.ts';
import { VirtualClock } from '../../../../shared/core/clock.ts';
import type { Json } from '../../../../shared/semantics/states/index.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const turns = async (count: number) => {
  for (let i = 0; i < count; i += 1) await turn();
};

const machine = (states: Record<string, Json>): Json => ({
  QueryLanguage: 'JSONata',
  StartAt: Object.keys(states)[0]!,
  States: states,
});
const ONE_TASK = machine({ A: { Type: 'Task', Resource: 'test:a', End: true } });
const ONE_TOKEN = machine({
  A: {
    Type: 'Task',
    Resource: 'test:a.waitForTaskToken',
    Arguments: { token: '{% $states.context.Task.Token %}' },
    End: true,
  },
});

function setUp(task: EngineOptions['task'] = async () => 'done', more: Partial<EngineOptions> = {}) {
  const database = new DatabaseSync(':memory:');
  const clock = new VirtualClock(Date.UTC(2030, 0, 1));
  const open = (other = task): Engine => new Engine({ database, clock, task: other, ...more });
  return { database, clock, open, engine: open() };
}

describe('starting', () => {
  test('the same name again is the same execution, whatever the input', async () => {
    const { engine } = setUp();
    engine.register('w', ONE_TASK);
    const first = engine.start({ workflow: 'w', input: 1, name: 'nightly' });
    const second = engine.start({ workflow: 'w', input: 2, name: 'nightly' });
    expect([first.created, second.created]).toEqual([true, false]);
    expect(second.execution.id).toBe(first.execution.id);
    expect(await engine.wait(first.execution.id)).toMatchObject({ status: 'SUCCEEDED', input: 1, output: 'done' });
  });

  test('one name in two workflows is two executions', () => {
    const { engine } = setUp();
    engine.register('v', ONE_TASK);
    engine.register('w', ONE_TASK);
    engine.start({ workflow: 'v', input: 1, name: 'n' });
    expect(engine.start({ workflow: 'w', input: 1, name: 'n' }).created).toBe(true);
  });

  test('an unknown workflow is refused with the known ones', () => {
    const { engine } = setUp();
    engine.register('w', ONE_TASK);
    expect(() => engine.start({ workflow: 'x', input: 1 })).toThrow(
      'workflow "x" is not registered; registered are: w',
    );
  });

  test('a bad definition is refused with all of its problems', () => {
    const { engine } = setUp();
    const register = () => engine.register('w', machine({ A: { Type: 'Task' }, B: { Type: 'Pass', End: true } }));
    expect(register).toThrow(/\/States\/A: the state leads nowhere.*\/States\/A\/Resource: .*no state leads to "B"/);
    expect(engine.workflows()).toEqual([]);
  });

  test('a start that the caller rolls back runs nothing', async () => {
    const calls: TaskCall[] = [];
    const { engine, database } = setUp(async (call) => calls.push(call));
    engine.register('w', ONE_TASK);
    database.exec('begin');
    const { execution } = engine.start({ workflow: 'w', input: 1 });
    database.exec('rollback');
    await turns(5);
    expect(calls).toEqual([]);
    expect(engine.get(execution.id)).toBeUndefined();
  });

  test('a start waits for the transaction of its caller, however long that is open', async () => {
    const calls: TaskCall[] = [];
    const { engine, database } = setUp(async (call) => calls.push(call));
    engine.register('w', ONE_TASK);
    database.exec('begin');
    const { execution } = engine.start({ workflow: 'w', input: 1 });
    await turns(5);
    expect(calls).toEqual([]);
    database.exec('commit');
    expect(await engine.wait(execution.id)).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('an execution finishes on the definition it began with', async () => {
    const { engine, open } = setUp(() => new Promise(() => {}));
    engine.register('w', ONE_TASK);
    const { execution } = engine.start({ workflow: 'w', input: 1 });
    engine.register('w', machine({ B: { Type: 'Pass', Output: 'new', End: true } }));
    await turns(3);
    await engine.close();
    const next = open(async () => 'old');
    next.resume();
    expect((await next.wait(execution.id)).output).toBe('old');
    const { execution: later } = next.start({ workflow: 'w', input: 1 });
    expect((await next.wait(later.id)).output).toBe('new');
  });
});

describe('starting with the next group commit', () => {
  test('many starts of one turn cost one commit, and each is on the disk when it resolves', async () => {
    const { engine, database } = setUp(() => new Promise(() => {}));
    engine.register('w', ONE_TASK);
    const exec = jest.spyOn(database, 'exec');
    const started = await Promise.all([1, 2, 3].map((input) => engine.startSoon({ workflow: 'w', input })));
    expect(exec.mock.calls.filter(([sql]) => sql === 'commit')).toHaveLength(1);
    expect(started.map(({ execution }) => engine.get(execution.id)?.input)).toEqual([1, 2, 3]);
    expect(started.every(({ created }) => created)).toBe(true);
  });

  test('the same name again is the same execution, in one commit or in two', async () => {
    const { engine } = setUp();
    engine.register('w', ONE_TASK);
    const start = (input: number) => engine.startSoon({ workflow: 'w', input, name: 'nightly' });
    const [first, second] = await Promise.all([start(1), start(2)]);
    const third = await start(3);
    expect([first, second, third].map(({ created }) => created)).toEqual([true, false, false]);
    expect(new Set([first, second, third].map(({ execution }) => execution.id)).size).toBe(1);
    expect(await engine.wait(first.execution.id)).toMatchObject({ status: 'SUCCEEDED', input: 1, output: 'done' });
  });

  test('an unknown workflow is refused', async () => {
    const { engine } = setUp();
    await expect(engine.startSoon({ workflow: 'x', input: 1 })).rejects.toMatchObject({ code: 'NotFound' });
  });

  test('a commit that fails refuses the start and leaves nothing of it', async () => {
    const { engine, database } = setUp();
    engine.register('w', ONE_TASK);
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const exec = jest.spyOn(database, 'exec').mockImplementation((sql) => {
      if (sql === 'commit') throw new Error('the disk is full');
      return DatabaseSync.prototype.exec.call(database, sql);
    });
    await expect(engine.startSoon({ workflow: 'w', input: 1, name: 'n' })).rejects.toThrow('the disk is full');
    expect(warn).toHaveBeenCalledTimes(1);
    exec.mockRestore();
    warn.mockRestore();
    expect(engine.list()).toEqual([]);
    expect((await engine.startSoon({ workflow: 'w', input: 2, name: 'n' })).created).toBe(true);
  });

  test('a process that dies in the commit leaves no start waiting', async () => {
    const { engine, database } = setUp();
    engine.register('w', ONE_TASK);
    jest.spyOn(database, 'exec').mockImplementation((sql) => {
      if (sql !== 'commit') return DatabaseSync.prototype.exec.call(database, sql);
      void engine.close();
      throw new Error('the process dies');
    });
    await expect(engine.startSoon({ workflow: 'w', input: 1 })).rejects.toThrow('the process dies');
  });

  test('an engine that is closed before the commit says so', async () => {
    const { engine } = setUp();
    engine.register('w', ONE_TASK);
    const start = engine.startSoon({ workflow: 'w', input: 1 });
    await engine.close();
    await expect(start).rejects.toMatchObject({ code: 'Unavailable', retry: 'backoff' });
    await expect(engine.startSoon({ workflow: 'w', input: 1 })).rejects.toMatchObject({ code: 'Unavailable' });
  });

  test('the listener hears of the start and of every state', async () => {
    const heard: unknown[] = [];
    const { engine } = setUp(undefined, {
      onChange: ({ execution, entered }) => heard.push(entered ?? execution.status),
    });
    engine.register('w', ONE_TASK);
    const { execution } = await engine.startSoon({ workflow: 'w', input: 1 });
    await engine.wait(execution.id);
    expect(heard).toEqual(['RUNNING', 'A', 'SUCCEEDED']);
  });
});

describe('a task', () => {
  test('is called with its place, its payload and a key made of both execution and step', async () => {
    const calls: TaskCall[] = [];
    const { engine } = setUp(async (call) => calls.push(call));
    engine.register('w', ONE_TASK);
    const { execution } = engine.start({ workflow: 'w', input: { x: 1 } });
    await engine.wait(execution.id);
    expect(calls).toMatchObject([
      { execution: execution.id, workflow: 'w', state: 'A', resource: 'test:a', payload: { x: 1 }, attempt: 1 },
    ]);
    expect(calls[0]!.idempotencyKey).toBe(`${execution.id}:A#1.1`);
  });

  test('has another key in each round of a loop and in each attempt', async () => {
    const keys: string[] = [];
    const { engine, clock } = setUp(async ({ idempotencyKey, attempt }) => {
      keys.push(idempotencyKey.split(':')[1]!);
      if (attempt === 1 && keys.length === 1) throw Object.assign(new Error('again'), { name: 'Busy' });
      return keys.length;
    });
    engine.register(
      'w',
      machine({
        A: { Type: 'Task', Resource: 'test:a', Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 5 }], Next: 'C' },
        C: { Type: 'Choice', Choices: [{ Condition: '{% $states.input < 3 %}', Next: 'A' }], Default: 'End' },
        End: { Type: 'Succeed' },
      }),
    );
    const { execution } = engine.start({ workflow: 'w', input: 0 });
    await turns(5);
    await clock.advance(5_000);
    await engine.wait(execution.id);
    expect(keys).toEqual(['A#1.1', 'A#1.2', 'A#3.1']);
  });

  test('that throws ends its state with the name and message thrown', async () => {
    const { engine } = setUp(async () => {
      throw Object.assign(new Error('no such bucket'), { name: 'StorageError.BucketNotFound' });
    });
    engine.register('w', ONE_TASK);
    const { execution } = engine.start({ workflow: 'w', input: 1 });
    expect(await engine.wait(execution.id)).toMatchObject({
      status: 'FAILED',
      error: 'StorageError.BucketNotFound',
      cause: 'no such bucket',
    });
  });

  test('past its TimeoutSeconds is aborted, and what it returns then is ignored', async () => {
    let signal: AbortSignal | undefined;
    let finish: (value: string) => void = () => {};
    const { engine, clock } = setUp((call) => {
      signal = call.signal;
      return new Promise((resolve) => {
        finish = resolve;
      });
    });
    engine.register('w', machine({ A: { Type: 'Task', Resource: 'test:a', TimeoutSeconds: 10, End: true } }));
    const { execution } = engine.start({ workflow: 'w', input: 1 });
    await turns(3);
    expect(signal!.aborted).toBe(false);
    await clock.advance(10_000);
    expect(await engine.wait(execution.id)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(signal!.aborted).toBe(true);
    finish('late');
    await turns(3);
    expect(engine.get(execution.id)!.status).toBe('FAILED');
  });

  test('that was under way in a crash is called again under the same key', async () => {
    const keys: string[] = [];
    const { engine, open } = setUp((call) => {
      keys.push(call.idempotencyKey);
      return new Promise(() => {});
    });
    engine.register('w', ONE_TASK);
    const { execution } = engine.start({ workflow: 'w', input: 1 });
    await turns(3);
    await engine.close();
    const next = open(async (call) => keys.push(call.idempotencyKey));
    next.resume();
    await next.wait(execution.id);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
  });
});

describe('a timer', () => {
  test('falls due at its time although the process was away', async () => {
    const { engine, clock, open } = setUp();
    engine.register('w', machine({ W: { Type: 'Wait', Seconds: 60, End: true } }));
    const { execution } = engine.start({ workflow: 'w', input: 1 });
    await turns(3);
    await engine.close();
    await clock.advance(45_000);
    const next = open();
    next.resume();
    await turns(3);
    expect(next.get(execution.id)).toMatchObject({ status: 'RUNNING', currentStates: ['W'] });
    await clock.advance(15_000);
    expect((await next.wait(execution.id)).stoppedAt).toEqual(new Date(Date.UTC(2030, 0, 1, 0, 1)));
  });

  test('of the whole machine ends it as TIMED_OUT', async () => {
    const { engine, clock } = setUp(() => new Promise(() => {}));
    engine.register('w', { ...(ONE_TASK as object), TimeoutSeconds: 30 });
    const { execution } = engine.start({ workflow: 'w', input: 1 });
    await turns(3);
    await clock.advance(30_000);
    expect(await engine.wait(execution.id)).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
  });
});

describe('a task token', () => {
  const withToken = (more: Partial<EngineOptions> = {}) => {
    const calls: TaskCall[] = [];
    const set = setUp(async (call) => calls.push(call), more);
    set.engine.register('w', ONE_TOKEN);
    const { execution } = set.engine.start({ workflow: 'w', input: 1 });
    return { ...set, calls, id: execution.id };
  };

  test('is in the arguments and in the call, and its answer is the result', async () => {
    const { engine, calls, id } = withToken();
    await turns(4);
    expect(calls[0]!.payload).toEqual({ token: calls[0]!.taskToken });
    expect(engine.get(id)).toMatchObject({ status: 'RUNNING', currentStates: ['A'] });
    engine.succeedTask(calls[0]!.taskToken!, { approved: true });
    expect((await engine.wait(id)).output).toEqual({ approved: true });
  });

  test('answered with a failure fails the state with it', async () => {
    const { engine, calls, id } = withToken();
    await turns(4);
    engine.failTask(calls[0]!.taskToken!, 'Rejected', 'by the reviewer');
    expect(await engine.wait(id)).toMatchObject({ status: 'FAILED', error: 'Rejected', cause: 'by the reviewer' });
  });

  test('is taken once: a second answer is a Conflict, an unknown token NotFound', async () => {
    const { engine, calls, id } = withToken();
    await turns(4);
    engine.succeedTask(calls[0]!.taskToken!, 1);
    expect(() => engine.failTask(calls[0]!.taskToken!, 'E', 'c')).toThrow(
      expect.objectContaining({ name: 'Conflict' }),
    );
    expect(() => engine.succeedTask('guess', 1)).toThrow(expect.objectContaining({ name: 'NotFound' }));
    expect((await engine.wait(id)).output).toBe(1);
  });

  test('can be answered before the call that carries it returns', async () => {
    const { engine, open } = setUp();
    await engine.close();
    const eager: Engine = open(async ({ taskToken }) => {
      eager.succeedTask(taskToken!, 'early');
      return new Promise(() => {});
    });
    eager.register('w', ONE_TOKEN);
    const { execution } = eager.start({ workflow: 'w', input: 1 });
    expect((await eager.wait(execution.id)).output).toBe('early');
  });

  test('outlives the process, and a delivered call is not made again', async () => {
    const { engine, calls, id, open } = withToken();
    await turns(5);
    await engine.close();
    const again: TaskCall[] = [];
    const next = open(async (call) => again.push(call));
    next.resume();
    await turns(4);
    expect(again).toEqual([]);
    next.succeedTask(calls[0]!.taskToken!, 'later');
    expect((await next.wait(id)).output).toBe('later');
  });

  test('whose delivery is not known is delivered again, the same token under the same key', async () => {
    const first: TaskCall[] = [];
    const { engine, open } = setUp((call) => {
      first.push(call);
      return new Promise(() => {});
    });
    engine.register('w', ONE_TOKEN);
    engine.start({ workflow: 'w', input: 1 });
    await turns(4);
    await engine.close();
    const again: TaskCall[] = [];
    open(async (call) => again.push(call)).resume();
    await turns(4);
    expect(again).toHaveLength(1);
    expect([again[0]!.taskToken, again[0]!.idempotencyKey]).toEqual([first[0]!.taskToken, first[0]!.idempotencyKey]);
  });

  test('answered while no engine drives is taken up by the next', async () => {
    const { engine, calls, id, open } = withToken();
    await turns(5);
    await engine.close();
    engine.succeedTask(calls[0]!.taskToken!, 'in between');
    const next = open();
    next.resume();
    expect((await next.wait(id)).output).toBe('in between');
  });

  test('whose answer is rolled back stays open', async () => {
    const { engine, calls, id, database } = withToken();
    await turns(4);
    database.exec('begin');
    engine.succeedTask(calls[0]!.taskToken!, 'never');
    database.exec('rollback');
    await turns(3);
    engine.succeedTask(calls[0]!.taskToken!, 'this one');
    expect((await engine.wait(id)).output).toBe('this one');
  });

  test('of a state that timed out is over', async () => {
    const { engine, clock } = setUp(async (call) => calls.push(call));
    const calls: TaskCall[] = [];
    engine.register(
      'w',
      machine({
        A: {
          Type: 'Task',
          Resource: 'a.waitForTaskToken',
          TimeoutSeconds: 5,
          Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'B' }],
          End: true,
        },
        B: { Type: 'Wait', Seconds: 60, End: true },
      }),
    );
    engine.start({ workflow: 'w', input: 1 });
    await turns(4);
    await clock.advance(5_000);
    await turns(2);
    expect(() => engine.succeedTask(calls[0]!.taskToken!, 1)).toThrow(/the task is over/);
  });

  test('that sends heartbeats does not run into HeartbeatSeconds', async () => {
    const calls: TaskCall[] = [];
    const { engine, clock } = setUp(async (call) => calls.push(call));
    engine.register(
      'w',
      machine({ A: { Type: 'Task', Resource: 'a.waitForTaskToken', HeartbeatSeconds: 10, End: true } }),
    );
    const { execution } = engine.start({ workflow: 'w', input: 1 });
    await turns(4);
    await clock.advance(8_000);
    engine.heartbeatTask(calls[0]!.taskToken!);
    await turns(2);
    await clock.advance(8_000);
    expect(engine.get(execution.id)!.status).toBe('RUNNING');
    await clock.advance(2_000);
    expect(await engine.wait(execution.id)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });
});

describe('watching', () => {
  test('a listener hears the start, each state entered, and the end, after the commit', async () => {
    const heard: string[] = [];
    const { engine } = setUp(async () => 1, {
      onChange: ({ execution, entered }) => heard.push(entered ?? execution.status),
    });
    engine.register('w', machine({ A: { Type: 'Task', Resource: 'a', Next: 'B' }, B: { Type: 'Succeed' } }));
    await engine.wait(engine.start({ workflow: 'w', input: 1 }).execution.id);
    expect(heard).toEqual(['RUNNING', 'A', 'B', 'SUCCEEDED']);
  });

  test('the history is that of Step Functions', async () => {
    const { engine } = setUp();
    engine.register('w', ONE_TASK);
    const { execution } = engine.start({ workflow: 'w', input: { x: 1 } });
    await engine.wait(execution.id);
    const history = engine.history(execution.id);
    expect(history.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(history.map(({ id, previousEventId }) => [id, previousEventId])).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((id) => [id, id - 1]),
    );
    expect(history[1]).toMatchObject({ stateEnteredEventDetails: { name: 'A', input: '{"x":1}' } });
  });

  test('executions are listed newest first, by workflow, status and limit', async () => {
    const { engine } = setUp();
    engine.register('v', ONE_TASK);
    engine.register('w', ONE_TASK);
    const ids = ['v', 'w', 'v'].map((workflow) => engine.start({ workflow, input: 1 }).execution.id);
    expect(engine.list().map(({ id }) => id)).toEqual([...ids].reverse());
    expect(engine.list({ workflow: 'v', limit: 1 }).map(({ id }) => id)).toEqual([ids[2]]);
    await Promise.all(ids.map((id) => engine.wait(id)));
    expect(engine.list({ status: 'RUNNING' })).toEqual([]);
    expect(engine.list({ status: 'SUCCEEDED' })).toHaveLength(3);
  });

  test('what does not exist is NotFound, or undefined where that is an answer', () => {
    const { engine } = setUp();
    expect(engine.get('x')).toBeUndefined();
    expect(() => engine.history('x')).toThrow('execution "x" does not exist');
    expect(() => engine.stop('x')).toThrow('execution "x" does not exist');
  });
});

describe('stopping', () => {
  test('an execution that is stopped is ABORTED, and its tasks are told', async () => {
    let signal: AbortSignal | undefined;
    const { engine } = setUp((call) => {
      signal = call.signal;
      return new Promise(() => {});
    });
    engine.register('w', ONE_TASK);
    const { execution } = engine.start({ workflow: 'w', input: 1 });
    await turns(3);
    const ended = engine.wait(execution.id);
    engine.stop(execution.id, 'Cancelled', 'by hand');
    expect(await ended).toMatchObject({ status: 'ABORTED', error: 'Cancelled', cause: 'by hand' });
    expect(signal!.aborted).toBe(true);
    expect(engine.history(execution.id).at(-1)).toMatchObject({ type: 'ExecutionAborted' });
  });

  test('an execution that has ended stays as it ended', async () => {
    const { engine } = setUp();
    engine.register('w', ONE_TASK);
    const { execution } = engine.start({ workflow: 'w', input: 1 });
    await engine.wait(execution.id);
    engine.stop(execution.id, 'Cancelled');
    expect(engine.get(execution.id)!.status).toBe('SUCCEEDED');
  });

  test('a closed engine aborts its tasks, ends nothing, and tells who waits', async () => {
    let signal: AbortSignal | undefined;
    const { engine } = setUp((call) => {
      signal = call.signal;
      return new Promise(() => {});
    });
    engine.register('w', ONE_TASK);
    const { execution } = engine.start({ workflow: 'w', input: 1 });
    await turns(3);
    const ended = expect(engine.wait(execution.id)).rejects.toMatchObject({ name: 'Unavailable' });
    await engine.close();
    await ended;
    expect(signal!.aborted).toBe(true);
    expect(engine.get(execution.id)!.status).toBe('RUNNING');
  });
});
