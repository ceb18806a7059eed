import type { Clock } from '../../../core/clock.ts';
import type { ObjectEncryption, PutOptions } from '../port.ts';
import type { BucketRow, Buckets } from './buckets.ts';
import { invalid } from './errors.ts';
import type { Files } from './files.ts';
import type { Keyring } from './keyring.ts';
import type { Outbox } from './outbox.ts';
import type { StoreIndex } from './storeIndex.ts';
import type { Changed, Versions } from './versions.ts';

/** The parts that a store is made of. */
export interface Store {
  directory: string;
  clock: Clock;
  index: StoreIndex;
  files: Files;
  keys: Keyring;
  outbox: Outbox;
  buckets: Buckets;
  versions: Versions;
}

/** Commits a change; the files that it makes superfluous are removed once it is on the disk, and what it tells is told. */
export async function commit<T extends Changed>({ index, files, outbox }: Store, make: () => T): Promise<T> {
  const changed = await index.change(make);
  files.discard(changed.files);
  outbox.drain();
  return changed;
}

type Encryption = NonNullable<PutOptions['encryption']>;

/** How something is to be encrypted: as its writer says, else as its bucket does, else with the managed key. */
export function encryptionFor({ name, config }: BucketRow, asked: PutOptions['encryption']): Encryption {
  if (asked) return asked;
  const { type, keyId } = config.encryption ?? { type: 'ServerSideEncryption' };
  if (type === 'CustomerProvidedKey') {
    throw invalid(`bucket "${name}" takes objects with a customer-provided key only; send one`);
  }
  return type === 'CustomerManagedKey' ? { type, keyId: keyId! } : { type: 'ServerSideEncryption' };
}

/** Whether S3 gives the MD5 of the content as ETag: not where only the holder of a key may learn anything of the content. */
export const hasMd5Etag = ({ type }: Pick<ObjectEncryption, 'type'>): boolean => type === 'ServerSideEncryption';
