import { Engine, type TaskCall } from '../../infra/local/engine/engine.ts';
import { openDatabase } from '../../infra/local/store/database.ts';
import { systemClock } from '../../shared/core/clock.ts';
import type { Json } from '../../shared/semantics/states/index.ts';
import { type Contender, countdown, ITEMS_AT_ONCE, inLanes, memoryOf, timed } from './contender.ts';
import { chain, DAY, items, mapOf } from './machines.ts';

/** The limits of the cloud would end the long runs: 100,000 tasks are more than 25,000 events, 100,000 items more than 256 KiB. */
const limits = { historyEvents: 10_000_000, payloadBytes: 16 * 1024 * 1024 };

const noOp = async ({ payload }: TaskCall): Promise<Json> => payload;

/** A task that says that it was called and never ends. */
function hang(called: { tick(): void }): Promise<never> {
  called.tick();
  return new Promise(() => {});
}

/** The engine of the local host, on its database: a write-ahead log with synchronous=FULL. */
const cloudlib: Contender = {
  sequential: (tasks, directory) => once(chain(tasks), null, directory),

  async workflows(count, inFlight, directory) {
    const engine = open(directory, noOp);
    engine.register('w', chain(3));
    return timed(() => inLanes(count, inFlight, (i) => runOne(engine, i)));
  },

  map: (count, directory) => once(mapOf(ITEMS_AT_ONCE), items(count), directory),

  async waiting(count, directory) {
    const engine = open(directory, noOp);
    engine.register('w', DAY);
    const bytes = await memoryOf(async () => {
      await inLanes(count, 100, (i) => engine.startSoon({ workflow: 'w', input: i }));
    });
    return bytes / count;
  },

  async leave(count, directory) {
    const called = countdown(count);
    const engine = open(directory, (call) => (call.state === 'T1' ? noOp(call) : hang(called)));
    engine.register('w', chain(3));
    await inLanes(count, 100, (i) => engine.startSoon({ workflow: 'w', input: i }));
    await called.done;
  },

  async takeUp(count, directory) {
    const called = countdown(count);
    return timed(async () => {
      open(directory, () => hang(called)).resume();
      await called.done;
    });
  },
};

export default cloudlib;

const open = (directory: string, task: (call: TaskCall) => Promise<unknown>): Engine =>
  new Engine({ database: openDatabase(directory), clock: systemClock, task, limits });

async function runOne(engine: Engine, input: Json): Promise<void> {
  const { execution } = await engine.startSoon({ workflow: 'w', input });
  const { status, error, cause } = await engine.wait(execution.id);
  if (status !== 'SUCCEEDED') throw new Error(`${status} ${error} ${cause}`);
}

function once(definition: Json, input: Json, directory: string): Promise<number> {
  const engine = open(directory, noOp);
  engine.register('w', definition);
  return timed(() => runOne(engine, input));
}
