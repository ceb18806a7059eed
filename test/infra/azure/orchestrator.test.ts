import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ActivityCall } from '../../../infra/azure/activity.ts';
import { type OrchestratorOptions, orchestrationInput, orchestrator } from '../../../infra/azure/orchestrator.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import { execute, parse } from '../../../shared/semantics/states/index.ts';
import { machineOf, randomSteps } from '../local/engine/randomMachine.ts';
import { DurableHost, type DurableHostOptions } from './durableHost.ts';

type Host = DurableHost<ActivityCall>;

/** A host with one execution of a machine. */
function hosting(
  definition: object,
  input: Json,
  activity: (call: ActivityCall, host: Host) => unknown,
  more: Partial<OrchestratorOptions> & Pick<DurableHostOptions<ActivityCall>, 'choose' | 'takes'> = {},
): Host {
  const { choose, takes, ...options } = more;
  const machine = parse(definition);
  return new DurableHost<ActivityCall>({
    orchestrator: orchestrator({ definition: (reference) => (reference === 'one' ? machine : undefined), ...options }),
    input: orchestrationInput('machine', 'one', input) as unknown as Json,
    activity: async (call, host) => activity(call, host),
    ...(choose && { choose }),
    ...(takes && { takes }),
  });
}

const done = (output: Json = null) => ({ output });
const failed = (error: string, cause: string) => ({ failure: { error, cause } });
const task = (more: object = { End: true }) => ({ Type: 'Task', Resource: 'test:task', ...more });
const states = (list: Record<string, object>) => ({ StartAt: Object.keys(list)[0]!, States: list });

/** What `test:step` does: fails so many times, then computes. */
function step({ payload, attempt }: Pick<ActivityCall, 'payload' | 'attempt'>): number {
  const { value, failures } = payload as { value: number; failures: number };
  if (attempt > failures) return (value * 3 + 1) % 1000;
  throw Object.assign(new Error('not yet'), { name: 'Boom' });
}

function stepActivity(call: ActivityCall, host: Host): unknown {
  const answer = (): object => {
    try {
      return done(step(call));
    } catch (error) {
      return failed((error as Error).name, (error as Error).message);
    }
  };
  if (call.taskToken === undefined) return answer();
  const { output, failure } = answer() as { output?: Json; failure?: object };
  host.raise(call.taskToken, failure ?? { output });
  return done('ignored');
}

function expectEachCalledOnce({ calls }: Host): void {
  const keys = calls.map(({ idempotencyKey }) => idempotencyKey);
  expect(keys.length).toBe(new Set(keys).size);
}

