import type { ObjectStorage } from '../functions/storage/index.ts';
import { local } from '../shared/provider.ts';
import type { Session } from './session.ts';

/** The option of every command that works with objects. */
export interface StorageOptions {
  provider: string;
}

/** How that option is written and described. */
export const PROVIDER_OPTION = ['--provider <name>', 'a provider of the configuration', 'local'] as const;

/** The storage of a provider of the host that runs. */
export async function storageOf(session: Session<StorageOptions>): Promise<ObjectStorage> {
  // Loaded here, because the other commands start without it.
  const { ObjectStorage } = await import('../functions/storage/index.ts');
  // The host has the driver; here the provider is no more than its name.
  return new ObjectStorage({ ...local(), name: session.options.provider }, { host: () => session.host() });
}
