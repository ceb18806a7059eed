import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { OperationLogs } from '../../../../infra/local/application/logs.ts';
import { WorkerPool } from '../../../../infra/local/application/workerPool.ts';
import type { AppOperation } from '../../../../shared/appOperation.ts';
import { VirtualClock } from '../../../../shared/core/clock.ts';
import { startTimeOf } from '../../../../shared/drivers/deploy/local/process.ts';
import { eventually } from '../../../eventually.ts';
import { double, waiting } from '../../../programs/ownOperations.ts';

const clock = new VirtualClock(0);
let directory: string;
let pids: number[];
let ended: number[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cloudlib-pool-'));
  pids = [];
  ended = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const poolOf = (operation: AppOperation): WorkerPool =>
  new WorkerPool(operation, {
    clock,
    logs: new OperationLogs(directory, clock),
    invoke: async () => null,
    secret: async () => 'none',
    noteStart: ({ pid }) => pids.push(pid),
    noteEnd: (pid) => ended.push(pid),
  });

test('a thousand calls wait, one more is told to come again, and all hear when the host stops', async () => {
  const pool = poolOf(waiting);
  const calls = Array.from({ length: 1_001 }, (_, index) => pool.run({}, { requestId: `r${index}` }));
  const outcomes = Promise.allSettled(calls);
  await expect(pool.run({}, { requestId: 'more' })).rejects.toMatchObject({ code: 'Throttled', retry: 'backoff' });
  await eventually(() => expect(pids).toHaveLength(1));
  await pool.close();
  const reasons = (await outcomes).map((outcome) => (outcome as PromiseRejectedResult).reason.code);
  expect(new Set(reasons)).toEqual(new Set(['Unavailable']));
  expect(pids).toHaveLength(1);
  expect(startTimeOf(pids[0]!)).toBeUndefined();
});

test('a process that has nothing to do is ended after five minutes', async () => {
  const pool = poolOf(double);
  await pool.run({ number: 1 }, { requestId: 'r1' });
  await clock.advance(299_000);
  await pool.run({ number: 1 }, { requestId: 'r2' });
  expect(pids).toHaveLength(1);
  await clock.advance(300_000);
  await eventually(() => expect(ended).toEqual(pids));
  await pool.run({ number: 1 }, { requestId: 'r3' });
  expect(pids).toHaveLength(2);
  await pool.close();
});

test('a pool that is retired ends its processes when their calls have ended', async () => {
  const pool = poolOf(double);
  const running = pool.run({ number: 1 }, { requestId: 'r1' });
  pool.retire();
  expect(await running).toMatchObject({ number: 2 });
  await eventually(() => expect(ended).toEqual(pids));
  expect(pool.isIdle).toBe(true);
});
