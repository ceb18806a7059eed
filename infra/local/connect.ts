import { resolve } from 'node:path';
import type { Host } from '../../shared/host.ts';
import { RemoteHost } from './client.ts';
import { LocalHost } from './host.ts';
import { HostLock, readAddress } from './store/database.ts';

/** The state directory of a program that was told none. */
export const stateDirectory = (): string => resolve(process.env.CLOUDLIB_STATE ?? '.cloudlib');

/** The host that runs on a state directory, or undefined when none does. */
export function findHost(directory: string): Host | undefined {
  const lock = HostLock.take(directory);
  lock?.release();
  const address = lock ? undefined : readAddress(directory);
  return address && new RemoteHost(address);
}

/** The host that runs on a state directory; where none does, one inside this process, whose deployments end with it. */
export async function connect(directory: string): Promise<Host> {
  return findHost(directory) ?? LocalHost.start({ directory, embedded: true });
}
