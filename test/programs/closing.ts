// A host in a process of its own that closes its deployments as its argument says, and then must end by itself.
import { eventually } from '../eventually.ts';
import { create, Machine } from '../shared/drivers/deploy/local/machine.ts';

const machine = new Machine();
const driver = await machine.start({ stopGrace: 60_000 });
await create(driver);
await driver.scale('app', 'v1', 1);
await eventually(async () => {
  if ((await driver.health('app', 'v1')).ready !== 1) throw new Error('not ready yet');
});
const [pid] = machine.pids();
await machine.close(driver, process.argv[2] as 'leave' | 'suspend');
console.log(JSON.stringify({ pid, directory: machine.directory, closedAt: Date.now() }));
