import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { isRunning, programPath } from './machine.ts';

const run = promisify(execFile);

describe('a process that has closed its deployments', () => {
  test.each([
    { replicas: 'leave', running: true },
    { replicas: 'suspend', running: false },
  ])('with $replicas ends by itself, held by no timer', async ({ replicas, running }) => {
    const { stdout, stderr } = await run(process.execPath, [programPath('closing.ts'), replicas]);
    const endedAt = Date.now();
    const { pid, directory, closedAt } = JSON.parse(stdout);
    expect(isRunning(pid)).toBe(running);
    if (running) process.kill(pid, 'SIGKILL');
    rmSync(directory, { recursive: true });
    expect(endedAt - closedAt).toBeLessThan(5_000);
    expect(stderr.replace(/.*ExperimentalWarning.*\n|.*--trace-warnings.*\n/g, '')).toBe('');
  });
});
