import { Bus } from '../../../infra/local/bus/bus.ts';
import { readSettings } from '../../../infra/local/bus/settings.ts';
import { itemEvent } from '../../../infra/local/itemEvent.ts';
import { openDatabase } from '../../../infra/local/store/database.ts';
import { EventLog } from '../../../infra/local/store/events.ts';
import { systemClock } from '../../../shared/core/clock.ts';
import { LocalNoSQL } from '../../../shared/drivers/nosql/local/index.ts';
import { GroupCommit } from '../../../shared/drivers/sqlite/groupCommit.ts';
import type { TableStream } from '../../../shared/types/nosql.ts';
import { type Contender, TABLE, textOf } from './contender.ts';

/** Our driver in this process, over a database that syncs each commit. */
export async function openLocal(directory: string, stream: TableStream): Promise<Contender> {
  const database = openDatabase(directory);
  const commits = new GroupCommit(database);
  const clock = systemClock;
  const targets = { start: () => '', invoke: async () => null, post: async () => null };
  const settings = readSettings();
  const log = new EventLog(database, { clock, identity: () => settings.identity });
  const bus = new Bus({ database, commit: commits, clock, log, automations: {}, settings, targets });
  const driver = new LocalNoSQL({
    database,
    clock,
    commit: (make) => commits.run(make),
    listener: () => (change) => bus.append(itemEvent(change, clock.now())),
  });
  await driver.createTable({
    name: TABLE,
    partitionKey: { name: 'id', type: 'String' },
    sortKey: { name: 'at', type: 'Number' },
    stream,
  });
  return {
    put: (partition, at, n) => driver.putItem(TABLE, { id: `partition-${partition}`, at, text: textOf(n) }),
    get: (partition, at) => driver.getItem(TABLE, { id: `partition-${partition}`, at }),
    query: (partition) => driver.query(TABLE, [{ kind: 'KeyEquals', key: 'id', value: `partition-${partition}` }]),
    async close() {
      await driver.close();
      database.close();
    },
  };
}
