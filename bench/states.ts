import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../infra/local/store/database.ts';
import { type Bench, median, type Part, type Row } from './part.ts';

const MEASURE = fileURLToPath(new URL('./states/measure.ts', import.meta.url));
const SIZES = [1_000, 10_000, 100_000];
const WORKFLOWS = 2_000;
const IN_FLIGHT = 50;
const UNFINISHED = 10_000;
const RUNS = 3;

/** A contender: its file in `states/`, the package it needs, whether its executions outlive the process, and where it ends. */
interface Entry {
  name: string;
  file: string;
  package?: string;
  durable: 'yes' | 'no';
  /** The most steps that one of its workflows may have. */
  steps?: number;
  /** How long a dead process keeps what it was at. */
  leaseSeconds?: number;
}

const CONTENDERS: Entry[] = [
  { name: 'cloudlib', file: 'cloudlib', durable: 'yes' },
  {
    name: 'openworkflow, SQLite',
    file: 'openworkflow',
    package: 'openworkflow',
    durable: 'yes',
    steps: 1_000,
    leaseSeconds: 30,
  },
  { name: 'aws-local-stepfunctions', file: 'localStepFunctions', package: 'aws-local-stepfunctions', durable: 'no' },
];

/** What the state machine engine costs: tasks in a row, many workflows, maps, a start with much to take up, waiting. */
const states: Bench = {
  parts: {
    disk: async () => [{ 'synced commits/s': Math.round(commitsPerSecond()) }],
    sequential: sized('sequential', 'tasks'),
    workflows: compared(async (entry) => {
      const milliseconds = median(repeat(() => measure(entry, 'workflows', WORKFLOWS, IN_FLIGHT)));
      return { workflows: WORKFLOWS, 'in flight': IN_FLIGHT, 'workflows/s': perSecond(WORKFLOWS, milliseconds) };
    }),
    map: sized('map', 'items'),
    restart: compared(async (entry, note) => {
      if (entry.durable === 'no') return undefined;
      if (entry.leaseSeconds)
        note(`restart: ${entry.name} waits for leases of ${entry.leaseSeconds} s to run out first`);
      const seconds = takeUp(entry) / 1000;
      return { unfinished: UNFINISHED, 'seconds until all go on': Math.round(seconds * 100) / 100 };
    }),
    memory: compared(async (entry) => ({
      waiting: UNFINISHED,
      'bytes each': Math.round(measure(entry, 'waiting', UNFINISHED)),
    })),
  },
  versions: () =>
    Object.fromEntries(CONTENDERS.flatMap(({ package: name }) => (name ? [[name, versionOf(name)]] : []))),
};

export default states;

/** A part that measures every contender that is installed; one that is missing is left out, loudly. */
function compared(rowOf: (entry: Entry, note: (text: string) => void) => Promise<Row | Row[] | undefined>): Part {
  return async (note) => {
    const rows: Row[] = [];
    for (const entry of CONTENDERS) {
      if (entry.package && versionOf(entry.package) === 'missing') {
        note(`${entry.package} is not installed: it is left out; run npm install`);
        continue;
      }
      for (const row of [(await rowOf(entry, note)) ?? []].flat()) {
        rows.push({ engine: entry.name, durable: entry.durable, ...row });
      }
    }
    return rows;
  };
}

/** A part that measures three sizes, to show whether the cost grows linearly. */
function sized(method: 'sequential' | 'map', what: string): Part {
  return compared(async (entry, note) => {
    const possible = SIZES.filter((size) => size <= (entry.steps ?? size));
    if (possible.length < SIZES.length)
      note(`${method}: ${entry.name} allows ${entry.steps} steps in a workflow, so larger sizes are left out`);
    return possible.map((size) => {
      const milliseconds = median(repeat(() => measure(entry, method, size), size > 10_000 ? 1 : RUNS));
      return { [what]: size, [`${what}/s`]: perSecond(size, milliseconds), 'µs each': each(size, milliseconds) };
    });
  });
}

function takeUp(entry: Entry): number {
  return inDirectory((directory) => {
    measureIn(directory, entry, 'leave', UNFINISHED);
    return measureIn(directory, entry, 'takeUp', UNFINISHED);
  });
}

const measure = (entry: Entry, method: string, ...numbers: number[]): number =>
  inDirectory((directory) => measureIn(directory, entry, method, ...numbers));

/** Runs one measurement in a process of its own, so that none pays for another's memory. */
function measureIn(directory: string, { file }: Entry, method: string, ...numbers: number[]): number {
  const words = ['--expose-gc', MEASURE, file, method, directory, ...numbers.map(String)];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} ${method} ${numbers.join(' ')}: ${stderr}`);
  return Number(stdout);
}

function inDirectory<T>(use: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-bench-'));
  try {
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What the disk under all of this can do: how often a second one small row can be committed and synced. */
function commitsPerSecond(): number {
  return inDirectory((directory) => {
    const database = openDatabase(directory);
    database.exec('create table row (number integer primary key)');
    const insert = database.prepare('insert into row values (null)');
    const begin = performance.now();
    for (let i = 0; i < 2_000; i += 1) insert.run();
    const seconds = (performance.now() - begin) / 1000;
    database.close();
    return 2_000 / seconds;
  });
}

const repeat = (once: () => number, runs = RUNS): number[] => Array.from({ length: runs }, once);
const perSecond = (count: number, milliseconds: number): number => Math.round(count / (milliseconds / 1000));
const each = (count: number, milliseconds: number): number => Math.round((milliseconds / count) * 10_000) / 10;

function versionOf(name: string): string {
  try {
    const manifest = findPackageJSON(name, import.meta.url);
    return manifest ? createRequire(import.meta.url)(manifest).version : 'missing';
  } catch {
    return 'missing';
  }
}
