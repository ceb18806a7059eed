import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { NoSQLTables } from '../../../functions/nosql/index.ts';
import { findHost } from '../../../infra/local/connect.ts';
import { local } from '../../../shared/provider.ts';
import { type Contender, TABLE, textOf } from './contender.ts';

const HOST = fileURLToPath(new URL('./host.ts', import.meta.url));

/** Our class against a host in another process: each call is an operation, which validates, remembers the request and publishes its outcome. */
export async function openGateway(directory: string): Promise<Contender> {
  const child = fork(HOST, [directory]);
  await once(child, 'message');
  const host = findHost(directory)!;
  const tables = new NoSQLTables(local(), { host: async () => host });
  await tables.createTable({
    name: TABLE,
    partitionKey: { name: 'id', type: 'String' },
    sortKey: { name: 'at', type: 'Number' },
    stream: 'None',
  });
  return {
    put: (partition, at, n) => tables.putItem(TABLE, { id: `partition-${partition}`, at, text: textOf(n) }),
    get: (partition, at) => tables.getItem(TABLE, { id: `partition-${partition}`, at }),
    query: (partition) => tables.query(TABLE, { kind: 'KeyEquals', key: 'id', value: `partition-${partition}` }),
    async close() {
      child.kill();
      await once(child, 'exit');
    },
  };
}
