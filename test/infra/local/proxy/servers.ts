import { createServer, type RequestListener, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';
import { ReverseProxy, type RevisionSample, type Target } from '../../../../infra/local/proxy/index.ts';

/** Something listening on 127.0.0.1 that a test closes again. */
export interface Listening extends AsyncDisposable {
  port: number;
  server: net.Server;
}

/** A replica that is an HTTP server of Node. */
export function httpReplica(listener: RequestListener): Promise<Listening & { server: Server }> {
  const server = createServer(listener);
  return listening(server, () => server.closeAllConnections());
}

/** A replica that does with each connection what the test says, HTTP or not. */
export function rawReplica(onConnection: (socket: net.Socket) => void): Promise<Listening> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  return listening(server, () => {
    for (const socket of sockets) socket.destroy();
  });
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  await using replica = await rawReplica(() => {});
  return replica.port;
}

async function listening<T extends net.Server>(server: T, closeAll: () => void): Promise<Listening & { server: T }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      closeAll();
      await closed;
    },
  };
}

/** A proxy with the deployment `web`; its end also ends `api` and `new`, which a test may add. */
export interface Web extends AsyncDisposable {
  proxy: ReverseProxy;
  port: number;
  url: string;
  samples: RevisionSample[];
  /** Sets the route with these weights and targets. */
  route(weights: Record<string, number>, targets: Target[]): Promise<{ port: number }>;
  /** The sums over everything sampled so far, by revision. */
  totals(): Promise<Record<string, { requests: number; errors: number; latencies: number }>>;
}

/** Starting a thread takes a while, so that the tests of a file share one proxy and give back its routes. */
let shared: Promise<ReverseProxy> | undefined;
let onSample: (samples: RevisionSample[]) => void = () => {};

afterAll(async () => {
  await (await shared)?.close();
});

/** A proxy whose deployment `web` sends everything to revision `v1`, with one replica for each port. */
export async function web(...ports: number[]): Promise<Web> {
  const samples: RevisionSample[] = [];
  shared ??= ReverseProxy.start({ onSample: (more) => onSample(more) });
  const proxy = await shared;
  onSample = (more) => samples.push(...more);
  const route: Web['route'] = (weights, targets) => proxy.setRoute({ deployment: 'web', port: 0, weights, targets });
  const { port } = await route({ v1: 100 }, ports.map(target));
  return {
    proxy,
    port,
    url: `http://127.0.0.1:${port}`,
    samples,
    route,
    async totals() {
      await proxy.flush();
      const totals: Record<string, { requests: number; errors: number; latencies: number }> = {};
      for (const { revision, requests, errors, latency } of samples) {
        totals[revision] ??= { requests: 0, errors: 0, latencies: 0 };
        const total = totals[revision];
        total.requests += requests;
        total.errors += errors;
        total.latencies += latency.count;
      }
      return totals;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(['web', 'api', 'new'].map((deployment) => proxy.removeRoute(deployment)));
    },
  };
}

/** A replica of `v1` on this port. */
export function target(port: number, index = 0): Target {
  return { revision: 'v1', replica: `v1-${index}`, port };
}

/** Sends these bytes and answers everything that comes back until the proxy closes. */
export async function sendRaw(port: number, text: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(text, 'latin1');
  let answer = '';
  for await (const chunk of socket) answer += (chunk as Buffer).toString('latin1');
  return answer;
}
