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
const RUNS = 5;

/** A contender: its file in `states/`, the package it needs, whether its executions outlive the process, and where it ends. */
interface Entry {
  name: string;
  file: string;
  package?: string;
  durable: 'yes' | 'no';
  /** The most steps of one workflow that it is measured with: more are not allowed, or take minutes. */
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
  { name: 'DBOS, PostgreSQL', file: 'dbos', package: '@dbos-inc/dbos-sdk', durable: 'yes', steps: 1_000 },
  { name: 'aws-local-stepfunctions', file: 'localStepFunctions', package: 'aws-local-stepfunctions', durable: 'no' },
];

/** A part that measures three sizes, to show whether the cost grows linearly. */
function sized(method: 'sequential' | 'map', what: string): Part {
  return async (note) => {
    const entries = installed(note);
    const rows: Row[] = [];
    for (const size of SIZES) {
      const able = entries.filter(({ steps = size }) => size <= steps);
      const times = medians(able, size > 10_000 ? 1 : RUNS, (entry) => measure(entry, method, size));
      for (const [entry, milliseconds] of times) {
        rows.push({
          ...head(entry),
          [what]: size,
          [`${what}/s`]: perSecond(size, milliseconds),
          'µs each': each(size, milliseconds),
        });
      }
    }
    for (const { name, steps } of entries) {
      if (steps)
        note(`${method}: ${name} is measured with ${steps} steps in a workflow at most, so larger sizes are left out`);
    }
    return rows;
  };
}

const manyWorkflows: Part = async (note) => {
  const times = medians(installed(note), RUNS, (entry) => measure(entry, 'workflows', WORKFLOWS, IN_FLIGHT));
  return [...times].map(([entry, milliseconds]) => ({
    ...head(entry),
    workflows: WORKFLOWS,
    'in flight': IN_FLIGHT,
    'workflows/s': perSecond(WORKFLOWS, milliseconds),
  }));
};

const restart: Part = async (note) =>
  installed(note)
    .filter(({ durable }) => durable === 'yes')
    .map((entry) => {
      if (entry.leaseSeconds)
        note(`restart: ${entry.name} waits for leases of ${entry.leaseSeconds} s to run out first`);
      const seconds = Math.round(takeUp(entry) / 10) / 100;
      return { ...head(entry), unfinished: UNFINISHED, 'seconds until all go on': seconds };
    });

const memory: Part = async (note) =>
  installed(note).map((entry) => ({
    ...head(entry),
    waiting: UNFINISHED,
    'bytes each': Math.round(measure(entry, 'waiting', UNFINISHED)),
  }));

const head = ({ name, durable }: Entry): Row => ({ engine: name, durable });

/** The contenders that can be measured; one that is missing is left out, loudly. */
function installed(note: (text: string) => void): Entry[] {
  return CONTENDERS.filter(({ package: name }) => {
    const here = !name || versionOf(name) !== 'missing';
    if (!here) note(`${name} is not installed: it is left out; run npm install`);
    return here;
  });
}

/** The median time of each contender. They take turns, so that what else the machine does falls on all of them. */
function medians(entries: Entry[], runs: number, once: (entry: Entry) => number): Map<Entry, number> {
  const times = new Map(entries.map((entry) => [entry, [] as number[]]));
  for (let run = 0; run < runs; run += 1) for (const entry of entries) times.get(entry)!.push(once(entry));
  return new Map([...times].map(([entry, those]) => [entry, median(those)]));
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

/** What the state machine engine costs: tasks in a row, many workflows, maps, a start with much to take up, waiting. */
const states: Bench = {
  parts: {
    disk: async () => [{ 'synced commits/s': Math.round(commitsPerSecond()) }],
    sequential: sized('sequential', 'tasks'),
    workflows: manyWorkflows,
    map: sized('map', 'items'),
    restart,
    memory,
  },
  versions: () =>
    Object.fromEntries(CONTENDERS.flatMap(({ package: name }) => (name ? [[name, versionOf(name)]] : []))),
};

export default states;