describe('a state machine as an orchestrator of Durable Functions', () => {
  test('ends as it does on the plain interpreter, in whatever order things come and however often it is replayed', async () => {
    let renewals = 0;
    await fc.assert(
      fc.asyncProperty(
        randomSteps,
        fc.nat(50),
        fc.infiniteStream(fc.nat()),
        fc.constantFrom(3, 10, 200),
        fc.constantFrom(2, 100),
        async (steps, input, dice, outcomesAtOnce, callsAtOnce) => {
          const definition = machineOf(steps);
          const expected = await execute(definition, input, {
            task: (_resource, payload, { attempt }) => step({ payload, attempt }),
          });
          const choose = (count: number): number => dice.next().value! % count;
          const host: Host = hosting(definition, input, stepActivity, { choose, outcomesAtOnce, callsAtOnce });
          const ended = await host.run();
          renewals += host.generations.length;
          if (expected.status === 'SUCCEEDED') expect(ended).toMatchObject({ output: expected.output });
          else {
            expect(ended.error).toBe(`${expected.error}: ${expected.cause}`);
            expect(ended.customStatus).toMatchObject({
              status: 'FAILED',
              error: expected.error,
              cause: expected.cause,
            });
          }
          expectEachCalledOnce(host);
        },
      ),
      { numRuns: 150, endOnFailure: false },
    );
    expect(renewals).toBeGreaterThan(20);
  });

  test('schedules what follows in one branch while another still waits, and nothing twice', async () => {
    const branch = (name: string) => states({ [name]: task({ Next: `${name}2` }), [`${name}2`]: task() });
    const machine = states({ Both: { Type: 'Parallel', Branches: [branch('Slow'), branch('Fast')], End: true } });
    // The last that is on its way comes first.
    const host: Host = hosting(machine, {}, ({ state }) => done(state), { choose: (count) => count - 1 });
    expect(await host.run()).toMatchObject({ output: ['Slow2', 'Fast2'] });
    expect(host.calls.map(({ state }) => state).sort()).toEqual(['Fast', 'Fast2', 'Slow', 'Slow2']);
  });

  test('gives an activity all of its call, with a key that tells attempts apart', async () => {
    const machine = states({ A: task({ Retry: [{ ErrorEquals: ['Busy'] }], End: true }) });
    const host: Host = hosting(machine, { n: 1 }, ({ attempt }) =>
      attempt === 1 ? failed('Busy', 'later') : done('well'),
    );
    expect(await host.run()).toMatchObject({ output: 'well' });
    expect(host.calls).toEqual(
      [1, 2].map((attempt) => ({
        execution: 'instance-1',
        workflow: 'machine',
        state: 'A',
        resource: 'test:task',
        payload: { n: 1 },
        idempotencyKey: `instance-1:A#1.${attempt}`,
        attempt,
      })),
    );
  });

  test('takes an activity that crashed for a failed task', async () => {
    const crash = () => Promise.reject(new Error('the worker died'));
    const ended = await hosting(states({ A: task() }), {}, crash).run();
    expect(ended.error).toMatch(/^States\.TaskFailed: the worker died/);
  });

  test('fails with the error and the cause, in its message and its custom status', async () => {
    const machine = states({ A: { Type: 'Fail', Error: 'Rejected', Cause: 'not today' } });
    expect(await hosting(machine, {}, () => done()).run()).toEqual({
      error: 'Rejected: not today',
      customStatus: { states: [], status: 'FAILED', error: 'Rejected', cause: 'not today' },
    });
  });

  test('has the states that it is in as its custom status', async () => {
    const inner = states({ Deep: task() });
    const machine = states({ A: task({ Next: 'Each' }), Each: { Type: 'Map', ItemProcessor: inner, End: true } });
    const host: Host = hosting(machine, [1, 2], ({ payload }) => done(payload));
    await host.run();
    expect(host.statuses).toEqual([
      { states: ['A'] },
      { states: ['Each', 'Deep'] },
      { states: ['Each', 'Deep'] },
      { states: [], status: 'SUCCEEDED' },
    ]);
  });

  test('fails clearly when its definition is not deployed', async () => {
    const host = new DurableHost({
      orchestrator: orchestrator({ definition: () => undefined }),
      input: orchestrationInput('gone', 'sha256:0', {}) as unknown as Json,
      activity: async () => done(),
    });
    expect((await host.run()).error).toContain('workflow "gone": its definition sha256:0 is not deployed');
  });
});

describe('time in an orchestration', () => {
  const DAY = 24 * 3600;

  test('a Wait of a month takes a month, in timers that are short enough for the host', async () => {
    const host: Host = hosting(states({ A: { Type: 'Wait', Seconds: 31 * DAY, End: true } }), {}, () => done());
    const before = host.now;
    await host.run();
    expect((host.now - before) / 1000 / DAY).toBeCloseTo(31, 3);
  });

  test('a task that takes longer than TimeoutSeconds fails, and its late result changes nothing', async () => {
    const machine = states({
      A: task({
        Resource: 'test:a.waitForTaskToken',
        TimeoutSeconds: 5,
        Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'B' }],
        End: true,
      }),
      B: task(),
    });
    const host: Host = hosting(machine, {}, ({ state, taskToken }) => done(taskToken ? null : state));
    expect(await host.run()).toMatchObject({ output: 'B' });
  });

  test('a timeout that is not needed any more is cancelled, so that the orchestration ends at once', async () => {
    const host: Host = hosting(states({ A: task({ TimeoutSeconds: 1000, End: true }) }), {}, () => done('quick'));
    const before = host.now;
    expect(await host.run()).toMatchObject({ output: 'quick' });
    expect(host.now - before).toBeLessThan(1000);
  });
});

