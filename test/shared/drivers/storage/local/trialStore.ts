import { createCipheriv } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { LocalStorage, type LocalStorageOptions } from '../../../../../shared/drivers/storage/local/index.ts';
import { BucketConfig } from '../../../../../shared/types/storage.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Does something after the test, before what was asked for earlier. */
export function afterwards(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup);
}

/** A directory that is gone after the test. */
export async function trialDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'cloudlib-store-'));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A store in a directory of its own, or in the one that is given; closed after the test. */
export async function trialStore(options: Partial<LocalStorageOptions> = {}): Promise<LocalStorage> {
  const store = await LocalStorage.open({ directory: options.directory ?? (await trialDirectory()), ...options });
  cleanups.push(() => store.close().catch(() => undefined));
  return store;
}

/** A store with one bucket, `bbb`. */
export async function trialBucket(
  config: object = {},
  options: Partial<LocalStorageOptions> = {},
): Promise<LocalStorage> {
  const store = await trialStore(options);
  await store.createBucket('bbb', BucketConfig.parse(config));
  return store;
}

export async function bytesOf(content: ReadableStream<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The content of an object as text. */
export async function textOf(store: LocalStorage, key: string, versionId?: string): Promise<string> {
  const { content } = await store.getObject('bbb', key, { ...(versionId !== undefined && { versionId }) });
  return (await bytesOf(content)).toString();
}

/** Bytes that look random and are the same in each run. */
export function patterned(size: number, seed = 1): Buffer {
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  return stream.update(Buffer.alloc(size));
}
