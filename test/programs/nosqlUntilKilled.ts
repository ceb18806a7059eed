// Writes items on the state directory that it is given, and prints each write that was acknowledged, until it is killed.
import { writeSync } from 'node:fs';
import { NoSQLTables } from '../../functions/nosql/index.ts';
import { LocalHost } from '../../infra/local/host.ts';
import { local } from '../../shared/provider.ts';

const host = await LocalHost.start({ directory: process.argv[2]! });
const tables = new NoSQLTables(local(), { host: async () => host });
if (!(await tables.listTables()).includes('counters'))
  await tables.createTable({ name: 'counters', partitionKey: { name: 'id', type: 'String' }, stream: 'Images' });

async function count(id: string): Promise<void> {
  for (;;) {
    const { item } = await tables.updateItem('counters', { id }, {}, { add: { n: 1 }, returning: 'New' });
    writeSync(1, `${JSON.stringify(item)}\n`);
  }
}

await Promise.all(['a', 'b', 'c'].map(count));
