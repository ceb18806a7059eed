import { resolve } from 'node:path';
import type { Host } from '../../shared/host.ts';
import { RemoteHost } from './client.ts';
import { HostLock, readAddress } from './store/database.ts';

/** The state directory of a program that was told none. */
export const stateDirectory = (): string => resolve(process.env.CLOUDLIB_STATE ?? '.cloudlib');

/** The host that answers for a state directory, or undefined when none does. */
export function findHost(directory: string): Host | undefined {
  const address = readAddress(directory);
  return address?.url && HostLock.isHeld(directory) ? new RemoteHost(address) : undefined;
}

/** The host that runs on a state directory; where none does, one inside this process, whose deployments end with it. */
export async function connect(directory: string): Promise<Host> {
  const found = findHost(directory);
  if (found) return found;
  // A program that finds a host does without the engine, the proxy and the drivers, and starts in half the time.
  const { LocalHost } = await import('./host.ts');
  const host = await LocalHost.start({ directory, embedded: true });
  warnOnce(directory);
  closeOnSignals(host);
  return host;
}

let warned = false;

function warnOnce(directory: string): void {
  if (warned) return;
  warned = true;
  process.emitWarning(
    `no host runs on ${directory}, so this process is the host: what it deploys ends with it; to keep it, run "cloudlib start" first`,
    { code: 'CLOUDLIB_EMBEDDED' },
  );
}

/** The first signal closes the host and then ends the process as the signal would have; a second one ends it at once. */
function closeOnSignals(host: Host): void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const close = (signal: NodeJS.Signals): void => {
    for (const each of signals) process.off(each, close);
    host
      .close()
      .catch((error: Error) => process.emitWarning(`the host did not close cleanly: ${error.message}`))
      .finally(() => process.kill(process.pid, signal));
  };
  for (const signal of signals) process.on(signal, close);
}
