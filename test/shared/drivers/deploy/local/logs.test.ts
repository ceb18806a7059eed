import { appendFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ReplicaRow } from '../../../../../shared/drivers/deploy/local/database.ts';
import { ReplicaLogs } from '../../../../../shared/drivers/deploy/local/logs.ts';
import { eventually } from '../../../../eventually.ts';
import { create, Machine } from './machine.ts';

let machine: Machine;
let logs: ReplicaLogs;
let marks: DatabaseSync;
let stdout: string;

beforeEach(() => {
  machine = new Machine();
  marks = new DatabaseSync(':memory:');
  logs = new ReplicaLogs(machine.directory, marks);
  ({ stdout } = logs.files('app', 'v1', 'one'));
  mkdirSync(dirname(stdout), { recursive: true });
});
afterEach(async () => {
  marks.close();
  await machine.end();
});

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

function write(text: string, second: number, file = stdout): void {
  appendFileSync(file, text);
  logs.mark(at(second));
}

describe('log lines', () => {
  test('have the time at which they were first seen', async () => {
    write('one\ntwo\n', 1);
    write('three\n', 2);
    logs.mark(at(3));
    expect(await logs.read('app', {})).toEqual([
      { message: 'one', timestamp: at(1), stream: 'stdout', revision: 'v1', replica: 'one' },
      { message: 'two', timestamp: at(1), stream: 'stdout', revision: 'v1', replica: 'one' },
      { message: 'three', timestamp: at(2), stream: 'stdout', revision: 'v1', replica: 'one' },
    ]);
  });

  test('keep their times when another host goes on', async () => {
    write('one\n', 1);
    const next = new ReplicaLogs(machine.directory, marks);
    next.mark(at(9));
    expect(await next.read('app', {})).toMatchObject([{ timestamp: at(1) }]);
  });

  test('of several replicas are in the order of their times', async () => {
    const other = logs.files('app', 'v2', 'two').stderr;
    mkdirSync(dirname(other), { recursive: true });
    write('first\n', 1);
    write('second\n', 2, other);
    write('third\n', 3);
    const lines = await logs.read('app', {});
    expect(lines.map(({ message }) => message)).toEqual(['first', 'second', 'third']);
    expect(lines[1]).toMatchObject({ stream: 'stderr', revision: 'v2', replica: 'two' });
  });

  test('are read from a time on, that time included', async () => {
    for (const second of [1, 2, 3]) write(`${second}\n`, second);
    expect((await logs.read('app', { since: at(2) })).map(({ message }) => message)).toEqual(['2', '3']);
  });

  test.each([
    [0, []],
    [1, ['3']],
    [2, ['2', '3']],
    [9, ['1', '2', '3']],
  ])('are the newest %i when so many are asked for', async (limit, expected) => {
    for (const second of [1, 2, 3]) write(`${second}\n`, second);
    expect((await logs.read('app', { limit })).map(({ message }) => message)).toEqual(expected);
  });

  test('of a deployment with a similar name are left out', async () => {
    write('mine\n', 1);
    expect(await logs.read('ap', {})).toEqual([]);
    expect(await logs.read('v1', {})).toEqual([]);
  });

  test('and their marks are gone when they are removed', async () => {
    write('one\n', 1);
    logs.remove('app');
    expect(existsSync(stdout)).toBe(false);
    expect(marks.prepare('select * from log_marks').all()).toEqual([]);
    expect(await logs.read('app', {})).toEqual([]);
  });
});

describe('a log file that has become too large', () => {
  const MEGABYTES_11 = 11 * 1024 * 1024;

  test('is moved aside with the times of its lines, and replaces the one before', async () => {
    write('the oldest\n', 1);
    write(`${'x'.repeat(MEGABYTES_11)}\n`, 2);
    write('new\n', 3);
    expect(statSync(stdout).size).toBe(4);
    const lines = await logs.read('app', {});
    expect(lines.map(({ message, timestamp }) => [message.slice(0, 10), timestamp])).toEqual([
      ['the oldest', at(1)],
      ['xxxxxxxxxx', at(2)],
      ['new', at(3)],
    ]);
    write(`${'y'.repeat(MEGABYTES_11)}\n`, 4);
    expect((await logs.read('app', {})).map(({ message }) => message[0])).toEqual(['n', 'y']);
    expect(statSync(`${stdout}.1`).mode & 0o777).toBe(0o600);
  });

  test('goes on to take what the program writes', async () => {
    const driver = await machine.start();
    await create(driver, { program: 'writer.mjs', config: { envVars: { LINES: '11000' } } });
    await driver.scale('app', 'v1', 1);
    await eventually(async () => expect(await driver.health('app', 'v1')).toMatchObject({ ready: 1 }));
    const numbers = async () => (await driver.logs('app', {})).map(({ message }) => Number(message.split(' ')[0]));
    expect(await numbers()).toHaveLength(11_000);
    await driver.probe('app', 'v1', [{ method: 'POST', path: '/', expectStatus: 200, tolerance: 0 }]);
    expect(await numbers()).toEqual(Array.from({ length: 12_000 }, (_none, index) => index + 1));
    const [{ id }] = machine.replicas() as [ReplicaRow];
    const { stdout: file } = new ReplicaLogs(join(machine.directory, 'logs'), marks).files('app', 'v1', id);
    expect(statSync(`${file}.1`).size).toBeGreaterThan(11_000_000);
    expect(statSync(file).size).toBeLessThan(1_100_000);
  });
});
