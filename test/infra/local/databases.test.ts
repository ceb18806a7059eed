import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RemoteHost } from '../../../infra/local/client.ts';
import { readAddress } from '../../../infra/local/store/database.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import { isAlive } from '../../../shared/drivers/deploy/local/process.ts';
import { openContent } from '../../conformance/databaseContent.ts';
import { eventually } from '../../eventually.ts';
import { roomyFolder } from '../../roomyFolder.ts';

const program = (name: string): string => fileURLToPath(new URL(`../../programs/${name}`, import.meta.url));

let directory: string;
const running: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(roomyFolder(), 'cloudlib-databases-'));
});
afterEach(() => {
  for (const host of running.splice(0)) host.kill('SIGKILL');
  for (const pid of enginesOf(directory)) process.kill(pid, 'SIGKILL');
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

/** The engines that run on data of this state directory. */
function enginesOf(place: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => commandOf(pid).includes(`-D\0${join(place, 'database')}`));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

async function startHost(): Promise<{ process: ChildProcess; host: RemoteHost }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program('host.ts'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  for await (const line of createInterface({ input: child.stdout! })) if (line.startsWith('ready')) break;
  return { process: child, host: new RemoteHost(readAddress(directory)!) };
}

async function kill({ process: child }: { process: ChildProcess }): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const config: Json = {
  engine: { kind: 'PostgreSQL', version: '18' },
  version: '18',
  instanceClass: 'db.t4g.micro',
  allocatedStorage: 20,
  encryption: false,
  backupRetention: 0,
};

type Answer = { [key: string]: Json };
const ask = async (host: RemoteHost, operation: string, input: Json): Promise<Answer> =>
  (await host.invoke(operation, input)) as Answer;

async function becomesAvailable(host: RemoteHost, name: string): Promise<void> {
  await eventually(async () => {
    expect((await ask(host, 'database.describeInstance', { name })).status).toEqual({ kind: 'Available' });
  });
}

async function contentOf(host: RemoteHost, name: string) {
  const { connectionString } = await ask(host, 'database.getConnectionString', { name });
  return openContent(String(connectionString));
}

describe('a host that is killed', () => {
  test('while it creates an instance has it when it comes back, from whatever moment', async () => {
    let session = await startHost();
    await ask(session.host, 'database.createInstance', { name: 'orders', config });
    for (const moment of [5, 150, 300]) {
      await new Promise((resolve) => setTimeout(resolve, moment));
      await kill(session);
      session = await startHost();
    }
    await becomesAvailable(session.host, 'orders');
    expect(enginesOf(directory)).toHaveLength(1);
    const content = await contentOf(session.host, 'orders');
    await content.put('kept', 'yes');
    expect(await content.get('kept')).toBe('yes');
    await content.close();
  });

  test('while it takes a snapshot has a whole one when it comes back, and lost nothing that was committed', async () => {
    let session = await startHost();
    await ask(session.host, 'database.createInstance', { name: 'orders', config });
    await becomesAvailable(session.host, 'orders');
    const content = await contentOf(session.host, 'orders');
    for (let count = 1; count <= 50; count++) await content.putPair('left', 'right', String(count));
    await ask(session.host, 'database.createSnapshot', { instance: 'orders', snapshot: 'during' });
    await new Promise((resolve) => setTimeout(resolve, 60));
    await kill(session);
    // The engine lives on without its host.
    await content.putPair('left', 'right', '51');
    session = await startHost();
    await eventually(async () => {
      const { snapshot } = await ask(session.host, 'database.describeSnapshot', { snapshot: 'during' });
      expect(snapshot).toMatchObject({ status: 'Available' });
    });
    await ask(session.host, 'database.restoreFromSnapshot', { snapshot: 'during', name: 'copy', config });
    await becomesAvailable(session.host, 'copy');
    const copy = await contentOf(session.host, 'copy');
    const [left, right] = [Number(await copy.get('left')), Number(await copy.get('right'))];
    expect(left).toBe(right);
    expect(left).toBeGreaterThanOrEqual(50);
    expect(await content.get('left')).toBe('51');
    await content.close();
    await copy.close();
    session.process.kill('SIGTERM');
    await once(session.process, 'exit');
    expect(enginesOf(directory)).toEqual([]);
  });
});

describe('a script with a host inside it', () => {
  test('leaves no engine, however it ends', async () => {
    for (const ending of ['close', 'exit', 'throw']) {
      const script = promisify(execFile)(process.execPath, [
        '--disable-warning=ExperimentalWarning',
        program('databaseScript.ts'),
        directory,
        ending,
      ]);
      const { stdout } = await script.catch((error) => error as { stdout: string });
      const engine = JSON.parse(stdout) as { pid: number; started: string };
      expect(engine.pid).toBeGreaterThan(1);
      await eventually(() => expect(isAlive(engine)).toBe(false));
    }
  });
});
