import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { LocalStorage } from '../../../../../shared/drivers/storage/local/index.ts';
import { SeededRandom } from '../../../../../shared/semantics/states/random.ts';
import { contentOf } from '../../../../programs/storeContent.ts';
import { bytesOf, trialBucket, trialDirectory } from './trialStore.ts';

const PROGRAM = fileURLToPath(new URL('../../../../programs/storeUntilKilled.ts', import.meta.url));
const KILLS = 20;

/** What a number of the program leaves under its key: its content, or nothing where it removes. */
type State = number | undefined;
interface Line {
  begin?: number;
  done?: number;
  key: string;
  removes?: boolean;
}

/** What keys may hold: the last that was acknowledged, and what was under way. */
class Expected {
  readonly acknowledged = new Map<string, State>();
  readonly pending = new Map<string, { state: State }>();
  next = 1;

  take({ begin, key, removes }: Line): void {
    if (begin !== undefined) {
      this.pending.set(key, { state: removes ? undefined : begin });
      this.next = Math.max(this.next, begin + 1);
      return;
    }
    this.acknowledged.set(key, this.pending.get(key)!.state);
    this.pending.delete(key);
  }

  /** What a key may hold now; what it does hold is the truth from here on. */
  settle(key: string, found: Buffer | undefined): void {
    const possible = [this.acknowledged.get(key), ...(this.pending.has(key) ? [this.pending.get(key)!.state] : [])];
    const is = possible.filter((state) => (state === undefined ? !found : found?.equals(contentOf(state))));
    expect({ key, possible, matching: is.length > 0 }).toMatchObject({ matching: true });
    this.acknowledged.set(key, is[0]);
    this.pending.delete(key);
  }
}

/** One life of the program, which ends when it has printed so many lines. */
async function live(directory: string, expected: Expected, lines: number): Promise<void> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [PROGRAM, directory, String(expected.next)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  let left = lines;
  for await (const line of createInterface(child.stdout)) {
    expected.take(JSON.parse(line));
    if (--left === 0) child.kill('SIGKILL');
  }
  expect(await exit).toBe('SIGKILL');
}

async function contentAt(store: LocalStorage, key: string): Promise<Buffer | undefined> {
  try {
    return await bytesOf((await store.getObject('bbb', key)).content);
  } catch (error) {
    if ((error as { code?: string }).code === 'StorageError.ObjectNotFound') return undefined;
    throw error;
  }
}

/** The files that hold content, and those that the index names. */
async function filesOf(directory: string): Promise<{ lying: string[]; named: string[] }> {
  const entries = await readdir(join(directory, 'content'), { recursive: true, withFileTypes: true });
  const index = new DatabaseSync(join(directory, 'index.db'), { readOnly: true });
  const rows = index.prepare('select file from segments where file is not null').all();
  index.close();
  const lying = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return { lying: lying.sort(), named: rows.map(({ file }) => String(file)).sort() };
}

test('what was acknowledged survives kill -9, nothing else is seen by half, and no file is left over', async () => {
  const directory = await trialDirectory();
  await (await trialBucket({}, { directory })).close();
  const random = new SeededRandom('a store that is killed', 'kill.test.ts');
  const expected = new Expected();
  for (let kill = 0; kill < KILLS; kill++) {
    await live(directory, expected, 1 + Math.floor(random.number() * 40));
    const store = await LocalStorage.open({ directory });
    await store.swept;
    for (const key of ['one', 'two', 'three']) expected.settle(key, await contentAt(store, key));
    await store.close();
    const { lying, named } = await filesOf(directory);
    expect(lying).toEqual(named);
  }
  expect(expected.next).toBeGreaterThan(KILLS * 3);
}, 240_000);
