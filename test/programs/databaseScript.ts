// A script with a host inside it: it has a database, tells its process, and ends as it is told.
import { DatabaseSync } from 'node:sqlite';
import { DatabaseService } from '../../functions/database/index.ts';
import { LocalHost } from '../../infra/local/host.ts';
import { local } from '../../shared/provider.ts';

const [directory, ending] = process.argv.slice(2) as [string, string];
const host = await LocalHost.start({ directory, embedded: true });
const databases = new DatabaseService(local(), { host: async () => host });
const config = {
  engine: { kind: 'PostgreSQL', version: '18' },
  version: '18',
  instanceClass: 'db.t4g.micro',
  allocatedStorage: 20,
  encryption: false,
  backupRetention: 0,
} as const;
const { instances } = (await host.invoke('database.listInstances', {})) as { instances: unknown[] };
if (instances.length === 0) await databases.createInstance('orders', config);
while (!(await databases.testConnection('orders'))) await new Promise((resolve) => setTimeout(resolve, 20));
const state = new DatabaseSync(`${directory}/state.db`, { readOnly: true });
console.log(JSON.stringify(state.prepare('select pid, started from database_servers').get()));
state.close();
if (ending === 'throw') throw new Error('the script fails');
if (ending === 'exit') process.exit(0);
await host.close();
