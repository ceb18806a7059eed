import { parentPort } from 'node:worker_threads';
import { CloudError } from '../../../shared/core/errors.ts';
import { Endpoint } from './endpoint.ts';
import type { Answer, Call, Request, Route, SampleJson } from './messages.ts';

/** The thread that traffic passes through, so that nothing the host does in its own delays it. */
const host = parentPort!;
const endpoints = new Map<string, Promise<Endpoint>>();

host.on('message', (request: Request) => {
  perform(request).then(
    (result) => say({ id: request.id, result }),
    (error) => say({ id: request.id, error: CloudError.from(error).toJSON() }),
  );
});

tick();

async function perform(call: Call): Promise<unknown> {
  switch (call.method) {
    case 'setRoute':
      return setRoute(call.route);
    case 'removeRoute':
      return removeRoute(call.deployment);
    case 'drain':
      return (await endpoints.get(call.deployment))?.drain(call.replica, call.timeoutMilliseconds) ?? true;
    case 'flush':
      return flush();
    case 'close':
      await Promise.allSettled([...endpoints.keys()].map(removeRoute));
  }
}

async function setRoute(route: Route): Promise<{ port: number }> {
  const { deployment } = route;
  const opening = endpoints.get(deployment) ?? Endpoint.open(route);
  endpoints.set(deployment, opening);
  const endpoint = await opening.catch((error) => {
    if (endpoints.get(deployment) === opening) endpoints.delete(deployment);
    throw error;
  });
  if (route.port !== 0 && route.port !== endpoint.port) {
    throw new CloudError(
      'Conflict',
      `deployment "${deployment}" listens on port ${endpoint.port} and cannot move to ${route.port}; remove its route first`,
    );
  }
  endpoint.update(route);
  return { port: endpoint.port };
}

async function removeRoute(deployment: string): Promise<void> {
  const opening = endpoints.get(deployment);
  endpoints.delete(deployment);
  const endpoint = await opening?.catch(() => undefined);
  if (!endpoint) return;
  await endpoint.close();
  saySamples(endpoint.takeCounts());
}

async function flush(): Promise<void> {
  const settled = await Promise.allSettled(endpoints.values());
  const open = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  saySamples(open.flatMap((endpoint) => endpoint.takeCounts()));
  for (const endpoint of open) endpoint.closeExpired();
}

/** Flushes at the beginning of every second. */
function tick(): void {
  setTimeout(() => void flush().finally(tick), 1_000 - (Date.now() % 1_000));
}

function saySamples(samples: SampleJson[]): void {
  if (samples.length > 0) say({ samples });
}

function say(answer: Answer): void {
  host.postMessage(answer);
}
