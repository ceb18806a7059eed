import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { Engine, type TaskCall } from '../../../../infra/local/engine/engine.ts';
import { VirtualClock } from '../../../../shared/core/clock.ts';
import type { Json } from '../../../../shared/semantics/states/index.ts';

const START = Date.UTC(2030, 0, 1);
const turns = async (count: number) => {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

const machine = (states: Record<string, Json>, more: Record<string, Json> = {}): Json => ({
  QueryLanguage: 'JSONata',
  StartAt: Object.keys(states)[0]!,
  States: states,
  ...more,
});
const task = (resource: string, more: Record<string, Json> = { End: true }): Json => ({
  Type: 'Task',
  Resource: `test:${resource}`,
  ...more,
});

/** An engine whose tasks are called `test:<name>`, or `test:item` with the name as input; those in `broken` fail, those in `hanging` do not end. */
/** States inside of another; their language is that of the machine. */
const branch = (states: Record<string, Json>): Json => ({ StartAt: Object.keys(states)[0]!, States: states });

function setUp(definition: Json) {
  const database = new DatabaseSync(':memory:');
  const clock = new VirtualClock(START);
  const broken = new Set<string>();
  const hanging = new Set<string>();
  const calls: TaskCall[] = [];
  const nameOf = ({ resource, payload }: TaskCall): string =>
    resource === 'test:item' ? String(payload) : resource.slice('test:'.length);
  const perform = async (call: TaskCall): Promise<unknown> => {
    calls.push(call);
    const name = nameOf(call);
    if (hanging.has(name)) return new Promise(() => undefined);
    if (broken.has(name)) throw Object.assign(new Error(`${name} is broken`), { name: 'Broken' });
    return `${name} done`;
  };
  const open = (): Engine => new Engine({ database, clock, task: perform });
  const engine = open();
  engine.register('w', definition);
  const start = (input: Json = {}): string => engine.start({ workflow: 'w', input }).execution.id;
  const called = (): string[] => calls.splice(0).map(nameOf);
  return { database, clock, broken, hanging, calls, called, open, engine, start };
}

const types = (engine: Engine, id: string): string[] => engine.history(id).map(({ type }) => type);

describe('redriving a failed task', () => {
  const TWO = machine({ A: task('a', { Next: 'B' }), B: task('b') });

  test('calls it again under a new key, and not what succeeded before it', async () => {
    const { engine, broken, calls, start } = setUp(TWO);
    broken.add('b');
    const id = start();
    expect(await engine.wait(id)).toMatchObject({ status: 'FAILED', error: 'Broken' });
    broken.clear();
    engine.redrive(id);
    const end = await engine.wait(id);
    expect(end).toMatchObject({ id, status: 'SUCCEEDED', output: 'b done', startedAt: new Date(START) });
    expect(end.error).toBeUndefined();
    expect(calls.map(({ resource }) => resource)).toEqual(['test:a', 'test:b', 'test:b']);
    expect(calls[2]!.idempotencyKey).not.toBe(calls[1]!.idempotencyKey);
    expect(calls[2]!.attempt).toBe(1);
  });

  test('is told in the history and in the context object', async () => {
    const { engine, broken, start } = setUp(
      machine({ A: task('a', { Output: '{% $states.context.Execution.RedriveCount %}', End: true }) }),
    );
    broken.add('a');
    const id = start();
    await engine.wait(id);
    engine.redrive(id);
    expect(await engine.wait(id)).toMatchObject({ status: 'FAILED' });
    broken.clear();
    engine.redrive(id);
    expect(await engine.wait(id)).toMatchObject({ status: 'SUCCEEDED', output: 2 });
    const redriven = engine.history(id).filter(({ type }) => type === 'ExecutionRedriven');
    expect(redriven.map((event) => event.executionRedrivenEventDetails)).toEqual([
      { redriveCount: 1 },
      { redriveCount: 2 },
    ]);
  });

  test('leaves what failed before in the history, and goes on after it', async () => {
    const { engine, broken, start } = setUp(TWO);
    broken.add('b');
    const id = start();
    await engine.wait(id);
    engine.redrive(id);
    await engine.wait(id);
    broken.clear();
    engine.redrive(id);
    await engine.wait(id);
    const attempt = ['TaskScheduled', 'TaskStarted'];
    const failed = [...attempt, 'TaskFailed', 'ExecutionFailed', 'ExecutionRedriven'];
    const succeeded = [...attempt, 'TaskSucceeded', 'TaskStateExited'];
    expect(types(engine, id)).toEqual([
      ...['ExecutionStarted', 'TaskStateEntered', ...succeeded, 'TaskStateEntered'],
      ...[...failed, ...failed, ...succeeded, 'ExecutionSucceeded'],
    ]);
    const events = engine.history(id);
    expect(events.map((event) => event.id)).toEqual(events.map((_, i) => i + 1));
    expect(events.map((event) => event.previousEventId)).toEqual(events.map((_, i) => i));
    expect(events[10]).toMatchObject({ executionFailedEventDetails: { error: 'Broken', cause: 'b is broken' } });
  });

  test('after a stop leaves the stop in the history', async () => {
    const { engine, hanging, start } = setUp(machine({ A: task('a') }));
    hanging.add('a');
    const id = start();
    await turns(5);
    engine.stop(id, 'Stopped', 'by hand');
    await engine.wait(id);
    await turns(2);
    hanging.clear();
    engine.redrive(id);
    await engine.wait(id);
    expect(types(engine, id)).toEqual([
      ...['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'ExecutionAborted'],
      ...[
        'ExecutionRedriven',
        'TaskScheduled',
        'TaskStarted',
        'TaskSucceeded',
        'TaskStateExited',
        'ExecutionSucceeded',
      ],
    ]);
    expect(engine.history(id)[4]).toMatchObject({
      executionAbortedEventDetails: { error: 'Stopped', cause: 'by hand' },
    });
  });

  test('of a state that calls nothing tells what led to it once', async () => {
    const { engine, start } = setUp(machine({ A: task('a', { Next: 'F' }), F: { Type: 'Fail', Error: 'Never' } }));
    const id = start();
    await engine.wait(id);
    engine.redrive(id);
    await engine.wait(id);
    expect(types(engine, id).slice(4)).toEqual([
      ...['TaskSucceeded', 'TaskStateExited', 'FailStateEntered', 'ExecutionFailed'],
      ...['ExecutionRedriven', 'ExecutionFailed'],
    ]);
  });

  test('has its retries begin anew, each under a key of its own', async () => {
    const Retry = [{ ErrorEquals: ['Broken'], IntervalSeconds: 1, MaxAttempts: 1 }];
    const { engine, broken, calls, clock, start } = setUp(machine({ A: task('a', { Retry, End: true }) }));
    broken.add('a');
    const id = start();
    for (const redrives of [0, 1]) {
      if (redrives === 1) engine.redrive(id);
      await turns(5);
      clock.advance(1_000);
      expect(await engine.wait(id)).toMatchObject({ status: 'FAILED' });
    }
    expect(calls.map(({ attempt }) => attempt)).toEqual([1, 2, 1, 2]);
    expect(new Set(calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(4);
  });

  test('holds after a restart, before and after the redriven task was called', async () => {
    const { engine, broken, hanging, calls, called, open, start } = setUp(TWO);
    broken.add('b');
    const id = start();
    await engine.wait(id);
    await engine.close();
    broken.clear();
    hanging.add('b');
    const second = open();
    second.redrive(id);
    await turns(5);
    const { idempotencyKey } = calls.at(-1)!;
    await second.close();
    expect(called()).toEqual(['a', 'b', 'b']);
    hanging.clear();
    const third = open();
    third.resume();
    expect(await third.wait(id)).toMatchObject({ status: 'SUCCEEDED', output: 'b done' });
    expect(calls.map((call) => call.idempotencyKey)).toEqual([idempotencyKey]);
  });

  test('gives it another task token; the one of before is over', async () => {
    const { engine, calls, start } = setUp(
      machine({
        A: task('a.waitForTaskToken', { Arguments: { token: '{% $states.context.Task.Token %}' }, End: true }),
      }),
    );
    const id = start();
    await turns(5);
    engine.stop(id);
    await engine.wait(id);
    engine.redrive(id);
    await turns(5);
    const [before, after] = calls.map(({ taskToken }) => taskToken!);
    expect(() => engine.succeedTask(before!, 1)).toThrow(expect.objectContaining({ code: 'Conflict' }));
    engine.succeedTask(after!, 2);
    expect(await engine.wait(id)).toMatchObject({ status: 'SUCCEEDED', output: 2 });
  });
});

describe('redriving branches', () => {
  test('of a Parallel, only what failed or was aborted runs again', async () => {
    const { engine, broken, hanging, called, start } = setUp(
      machine({
        P: {
          Type: 'Parallel',
          End: true,
          Branches: [
            branch({ A: task('a') }),
            branch({ B: task('b', { Next: 'C' }), C: task('c') }),
            branch({ D: task('d') }),
          ],
        },
      }),
    );
    broken.add('c');
    hanging.add('d');
    const id = start();
    expect(await engine.wait(id)).toMatchObject({ status: 'FAILED' });
    expect(called()).toEqual(['a', 'b', 'd', 'c']);
    broken.clear();
    hanging.clear();
    engine.redrive(id);
    expect(await engine.wait(id)).toMatchObject({ status: 'SUCCEEDED', output: ['a done', 'c done', 'd done'] });
    expect(called().sort()).toEqual(['c', 'd']);
  });

  test('of a Parallel has the retries of the Parallel begin anew', async () => {
    const { engine, broken, clock, called, start } = setUp(
      machine({
        P: {
          Type: 'Parallel',
          Branches: [branch({ A: task('a') }), branch({ B: task('b') })],
          Retry: [{ ErrorEquals: ['Broken'], IntervalSeconds: 1, MaxAttempts: 1 }],
          End: true,
        },
      }),
    );
    broken.add('b');
    const id = start();
    await turns(5);
    clock.advance(1_000);
    expect(await engine.wait(id)).toMatchObject({ status: 'FAILED' });
    expect(called()).toEqual(['a', 'b', 'a', 'b']);
    engine.redrive(id);
    await turns(5);
    expect(called()).toEqual(['b']);
    broken.clear();
    clock.advance(1_000);
    expect(await engine.wait(id)).toMatchObject({ status: 'SUCCEEDED', output: ['a done', 'b done'] });
    expect(called()).toEqual(['a', 'b']);
  });

  const map = (more: Record<string, Json>, mode = 'INLINE'): Json =>
    machine({
      M: {
        Type: 'Map',
        ItemProcessor: {
          ...(branch({ A: task('item') }) as object),
          ProcessorConfig: { Mode: mode, ExecutionType: 'EXPRESS' },
        },
        End: true,
        ...more,
      },
    });

  test('of a Map, only the items that have not succeeded run again', async () => {
    const { engine, broken, called, start } = setUp(map({ MaxConcurrency: 1 }));
    broken.add('y');
    const id = start(['x', 'y', 'z']);
    expect(await engine.wait(id)).toMatchObject({ status: 'FAILED' });
    expect(called()).toEqual(['x', 'y']);
    broken.clear();
    engine.redrive(id);
    expect(await engine.wait(id)).toMatchObject({ output: ['x done', 'y done', 'z done'] });
    expect(called()).toEqual(['y', 'z']);
  });

  test('of a distributed Map, the items whose failure was tolerated run again too', async () => {
    const { engine, broken, calls, called, start } = setUp(
      map({ MaxConcurrency: 1, ToleratedFailureCount: 1 }, 'DISTRIBUTED'),
    );
    broken.add('x').add('z');
    const id = start(['x', 'y', 'z']);
    expect(await engine.wait(id)).toMatchObject({ error: 'States.ExceedToleratedFailureThreshold' });
    broken.clear();
    engine.redrive(id);
    expect(await engine.wait(id)).toMatchObject({ output: ['x done', 'y done', 'z done'] });
    expect(new Set(calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(5);
    expect(called().slice(3).sort()).toEqual(['x', 'z']);
  });
});

describe('redriving what was ended by time or from outside', () => {
  test('an execution that timed out has all of its time again', async () => {
    const { engine, hanging, clock, called, start } = setUp(machine({ A: task('a') }, { TimeoutSeconds: 10 }));
    hanging.add('a');
    const id = start();
    await turns(5);
    clock.advance(10_000);
    expect(await engine.wait(id)).toMatchObject({ status: 'TIMED_OUT' });
    engine.redrive(id);
    await turns(5);
    clock.advance(9_999);
    await turns(5);
    expect(engine.get(id)).toMatchObject({ status: 'RUNNING', currentStates: ['A'] });
    clock.advance(1);
    expect(await engine.wait(id)).toMatchObject({ status: 'TIMED_OUT' });
    hanging.clear();
    engine.redrive(id);
    expect(await engine.wait(id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(called()).toEqual(['a', 'a', 'a']);
  });

  test('a task that timed out is called again', async () => {
    const { engine, hanging, clock, start } = setUp(machine({ A: task('a', { TimeoutSeconds: 5, End: true }) }));
    hanging.add('a');
    const id = start();
    await turns(5);
    clock.advance(5_000);
    expect(await engine.wait(id)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    hanging.clear();
    engine.redrive(id);
    expect(await engine.wait(id)).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('a Wait that was stopped waits its seconds again', async () => {
    const { engine, clock, start } = setUp(machine({ W: { Type: 'Wait', Seconds: 60, End: true } }));
    const id = start();
    await turns(5);
    clock.advance(50_000);
    engine.stop(id);
    expect(await engine.wait(id)).toMatchObject({ status: 'ABORTED' });
    engine.redrive(id);
    await turns(5);
    clock.advance(59_999);
    await turns(5);
    expect(engine.get(id)).toMatchObject({ status: 'RUNNING' });
    clock.advance(1);
    expect(await engine.wait(id)).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('redriving a failure that no task made', () => {
  test('enters the Fail state again, without the task before it', async () => {
    const { engine, called, start } = setUp(
      machine({ A: task('a', { Next: 'F' }), F: { Type: 'Fail', Error: 'Never' } }),
    );
    const id = start();
    await engine.wait(id);
    engine.redrive(id);
    expect(await engine.wait(id)).toMatchObject({ status: 'FAILED', error: 'Never' });
    expect(called()).toEqual(['a']);
    expect(types(engine, id)).toContain('ExecutionRedriven');
  });

  test('calls a task again whose result its state could not take', async () => {
    const { engine, called, start } = setUp(
      machine({
        A: task('a', { Output: '{% $states.context.Execution.RedriveCount = 0 ? $nothing : 1 %}', End: true }),
      }),
    );
    const id = start();
    expect(await engine.wait(id)).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    engine.redrive(id);
    expect(await engine.wait(id)).toMatchObject({ status: 'SUCCEEDED', output: 1 });
    expect(called()).toEqual(['a', 'a']);
  });

  test('is refused when the journal does not belong to the workflow', async () => {
    const { engine, broken, database, start } = setUp(machine({ A: task('a') }));
    broken.add('a');
    const id = start();
    await engine.wait(id);
    database.exec("update engine_journal set key = 'other'");
    expect(() => engine.redrive(id)).toThrow(
      /its journal does not belong to its workflow \(nothing waits for "other"\)/,
    );
    expect(engine.get(id)).toMatchObject({ status: 'FAILED' });
  });

  test('is refused when nothing was called or waited for', async () => {
    const { engine, start } = setUp(machine({ F: { Type: 'Fail', Error: 'Never' } }));
    const id = start();
    await engine.wait(id);
    expect(() => engine.redrive(id)).toThrow(/failed before it called or waited for anything/);
    expect(engine.get(id)).toMatchObject({ status: 'FAILED', error: 'Never' });
  });
});

describe('what cannot be redriven', () => {
  test.each([
    ['SUCCEEDED', false, /has succeeded/],
    ['RUNNING', true, /is running/],
  ])('an execution that is %s', async (status, hangs, message) => {
    const { engine, hanging, start } = setUp(machine({ A: task('a') }));
    if (hangs) hanging.add('a');
    const id = start();
    await turns(5);
    expect(engine.get(id)).toMatchObject({ status });
    expect(() => engine.redrive(id)).toThrow(expect.objectContaining({ code: 'Conflict' }));
    expect(() => engine.redrive(id)).toThrow(message);
  });

  test('an unknown execution', () => {
    const { engine } = setUp(machine({ A: task('a') }));
    expect(() => engine.redrive('nobody')).toThrow(expect.objectContaining({ code: 'NotFound' }));
  });
});
