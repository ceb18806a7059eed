// A host in a process of its own, for tests that kill it.
import { LocalHost } from '../../infra/local/host.ts';

const host = await LocalHost.start({ directory: process.argv[2]!, port: 0, stopGrace: 2000 });
console.log(`ready ${host.url}`);
process.on('SIGTERM', () => void host.close().then(() => process.exit(0)));
