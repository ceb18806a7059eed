import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Engine, type ExecutionDetail, type TaskCall } from '../../../../infra/local/engine/engine.ts';
import { openDatabase } from '../../../../infra/local/store/database.ts';
import { systemClock } from '../../../../shared/core/clock.ts';
import { execute, type HistoryEvent } from '../../../../shared/semantics/states/index.ts';
import { SeededRandom } from '../../../../shared/semantics/states/random.ts';
import { FAN_OUT, resultOf } from '../../../programs/fanOut.ts';

const PROGRAM = fileURLToPath(new URL('../../../programs/engineUntilKilled.ts', import.meta.url));
const KILLS = 25;
const MOST_CALLS_BEFORE_A_KILL = 24;

type Call = Omit<TaskCall, 'signal'>;
interface Line {
  call?: Call;
  ready?: string;
  end?: ExecutionDetail;
}
interface Life {
  lines: Line[];
  signal: NodeJS.Signals | null;
}

/** One process on the directory; killed once it has printed so many lines, if a number is given. */
async function live(directory: string, killAfter = Number.POSITIVE_INFINITY): Promise<Life> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [PROGRAM, directory], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  const lines: Line[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(JSON.parse(line));
    if (lines.length === killAfter) child.kill('SIGKILL');
  }
  return { lines, signal: await exit };
}

/** A key without the id of its execution, which differs from run to run. */
const keyOf = ({ idempotencyKey }: { idempotencyKey: string }): string =>
  idempotencyKey.slice(idempotencyKey.indexOf(':') + 1);

interface Progress {
  branch: string;
  step: number;
  attempt: number;
}

/** How far its branch was when a task was called: which state in a row, and which attempt of it. */
function progressOf(call: Call): Progress {
  const [, branch = '', step, attempt] = /^(.*\/)?[^/]*#(\d+)\.(\d+)$/.exec(keyOf(call))!;
  return { branch, step: Number(step), attempt: Number(attempt) };
}

const countsOf = (events: HistoryEvent[]): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy(events, ({ type }) => type)].map(([type, those]) => [type, those.length] as const).sort(),
  );

describe('an execution whose process is killed 25 times', () => {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-kill-'));
  const random = new SeededRandom('kill -9', 'moments');
  const lives: Life[] = [];
  const calls: Call[] = [];
  const expected = { keys: new Set<string>(), events: [] as HistoryEvent[], output: undefined as unknown };
  let ended: ExecutionDetail;
  let history: HistoryEvent[];

  beforeAll(async () => {
    for (let kill = 0; kill < KILLS; kill += 1) {
      lives.push(await live(directory, 1 + Math.floor(random.number() * MOST_CALLS_BEFORE_A_KILL)));
    }
    const last = await live(directory);
    ended = last.lines.at(-1)!.end!;
    calls.push(...[...lives, last].flatMap(({ lines }) => lines.flatMap(({ call }) => call ?? [])));
    const { output } = await execute(FAN_OUT, null, {
      task: (_resource, payload, info) => {
        expected.keys.add(keyOf(info));
        return resultOf(payload, info.attempt);
      },
      onEvent: (event) => expected.events.push(event),
    });
    expected.output = output;
    const database = openDatabase(directory);
    const reader = new Engine({ database, clock: systemClock, task: async () => undefined });
    history = reader.history(ended.id);
    database.close();
  }, 120_000);

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('is one execution, and every kill came while it ran', () => {
    expect(lives.map(({ signal }) => signal)).toEqual(Array(KILLS).fill('SIGKILL'));
    expect(lives.flatMap(({ lines }) => lines.filter(({ end }) => end))).toEqual([]);
    const ids = new Set(lives.flatMap(({ lines }) => lines.flatMap(({ ready }) => ready ?? [])));
    expect([...ids]).toEqual([ended.id]);
  });

  test('ends as it does without kills', () => {
    expect(ended).toMatchObject({ status: 'SUCCEEDED', output: expected.output });
  });

  test('calls every task of the machine, and no other', () => {
    expect(new Set(calls.map(keyOf))).toEqual(expected.keys);
  });

  test('asks for the same under the same key when a task is called again', () => {
    const byKey = Map.groupBy(calls, ({ idempotencyKey }) => idempotencyKey);
    expect(calls.length).toBeGreaterThan(byKey.size + KILLS);
    for (const [first, ...again] of byKey.values()) for (const call of again) expect(call).toEqual(first);
  });

  test('never goes back in a branch: what was committed is not called again', () => {
    const reached = new Map<string, Progress>();
    const steppedBack = calls.map(progressOf).filter((progress) => {
      const before = reached.get(progress.branch);
      reached.set(progress.branch, progress);
      return before && (progress.step - before.step || progress.attempt - before.attempt) < 0;
    });
    expect(steppedBack).toEqual([]);
    expect(reached.size).toBe(100 + 2 * 40 + 2);
  });

  test('ends each branch and each item once', () => {
    expect(countsOf(history)).toEqual(countsOf(expected.events));
    const ends = history
      .filter(({ type }) => type === 'MapIterationSucceeded')
      .map(({ mapIterationSucceededEventDetails }) => JSON.stringify(mapIterationSucceededEventDetails));
    expect(ends).toHaveLength(140);
    expect(new Set(ends).size).toBe(140);
  });
});