describe('a task token in an orchestration', () => {
  const waiting = (more: object) => states({ A: task({ Resource: 'test:a.waitForTaskToken', ...more, End: true }) });

  test('is answered by an external event of its name', async () => {
    const host: Host = hosting(waiting({}), {}, ({ taskToken }) => {
      host.raise(taskToken!, { output: { by: 'someone' } });
      return done();
    });
    expect(await host.run()).toMatchObject({ output: { by: 'someone' } });
  });

  test('fails with the error of its answer, and with one that says so when the event is no answer', async () => {
    const answered = (answer: Json): Promise<{ error?: string }> => {
      const host: Host = hosting(waiting({}), {}, ({ taskToken }) => {
        host.raise(taskToken!, answer);
        return done();
      });
      return host.run();
    };
    expect((await answered({ error: 'Rejected', cause: 'not today' })).error).toBe('Rejected: not today');
    expect((await answered({ outcome: 1 })).error).toMatch(/^States\.TaskFailed: .*neither output nor error/);
  });

  test('that beats lives on, and one that beats no more times out', async () => {
    const beating = (beats: number) => {
      const host: Host = hosting(waiting({ HeartbeatSeconds: 10 }), {}, ({ taskToken }) => {
        for (let i = 0; i < beats; i += 1) host.raise(taskToken!, { heartbeat: true });
        host.raise(taskToken!, { output: 'alive' });
        return done();
      });
      return host.run();
    };
    expect(await beating(5)).toMatchObject({ output: 'alive' });
    const silent: Host = hosting(waiting({ HeartbeatSeconds: 10 }), {}, ({ taskToken }) => {
      silent.raise(taskToken!, { heartbeat: true });
      return done();
    });
    const before = silent.now;
    expect((await silent.run()).error).toBe('States.Timeout');
    expect(silent.now - before).toBeGreaterThan(10_000);
  });

  test('is not answered by a call that fails: the state fails with what the call failed with', async () => {
    const host: Host = hosting(waiting({}), {}, () => failed('Throttled', 'too many'));
    expect((await host.run()).error).toBe('Throttled: too many');
  });
});

describe('a long execution', () => {
  const each = (steps: object, more: object = {}) =>
    states({ Each: { Type: 'Map', ItemProcessor: steps, ...more, End: true } });

  test('continues as new with what has happened, so that no history is long, and calls nothing twice', async () => {
    const items = Array.from({ length: 300 }, (_, i) => i);
    const machine = each(states({ One: task() }), { MaxConcurrency: 7 });
    const host: Host = hosting(machine, items, ({ payload }) => done((payload as number) * 2), { outcomesAtOnce: 50 });
    expect(await host.run()).toMatchObject({ output: items.map((i) => i * 2) });
    expectEachCalledOnce(host);
    expect(host.generations.length).toBeGreaterThanOrEqual(5);
    expect(Math.max(...host.generations)).toBeLessThan(300);
  });

  test('does not continue as new while a task token waits, and holds no other branch back for it', async () => {
    const loop = states({
      More: task({ Next: 'Enough' }),
      Enough: {
        Type: 'Choice',
        Choices: [{ Variable: '$', NumericGreaterThan: 30, Next: 'Out' }],
        Default: 'More',
      },
      Out: { Type: 'Succeed' },
    });
    const approve = states({ Approve: task({ Resource: 'test:approve.waitForTaskToken', End: true }) });
    const machine = states({ Both: { Type: 'Parallel', Branches: [approve, loop], End: true } });
    let token = '';
    const host: Host = hosting(
      machine,
      0,
      ({ taskToken, payload }) => {
        if (taskToken !== undefined) token = taskToken;
        else if (payload === 30) host.raise(token, { output: 'yes' });
        return done((payload as number) + 1);
      },
      { outcomesAtOnce: 5 },
    );
    expect(await host.run()).toMatchObject({ output: ['yes', 31] });
    expect(host.generations).toEqual([]);
    expectEachCalledOnce(host);
  });

  test('has no more activities under way than it may', async () => {
    let [under, most] = [0, 0];
    const machine = each(states({ One: task() }), { MaxConcurrency: 40 });
    const host: Host = hosting(
      machine,
      Array.from({ length: 30 }, (_, i) => i),
      () => {
        most = Math.max(most, host.calls.length - host.results);
        return done(++under);
      },
      { callsAtOnce: 4 },
    );
    await host.run();
    expect([under, most]).toEqual([30, 4]);
  });

  test.each([
    ['because enough are under way', { callsAtOnce: 1 }],
    ['until it has continued as new', { outcomesAtOnce: 1 }],
  ])('gives a task that is held back %s all of its time', async (_why, more) => {
    const One = task({ TimeoutSeconds: 5, HeartbeatSeconds: 4, End: true });
    const machine = each(states({ Wait: { Type: 'Wait', SecondsPath: '$', Next: 'One' }, One }));
    const host = hosting(machine, [1, 2, 3], ({ payload }) => done(payload), { ...more, takes: () => 3_900 });
    expect(await host.run()).toMatchObject({ output: [1, 2, 3] });
    const late = hosting(machine, [1, 2, 3], ({ payload }) => done(payload), { ...more, takes: () => 4_100 });
    expect((await late.run()).error).toBe('States.Timeout');
  });
});
