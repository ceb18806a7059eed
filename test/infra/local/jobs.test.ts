import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { Engine, type TaskCall } from '../../../infra/local/engine/engine.ts';
import { Jobs } from '../../../infra/local/jobs.ts';
import { VirtualClock } from '../../../shared/core/clock.ts';
import type { Json } from '../../../shared/semantics/states/index.ts';

const START = Date.UTC(2030, 0, 1);
const NESTED = 'arn:aws:states:::states:startExecution';
const turns = async (count = 10): Promise<void> => {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** A machine of one task, which goes to B where it has a catcher. */
function parent(fields: { Resource: string; [field: string]: Json }): Json {
  const Catch = [{ ErrorEquals: ['States.ALL'], Output: '{% $states.errorOutput %}', Next: 'C' }];
  return {
    QueryLanguage: 'JSONata',
    StartAt: 'A',
    States: { A: { Type: 'Task', Catch, End: true, ...fields }, C: { Type: 'Pass', End: true } },
  };
}

const child = (state: Json): Json => ({ QueryLanguage: 'JSONata', StartAt: 'X', States: { X: state } });
const CHILDREN = {
  doubles: child({ Type: 'Pass', Output: '{% $states.input.n * 2 %}', End: true }),
  fails: child({ Type: 'Fail', Error: 'Broken', Cause: 'on purpose' }),
  waits: child({ Type: 'Wait', Seconds: 60, End: true }),
};

/** An engine with jobs as the host wires them; `open` is what a restart does. Operations are called `job:<workflow>`, or `plain`. */
function setUp(definition: Json) {
  const database = new DatabaseSync(':memory:');
  const clock = new VirtualClock(START);
  const invoked: string[] = [];
  const open = () => {
    const engine: Engine = new Engine({ database, clock, task: (call) => perform(call) });
    const start = (workflow: string, input: Json, name: string) => {
      const { execution, created } = engine.start({ workflow, input, name });
      return { execution: execution.id, created };
    };
    const jobs = new Jobs({ database, engine, start });
    const perform = (call: TaskCall): Promise<Json> =>
      jobs.perform(call, async (operation): Promise<Json> => {
        invoked.push(operation);
        if (operation === 'plain') return { done: true };
        const { execution } = start(operation.slice('job:'.length), call.payload, call.idempotencyKey);
        return { deployment: 'd', execution };
      });
    for (const [name, each] of Object.entries({ ...CHILDREN, parent: definition })) engine.register(name, each);
    const close = async (): Promise<void> => {
      jobs.close();
      await engine.close();
    };
    return { engine, jobs, close };
  };
  return { open, clock, invoked };
}

const childOf = (engine: Engine) => engine.list().find(({ workflow }) => workflow !== 'parent')!;

async function outputOf(definition: Json, input: Json = { n: 4 }): Promise<Json | undefined> {
  const { open } = setUp(definition);
  const { engine } = open();
  return (await engine.wait(engine.start({ workflow: 'parent', input }).execution.id)).output;
}

describe('a task with .sync', () => {
  test('of an operation that starts an execution waits for its end and has its output', async () => {
    expect(await outputOf(parent({ Resource: 'cloudlib:job:doubles.sync' }))).toEqual({
      deployment: 'd',
      execution: expect.any(String),
      status: 'SUCCEEDED',
      output: 8,
    });
  });

  test('of an operation that starts none is refused', async () => {
    expect(await outputOf(parent({ Resource: 'cloudlib:plain.sync' }))).toEqual({
      Error: 'InvalidInput',
      Cause: 'cloudlib:plain.sync: plain starts no execution that could be waited for; take the .sync off',
    });
  });

  test.each([
    ['cloudlib:plain', { done: true }],
    [NESTED, { ExecutionArn: expect.any(String), StartDate: START }],
  ])('waits for nothing where it is left out (%s)', async (Resource, expected) => {
    const Arguments = { StateMachineArn: 'waits' };
    expect(await outputOf(parent({ Resource, Arguments }))).toEqual(expected);
  });

  test.each([
    ['.sync', '{"n":4}', '8'],
    ['.sync:2', { n: 4 }, 8],
  ])('of startExecution runs a workflow inside of another (%s)', async (suffix, Input, Output) => {
    const Arguments = {
      StateMachineArn: 'arn:aws:states:eu-west-1:1:stateMachine:doubles',
      Input: '{% $states.input %}',
    };
    expect(await outputOf(parent({ Resource: NESTED + suffix, Arguments }))).toMatchObject({
      StateMachineArn: 'doubles',
      Status: 'SUCCEEDED',
      Input,
      Output,
    });
  });

  test('fails with States.TaskFailed when its execution fails, and tells why', async () => {
    const Arguments = { StateMachineArn: 'fails' };
    const output = (await outputOf(parent({ Resource: `${NESTED}.sync:2`, Arguments }))) as Record<string, string>;
    expect(output.Error).toBe('States.TaskFailed');
    expect(JSON.parse(output.Cause!)).toMatchObject({ Status: 'FAILED', Error: 'Broken', Cause: 'on purpose' });
  });

  test('does not take up an execution of the same name that another task started', async () => {
    const Arguments = { StateMachineArn: 'doubles', Input: { n: 1 }, Name: 'once' };
    const { open } = setUp(parent({ Resource: `${NESTED}.sync:2`, Arguments }));
    const { engine } = open();
    const run = async () => (await engine.wait(engine.start({ workflow: 'parent', input: {} }).execution.id)).output;
    expect(await run()).toMatchObject({ Output: 2 });
    expect(await run()).toMatchObject({ Error: 'StepFunctions.ExecutionAlreadyExistsException' });
  });

  test('waits for the same execution after a restart, whether an operation or startExecution began it', async () => {
    for (const Resource of ['cloudlib:job:waits.sync', `${NESTED}.sync:2`]) {
      const { open, clock, invoked } = setUp(parent({ Resource, Arguments: { StateMachineArn: 'waits' } }));
      const first = open();
      const { id } = first.engine.start({ workflow: 'parent', input: {} }).execution;
      await turns();
      await first.close();
      const second = open();
      second.engine.resume();
      second.jobs.resume();
      await turns();
      clock.advance(60_000);
      expect(await second.engine.wait(id)).toMatchObject({ status: 'SUCCEEDED' });
      expect(second.engine.list()).toHaveLength(2);
      expect(invoked.length).toBeLessThan(2);
    }
  });
});

describe('the execution that a task waits for', () => {
  const Arguments = { StateMachineArn: 'waits' };
  const Resource = `${NESTED}.sync:2`;

  test('is stopped with its parent', async () => {
    const { open } = setUp(parent({ Resource, Arguments }));
    const { engine } = open();
    const { id } = engine.start({ workflow: 'parent', input: {} }).execution;
    await turns();
    engine.stop(id);
    await turns();
    expect(engine.get(childOf(engine).id)).toMatchObject({ status: 'ABORTED', cause: expect.stringContaining(id) });
  });

  test('is stopped when the task runs into its timeout', async () => {
    const { open, clock } = setUp(parent({ Resource, Arguments, TimeoutSeconds: 5 }));
    const { engine } = open();
    const { id } = engine.start({ workflow: 'parent', input: {} }).execution;
    await turns();
    clock.advance(5_000);
    expect(await engine.wait(id)).toMatchObject({ status: 'SUCCEEDED', output: { Error: 'States.Timeout' } });
    await turns();
    expect(childOf(engine)).toMatchObject({ status: 'ABORTED' });
  });

  test('goes on after its parent where nobody waits for it', async () => {
    const { open } = setUp(parent({ Resource: NESTED, Arguments }));
    const first = open();
    await first.engine.wait(first.engine.start({ workflow: 'parent', input: {} }).execution.id);
    await first.close();
    const second = open();
    second.jobs.resume();
    expect(childOf(second.engine).status).toBe('RUNNING');
  });

  test('is stopped by the next host when its parent ended and this one was gone', async () => {
    const { open } = setUp(parent({ Resource, Arguments }));
    const first = open();
    const { id } = first.engine.start({ workflow: 'parent', input: {} }).execution;
    await turns();
    first.jobs.close();
    first.engine.stop(id);
    await first.close();
    const second = open();
    expect(childOf(second.engine).status).toBe('RUNNING');
    second.engine.resume();
    second.jobs.resume();
    await turns();
    expect(childOf(second.engine).status).toBe('ABORTED');
  });
});
