// Ends the thread of a proxy and asks its endpoint again; prints the answer.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Worker } from 'node:worker_threads';
import { ReverseProxy } from '../../infra/local/proxy/index.ts';
import { eventually } from '../eventually.ts';

const server = createServer((_, response) => response.end('v1')).listen(0, '127.0.0.1');
await once(server, 'listening');
const replica = { revision: 'v1', replica: 'a', port: (server.address() as AddressInfo).port };
const made = once(process, 'worker') as Promise<[Worker]>;
const proxy = await ReverseProxy.start({ onSample: () => undefined });
const { port } = await proxy.setRoute({ deployment: 'app', port: 0, weights: { v1: 100 }, targets: [replica] });
const [worker] = await made;
await worker.terminate();
const answer = await eventually(() => fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } }));
console.log(await answer.text());
await proxy.close();
server.close();
