import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { matching } from './events/matching.ts';
import { type Bench, median, type Part, type Row } from './part.ts';

const MEASURE = fileURLToPath(new URL('./events/measure.ts', import.meta.url));
const RULES = [10, 10_000];
const IN_FLIGHT = [1, 64];
const EVENTS = { 1: 2_000, 64: 30_000 } as Record<number, number>;
/** One that changes something is remembered by its request id, and its outcome is an event of its own. */
const OPERATIONS = ['reads', 'changes'];
const RUNS = 3;
const UNDELIVERED = 100_000;

interface Flow {
  perSecond: number;
  published: [p50: number, p99: number];
  invoked: [p50: number, p99: number];
}

/** Durable publish, match, operation invoked. The variants take turns, so that what else the machine does falls on all of them. */
const delivering: Part = async () => {
  const variants = OPERATIONS.flatMap((operation) =>
    IN_FLIGHT.flatMap((inFlight) => RULES.map((rules) => ({ operation, inFlight, rules, runs: [] as Flow[] }))),
  );
  for (let run = 0; run < RUNS; run += 1) {
    for (const { operation, inFlight, rules, runs } of variants) {
      const numbers = [EVENTS[inFlight]!, inFlight, rules, OPERATIONS.indexOf(operation)];
      runs.push(inDirectory((directory) => measure<Flow>(directory, 'flow', ...numbers)));
    }
  }
  return variants.map(({ operation, inFlight, rules, runs }): Row => {
    const middle = (of: (run: Flow) => number): number => rounded(median(runs.map(of)));
    return {
      operation,
      'in flight': inFlight,
      rules,
      'events/s': Math.round(median(runs.map(({ perSecond }) => perSecond))),
      'published p50 ms': middle(({ published }) => published[0]),
      'published p99 ms': middle(({ published }) => published[1]),
      'invoked p50 ms': middle(({ invoked }) => invoked[0]),
      'invoked p99 ms': middle(({ invoked }) => invoked[1]),
    };
  });
};

/** A start with many deliveries to make. */
const draining: Part = async () =>
  RULES.map((rules) => {
    const { milliseconds } = inDirectory((directory) => {
      measure(directory, 'leave', UNDELIVERED, rules);
      return measure<{ milliseconds: number }>(directory, 'drain', UNDELIVERED, rules);
    });
    return {
      undelivered: UNDELIVERED,
      rules,
      'seconds to drain': rounded(milliseconds / 1000),
      'deliveries/s': Math.round(UNDELIVERED / (milliseconds / 1000)),
    };
  });

const rounded = (value: number): number => Math.round(value * 100) / 100;

/** Runs one measurement in a process of its own, so that none pays for another's memory. */
function measure<Result>(directory: string, what: string, ...numbers: number[]): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MEASURE, what, directory, ...numbers.map(String)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${what} ${numbers.join(' ')}: ${stderr}`);
  return JSON.parse(stdout);
}

function inDirectory<T>(use: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-bench-'));
  try {
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What the bus costs: events from their publishing to the operation that they invoke, matching alone, a start with much to deliver. */
const events: Bench = {
  parts: { delivering, matching, draining },
  versions: () => ({ 'event-ruler': '1.8.1', java: javaVersion() }),
};

export default events;

function javaVersion(): string {
  const { error, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  return error ? 'missing' : (/"([^"]+)"/.exec(stderr)?.[1] ?? 'unknown');
}
