import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Engine, type ExecutionDetail, type TaskCall } from '../../../../infra/local/engine/engine.ts';
import { VirtualClock } from '../../../../shared/core/clock.ts';
import { execute, type JsonObject } from '../../../../shared/semantics/states/index.ts';
import { machineOf, type RandomStep, randomSteps } from './randomMachine.ts';

const RUNS = process.env.CLOUDLIB_LONG === '1' ? 1_000 : 100;

/** What `test:step` does: fails so many times, then computes. */
function step(payload: unknown, attempt: number): number {
  const { value, failures } = payload as { value: number; failures: number };
  if (attempt > failures) return (value * 3 + 1) % 1000;
  throw Object.assign(new Error('not yet'), { name: 'Boom' });
}

/** The same machine without task tokens: what is called ends by itself. */
const withoutTokens = (definition: JsonObject): JsonObject =>
  JSON.parse(JSON.stringify(definition).replaceAll('.waitForTaskToken', ''));

/** The same machine, in which a task that its retries do not save never works: a redrive gives it its retries afresh. */
const withLastingFailures = (definition: JsonObject): JsonObject =>
  JSON.parse(JSON.stringify(definition), (_name, value) => {
    const retries = value?.Retry?.[0].MaxAttempts ?? 0;
    if (value?.Type === 'Task' && value.Arguments.failures > retries) value.Arguments.failures = 1_000;
    return value;
  });

/** An execution whose tasks all work once `repaired` is set, and how to take it to its end. */
function begin(definition: JsonObject, input: number) {
  const clock = new VirtualClock();
  const calls: TaskCall[] = [];
  const state = { repaired: false };
  const task = async (call: TaskCall): Promise<unknown> => {
    calls.push(call);
    return step(call.payload, state.repaired ? Number.POSITIVE_INFINITY : call.attempt);
  };
  const engine = new Engine({ database: new DatabaseSync(':memory:'), clock, task });
  engine.register('machine', definition);
  const { id } = engine.start({ workflow: 'machine', input }).execution;
  /** Lets one thing happen; gives how the execution stands then. */
  const tick = async (): Promise<ExecutionDetail> => {
    await new Promise((resolve) => setImmediate(resolve));
    const next = clock.next();
    if (next) await clock.advanceTo(next);
    return engine.get(id)!;
  };
  const toEnd = async (onTick: () => Promise<void> = async () => {}): Promise<ExecutionDetail> => {
    for (;;) {
      if ((await tick()).status !== 'RUNNING') return engine.get(id)!;
      await onTick();
    }
  };
  return { engine, id, calls, state, toEnd };
}

const machines = randomSteps.map((steps: RandomStep[]) => withoutTokens(machineOf(steps)));
const lastingly = machines.map(withLastingFailures);
const outcomeOf = ({ status, output, error, cause }: Partial<ExecutionDetail>) => ({ status, output, error, cause });
const expectOwnKeys = (calls: TaskCall[]) =>
  expect(new Set(calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(calls.length);

describe('a random machine', () => {
  test('ends as if nothing had been, wherever it is stopped and redriven', async () => {
    let redriven = 0;
    await fc.assert(
      fc.asyncProperty(lastingly, fc.nat(50), fc.infiniteStream(fc.nat(3)), async (definition, input, dice) => {
        const expected = await execute(definition, input, {
          task: (_resource, payload, { attempt }) => step(payload, attempt),
        });
        const { engine, id, calls, toEnd } = begin(definition, input);
        let left = 10;
        const end = await toEnd(async () => {
          if (left === 0 || dice.next().value !== 0) return;
          left -= 1;
          redriven += 1;
          engine.stop(id);
          await engine.wait(id);
          await new Promise((resolve) => setImmediate(resolve));
          engine.redrive(id);
        });
        expect(outcomeOf(end)).toEqual(outcomeOf(expected));
        expectOwnKeys(calls);
      }),
      { numRuns: RUNS, endOnFailure: false },
    );
    expect(redriven).toBeGreaterThan(50);
  }, 600_000);

  test('that failed succeeds when it is redriven after its tasks were repaired', async () => {
    let failed = 0;
    await fc.assert(
      fc.asyncProperty(machines, fc.nat(50), async (definition, input) => {
        const { engine, id, calls, state, toEnd } = begin(definition, input);
        if ((await toEnd()).status !== 'FAILED') return;
        failed += 1;
        state.repaired = true;
        engine.redrive(id);
        expect(await toEnd()).toMatchObject({ status: 'SUCCEEDED' });
        expectOwnKeys(calls);
        expect(engine.history(id).at(-1)).toMatchObject({ type: 'ExecutionSucceeded' });
      }),
      { numRuns: RUNS, endOnFailure: false },
    );
    expect(failed).toBeGreaterThan(10);
  }, 600_000);
});
