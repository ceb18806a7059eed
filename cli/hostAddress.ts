import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type HostAddress, readAddress } from '../infra/local/store/database.ts';
import type { Host } from '../shared/host.ts';

export type { HostAddress };

/** The host that runs on a state directory and where it answers, or undefined when none does; a folder is never made for the asking. */
export async function runningHost(directory: string): Promise<{ host: Host; address: HostAddress } | undefined> {
  if (!existsSync(join(directory, 'lock.db'))) return undefined;
  const { findHost } = await import('../infra/local/connect.ts');
  const host = findHost(directory);
  const address = readAddress(directory);
  return host && address && { host, address };
}

/** Whether a gateway answers at a URL. */
export async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}
