import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Engine, type ExecutionDetail, type TaskCall } from '../../../../infra/local/engine/engine.ts';
import { VirtualClock } from '../../../../shared/core/clock.ts';
import { execute, type JsonObject } from '../../../../shared/semantics/states/index.ts';
import { machineOf, randomSteps } from './randomMachine.ts';

/** `CLOUDLIB_LONG=1` takes the time for as many machines as the engine is held to. */
const RUNS = process.env.CLOUDLIB_LONG === '1' ? 1_000 : 150;

/** What `test:step` does: fails so many times, then computes. */
function step(payload: unknown, attempt: number): number {
  const { value, failures } = payload as { value: number; failures: number };
  if (attempt > failures) return (value * 3 + 1) % 1000;
  throw Object.assign(new Error('not yet'), { name: 'Boom' });
}

/** A database that dies at chosen commits: before they are on the disk, or right after. */
class DyingDatabase extends DatabaseSync {
  commits = 0;
  onCommit: (commit: number) => 'live' | 'die before' | 'die after' = () => 'live';

  override exec(sql: string): void {
    const fate = sql === 'commit' ? this.onCommit(++this.commits) : 'live';
    if (fate !== 'die before') super.exec(sql);
    if (fate !== 'live') throw new Error('the process died');
  }
}

interface Crashing {
  detail: ExecutionDetail;
  calls: TaskCall[];
  crashes: number;
}

/** Runs a machine on the engine, killing it at the commits of which `dies` says so, until the execution has ended. */
async function runWithCrashes(
  definition: JsonObject,
  input: number,
  dies: (commit: number) => 'live' | 'die before' | 'die after',
): Promise<Crashing> {
  const database = new DyingDatabase(':memory:');
  const clock = new VirtualClock();
  const calls: TaskCall[] = [];
  const tokens = new Map<string, TaskCall>();
  const task = async (call: TaskCall): Promise<unknown> => {
    calls.push(call);
    if (call.taskToken === undefined) return step(call.payload, call.attempt);
    tokens.set(call.taskToken, call);
    return 'ignored';
  };
  let dead = false;
  let crashes = 0;
  const open = (): Engine => new Engine({ database, clock, task });
  let engine = open();
  engine.register('machine', definition);
  const { execution } = engine.start({ workflow: 'machine', input });
  database.commits = 0;
  database.onCommit = (commit) => {
    const fate = dies(commit);
    if (fate === 'live' || crashes > 30) return 'live';
    crashes += 1;
    dead = true;
    void engine.close();
    return fate;
  };
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    if (dead) {
      dead = false;
      engine = open();
      engine.resume();
      continue;
    }
    const detail = engine.get(execution.id)!;
    if (detail.status !== 'RUNNING') return { detail, calls, crashes };
    answer(engine, tokens);
    const next = clock.next();
    if (next) await clock.advanceTo(next);
  }
}

/** The other side of `.waitForTaskToken`: answers what it was asked, again and again until it is taken. */
function answer(engine: Engine, tokens: Map<string, TaskCall>): void {
  for (const [token, call] of tokens) {
    tokens.delete(token);
    try {
      engine.succeedTask(token, step(call.payload, call.attempt));
    } catch (error) {
      const { name, message } = error as Error;
      if (name === 'Boom') engine.failTask(token, name, message);
      else expect(name).toBe('Conflict');
    }
  }
}

const plain = (definition: JsonObject, input: number) =>
  execute(definition, input, { task: (_resource, payload, { attempt }) => step(payload, attempt) });

const outcomeOf = ({ status, output, error, cause }: Partial<ExecutionDetail>) => ({ status, output, error, cause });

describe('a machine on the durable engine', () => {
  test('ends as it does on the plain interpreter, wherever the process dies', async () => {
    let crashed = 0;
    await fc.assert(
      fc.asyncProperty(randomSteps, fc.nat(50), fc.infiniteStream(fc.nat(9)), async (steps, input, dice) => {
        const definition = machineOf(steps);
        const expected = await plain(definition, input);
        const dies = () => {
          const number = dice.next().value!;
          return number === 0 ? 'die before' : number === 1 ? 'die after' : 'live';
        };
        const { detail, calls, crashes } = await runWithCrashes(definition, input, dies);
        crashed += crashes;
        expect(outcomeOf(detail)).toEqual(outcomeOf(expected));
        expectSameCallsUnderOneKey(calls);
      }),
      { numRuns: RUNS, endOnFailure: false },
    );
    expect(crashed).toBeGreaterThan(50);
  }, 600_000);

  test('survives a death at every single commit', async () => {
    const definition = machineOf([
      { kind: 'task', failures: 1, retries: 1, caught: false, token: false },
      {
        kind: 'parallel',
        branches: [
          [{ kind: 'task', failures: 0, retries: 0, caught: false, token: true }],
          [
            {
              kind: 'map',
              items: 3,
              atOnce: 2,
              steps: [{ kind: 'task', failures: 1, retries: 2, caught: false, token: false }],
            },
          ],
          [{ kind: 'wait', seconds: 3 }],
        ],
      },
      { kind: 'choice' },
    ]);
    const expected = outcomeOf(await plain(definition, 1));
    for (const fate of ['die before', 'die after'] as const) {
      let died = 0;
      for (let at = 1; at === died + 1; at += 1) {
        const { detail, crashes } = await runWithCrashes(definition, 1, (commit) => (commit === at ? fate : 'live'));
        expect({ at, fate, ...outcomeOf(detail) }).toEqual({ at, fate, ...expected });
        died += crashes;
      }
      expect(died).toBeGreaterThan(5);
    }
  });
});

/** One key is one effect: whenever it is called again, it asks for the same. */
function expectSameCallsUnderOneKey(calls: TaskCall[]): void {
  const first = new Map<string, TaskCall>();
  for (const call of calls) {
    const earlier = first.get(call.idempotencyKey);
    if (!earlier) first.set(call.idempotencyKey, call);
    else expect({ ...call, signal: undefined }).toEqual({ ...earlier, signal: undefined });
  }
}
