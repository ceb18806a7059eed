import { join } from 'node:path';
import { OpenWorkflow, type Worker } from 'openworkflow';
import { BackendSqlite } from 'openworkflow/sqlite';
import { type Contender, countdown, ITEMS_AT_ONCE, inLanes, memoryOf, timed } from './contender.ts';
import { items } from './machines.ts';

/**
 * OpenWorkflow on SQLite, whose default is a write-ahead log with synchronous=FULL as well.
 *
 * It is polled without a pause, because its own pauses between polls (0.1 to 1 s) would be all that is measured, and all runs are
 * created at once: it takes up so many of them as are to be in flight.
 */
const openworkflow: Contender = {
  sequential: (tasks, directory) =>
    run(1, 1, directory, async (step) => {
      for (let i = 0; i < tasks; i += 1) await step.run({ name: `T${i}` }, () => null);
    }),

  workflows: (count, inFlight, directory) =>
    run(count, inFlight, directory, async (step) => {
      for (let i = 0; i < 3; i += 1) await step.run({ name: `T${i}` }, () => null);
    }),

  map: (count, directory) =>
    run(1, 1, directory, async (step) => {
      const list = items(count);
      await inLanes(count, ITEMS_AT_ONCE, (i) => step.run({ name: `T${i}` }, () => list[i]));
    }),

  async waiting(count, directory) {
    const { client, backend } = open(directory);
    const asleep = countdown(count);
    onEach(backend, 'sleepWorkflowRun', asleep.tick);
    const workflow = client.defineWorkflow({ name: 'w' }, ({ step }) => step.sleep('day', '24h'));
    const bytes = await memoryOf(async () => {
      for (let i = 0; i < count; i += 1) await workflow.run();
      await poll(client.newWorker({ concurrency: 50 }), asleep.done);
    });
    return bytes / count;
  },

  async leave(count, directory) {
    const { client } = open(directory);
    const called = countdown(count);
    const workflow = define(client, () => {
      called.tick();
      return new Promise(() => {});
    });
    for (let i = 0; i < count; i += 1) await workflow.run();
    await poll(client.newWorker({ concurrency: count }), called.done);
  },

  async takeUp(count, directory) {
    const called = countdown(count);
    return timed(async () => {
      const { client } = open(directory);
      define(client, () => {
        called.tick();
        return new Promise(() => {});
      });
      await poll(client.newWorker({ concurrency: count }), called.done);
    });
  },
};

export default openworkflow;

interface Step {
  run(config: { name: string }, task: () => unknown): Promise<unknown>;
}

function open(directory: string): { client: OpenWorkflow; backend: BackendSqlite } {
  const backend = BackendSqlite.connect(join(directory, 'openworkflow.db'));
  return { client: new OpenWorkflow({ backend }), backend };
}

const define = (client: OpenWorkflow, second: () => Promise<never>) =>
  client.defineWorkflow({ name: 'w' }, async ({ step }) => {
    await step.run({ name: 'T1' }, () => null);
    await step.run({ name: 'T2' }, second);
  });

async function run(count: number, inFlight: number, directory: string, work: (step: Step) => Promise<void>) {
  const { client, backend } = open(directory);
  const ended = countdown(count);
  onEach(backend, 'completeWorkflowRun', ended.tick);
  const failed = Promise.withResolvers<never>();
  onEach(backend, 'failWorkflowRun', () => failed.reject(new Error('a workflow failed')));
  const workflow = client.defineWorkflow({ name: 'w' }, ({ step }) => work(step as unknown as Step));
  return timed(async () => {
    for (let i = 0; i < count; i += 1) await workflow.run();
    await poll(client.newWorker({ concurrency: inFlight }), Promise.race([ended.done, failed.promise]));
  });
}

/** Calls `then` after each call of a method: its own handles look once a second. */
function onEach(
  backend: BackendSqlite,
  method: 'completeWorkflowRun' | 'failWorkflowRun' | 'sleepWorkflowRun',
  then: () => void,
): void {
  const original = backend[method].bind(backend) as (parameters: never) => Promise<never>;
  backend[method] = async (parameters: never) => {
    const result = await original(parameters);
    then();
    return result;
  };
}

/** Has the worker look for work on every turn of the event loop until `end`. */
async function poll(worker: Worker, end: Promise<unknown>): Promise<void> {
  let over = false;
  const stop = end.finally(() => {
    over = true;
  });
  stop.catch(() => {});
  while (!over) {
    await worker.tick();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await stop;
}
