import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../../core/clock.ts';
import { newId } from '../../../core/ids.ts';
import type { Bucket, BucketConfig } from '../../../types/storage.ts';
import type {
  Content,
  DeleteOptions,
  Deletion,
  GetOptions,
  Listing,
  ListOptions,
  ObjectVersion,
  PutOptions,
  StorageCapability,
  StoredObject,
} from '../port.ts';
import { Buckets, bucketView } from './buckets.ts';
import { Files } from './files.ts';
import { Keyring } from './keyring.ts';
import { listObjects } from './listing.ts';
import { deleteObject, getObject, headObject, putObject } from './objects.ts';
import { Outbox, type Publish } from './outbox.ts';
import type { Store } from './store.ts';
import { StoreIndex } from './storeIndex.ts';
import { Versions } from './versions.ts';

export interface LocalStorageOptions {
  /** The store has it for itself: its index, its content and its managed key lie there. */
  directory: string;
  clock?: Clock;
  /** Where the events of objects go; tried again until it resolves. */
  publish?: Publish;
}

/**
 * Object storage in a directory of this machine: an index in SQLite, and the content, encrypted, in files beside it. Content is on the disk
 * before the one commit that makes it visible, so that what was acknowledged survives a crash and nothing else is ever seen.
 */
export class LocalStorage {
  readonly capabilities: ReadonlySet<StorageCapability> = new Set<StorageCapability>([
    'versioning',
    'lifecycle',
    'storageClasses',
    'cors',
    'publicAccessBlock',
    'serverSideEncryption',
    'customerManagedKeys',
    'customerProvidedKeys',
    'conditionalWrites',
    'conditionalDeletes',
    'checksums',
    'tags',
    'presignedPost',
    'events',
  ]);
  readonly #store: Store;
  /** Resolves when the files that an earlier process left half-written are removed. */
  readonly swept: Promise<void>;

  private constructor(store: Store) {
    this.#store = store;
    this.swept = store.files.sweep((name) => isKnown(store.index, name)).catch(() => undefined);
    store.outbox.drain();
  }

  static async open({ directory, clock = systemClock, publish }: LocalStorageOptions): Promise<LocalStorage> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const index = StoreIndex.open(directory);
    try {
      const now = (): Date => clock.now();
      const keys = await Keyring.open(index);
      const outbox = new Outbox(index, clock, await storeId(index), publish);
      const buckets = new Buckets(index, now);
      const versions = new Versions(index, outbox, now);
      const files = new Files(join(directory, 'content'));
      return new LocalStorage({ directory, clock, index, files, keys, outbox, buckets, versions });
    } catch (error) {
      index.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#store.outbox.close();
    await this.swept;
    this.#store.index.close();
  }

  async createBucket(name: string, config: BucketConfig): Promise<Bucket> {
    return bucketView(await this.#store.buckets.create(name, config));
  }

  async deleteBucket(name: string): Promise<void> {
    this.#store.files.discard(await this.#store.buckets.delete(name));
  }

  async listBuckets(): Promise<Bucket[]> {
    return this.#store.buckets.list().map(bucketView);
  }

  async getBucket(name: string): Promise<Bucket> {
    return bucketView(this.#store.buckets.get(name));
  }

  async getBucketConfig(name: string): Promise<BucketConfig> {
    return this.#store.buckets.get(name).config;
  }

  async updateBucketConfig(name: string, change: Partial<BucketConfig>): Promise<void> {
    await this.#store.buckets.update(name, change);
  }

  putObject(bucket: string, key: string, content: Content, options?: PutOptions): Promise<ObjectVersion> {
    return putObject(this.#store, bucket, key, content, options);
  }

  async getObject(bucket: string, key: string, options?: GetOptions): Promise<StoredObject> {
    return getObject(this.#store, bucket, key, options);
  }

  async headObject(bucket: string, key: string, options?: GetOptions): Promise<Omit<StoredObject, 'content'>> {
    return headObject(this.#store, bucket, key, options);
  }

  deleteObject(bucket: string, key: string, options?: DeleteOptions): Promise<Deletion> {
    return deleteObject(this.#store, bucket, key, options);
  }

  async listObjects(bucket: string, options?: ListOptions): Promise<Listing<ObjectVersion>> {
    return listObjects(this.#store, bucket, options);
  }
}

/** Whether the index names a file of content: `<content>.<number>.<random>`. */
function isKnown(index: StoreIndex, name: string): boolean {
  const [content = '', number = ''] = name.split('.');
  return (
    index.one('select file from segments where content = ? and number = ?', content, Number(number))?.file === name
  );
}

async function storeId(index: StoreIndex): Promise<string> {
  const known = index.one("select value from facts where name = 'store'")?.value;
  if (known !== undefined) return String(known);
  const made = newId();
  await index.change(() => index.run("insert into facts values ('store', ?)", made));
  return made;
}
