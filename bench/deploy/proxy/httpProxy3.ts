// http-proxy-3 with a keep-alive agent, in turn over its targets.
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createProxyServer } from 'http-proxy-3';

const targets = process.argv.slice(2).map((port) => `http://127.0.0.1:${port}`);
const proxy = createProxyServer({ agent: new Agent({ keepAlive: true, maxSockets: 256 }) });
proxy.on('error', (_error, _request, response) => response.destroy());
let next = 0;
const server = createServer((request, response) => {
  proxy.web(request, response, { target: targets[next++ % targets.length] });
});
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
