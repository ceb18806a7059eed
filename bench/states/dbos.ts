import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { DatabaseService } from '../../functions/database/index.ts';
import { LocalHost } from '../../infra/local/host.ts';
import { local } from '../../shared/provider.ts';
import { type Contender, countdown, ITEMS_AT_ONCE, inLanes, memoryOf, timed } from './contender.ts';
import { items } from './machines.ts';

/** DBOS with a PostgreSQL of this machine, whose default is to sync each commit as well. */
const dbos: Contender = {
  sequential: (tasks, directory) =>
    within(directory, async () => {
      const workflow = define(async () => {
        for (let i = 0; i < tasks; i += 1) await DBOS.runStep(async () => null, { name: `T${i}` });
      });
      await DBOS.launch();
      return timed(() => workflow());
    }),

  workflows: (count, inFlight, directory) =>
    within(directory, async () => {
      const workflow = define(async () => {
        for (let i = 0; i < 3; i += 1) await DBOS.runStep(async () => null, { name: `T${i}` });
      });
      await DBOS.launch();
      return timed(() => inLanes(count, inFlight, () => workflow()));
    }),

  map: (count, directory) =>
    within(directory, async () => {
      const list = items(count);
      const workflow = define(() =>
        inLanes(count, ITEMS_AT_ONCE, (i) => DBOS.runStep(async () => list[i], { name: `T${i}` })),
      );
      await DBOS.launch();
      return timed(() => workflow());
    }),

  waiting: (count, directory) =>
    within(directory, async () => {
      const asleep = countdown(count);
      const workflow = define(async () => {
        asleep.tick();
        await DBOS.sleep(24 * 3_600_000);
      });
      await DBOS.launch();
      const bytes = await memoryOf(async () => {
        await inLanes(count, 50, () => DBOS.startWorkflow(workflow)());
        await asleep.done;
      });
      return bytes / count;
    }),

  async leave(count, directory) {
    await open(directory, false);
    const called = countdown(count);
    const workflow = unfinished(called.tick);
    await DBOS.launch();
    await inLanes(count, 50, () => DBOS.startWorkflow(workflow)());
    await called.done;
  },

  takeUp: (count, directory) =>
    within(directory, async () => {
      const called = countdown(count);
      unfinished(called.tick);
      return timed(async () => {
        await DBOS.launch();
        await called.done;
      });
    }),
};

export default dbos;

const define = (work: () => Promise<unknown>) => DBOS.registerWorkflow(work, { name: 'w' });

const unfinished = (second: () => void) =>
  define(async () => {
    await DBOS.runStep(async () => null, { name: 'T1' });
    await DBOS.runStep(
      () => {
        second();
        return new Promise<null>(() => {});
      },
      { name: 'T2' },
    );
  });

/** Measures beside an engine that ends with the process. */
async function within(directory: string, measured: () => Promise<number>): Promise<number> {
  const host = await open(directory, true);
  const result = await measured();
  await host.close();
  return result;
}

/** Starts PostgreSQL, or finds the one that an earlier process left, and points DBOS to it. */
async function open(directory: string, embedded: boolean): Promise<LocalHost> {
  // As root the engine runs as another user, who has to get to its data.
  chmodSync(directory, 0o711);
  const host = await LocalHost.start({ directory: join(directory, 'host'), embedded });
  const databases = new DatabaseService(local(), { host: async () => host });
  await databases
    .createInstance('dbos', {
      engine: { kind: 'PostgreSQL', version: '18' },
      version: '18',
      instanceClass: 'db.t4g.large',
      allocatedStorage: 20,
      backupRetention: 0,
      encryption: false,
    })
    .catch((error) => {
      if (error.code !== 'DatabaseError.InstanceAlreadyExists') throw error;
    });
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: await databases.getConnectionString('dbos'),
    logLevel: 'error',
    enableOTLP: false,
  });
  return host;
}
