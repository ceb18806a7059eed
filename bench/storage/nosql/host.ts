// A host in a process of its own, whose gateway is measured.
import { LocalHost } from '../../../infra/local/host.ts';

await LocalHost.start({ directory: process.argv[2]!, port: 0 });
process.send!('ready');
