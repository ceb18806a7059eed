/** One engine in the bench. Each method is run in a process of its own, on a directory of its own. */
export interface Contender {
  /** One workflow of so many no-op tasks, one after the other: milliseconds. */
  sequential(tasks: number, directory: string): Promise<number>;
  /** So many workflows of three no-op tasks, so many in flight: milliseconds from the first start to the last end. */
  workflows(count: number, inFlight: number, directory: string): Promise<number>;
  /** One workflow with a no-op task for each of so many items, 40 at once: milliseconds. */
  map(items: number, directory: string): Promise<number>;
  /** Starts so many workflows of which each waits for a timer of a day: bytes of memory that each takes. */
  waiting(count: number, directory: string): Promise<number>;
  /** Leaves so many executions behind, each in the middle of a task; the process is ended without ceremony afterwards. */
  leave?(count: number, directory: string): Promise<void>;
  /** Takes up what `leave` left: milliseconds until every task is called again. */
  takeUp?(count: number, directory: string): Promise<number>;
}

/** How many items of a map are under way at once, as Step Functions has it. */
export const ITEMS_AT_ONCE = 40;

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** Does `work` for 0 … count - 1, so many at once. */
export async function inLanes(count: number, lanes: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
}

/** Bytes that `fill` adds to the process, once what it no longer needs is collected. */
export async function memoryOf(fill: () => Promise<void>): Promise<number> {
  const before = held();
  await fill();
  return held() - before;
}

function held(): number {
  if (!globalThis.gc) throw new Error('run this with node --expose-gc');
  for (let i = 0; i < 3; i += 1) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Resolves when it has been called so many times. */
export function countdown(count: number): { done: Promise<void>; tick(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  return {
    done: promise,
    tick() {
      left -= 1;
      if (left === 0) resolve();
    },
  };
}
