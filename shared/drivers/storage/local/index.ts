import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Clock, systemClock } from '../../../core/clock.ts';
import { CloudError } from '../../../core/errors.ts';
import { newId } from '../../../core/ids.ts';
import type { Bucket, BucketConfig, PresignedCondition, PresignedPost } from '../../../types/storage.ts';
import { capabilities } from '../../capabilities.ts';
import {
  type CompletedPart,
  type CompleteOptions,
  type Content,
  type CopyOptions,
  type DeleteOptions,
  type Deletion,
  type GetOptions,
  type Listing,
  type ListOptions,
  type ObjectReference,
  type ObjectVersion,
  type Part,
  type PartOptions,
  type PresignOptions,
  type PutOptions,
  STORAGE_GATES,
  type StorageCapability,
  type StoragePort,
  type StoredObject,
  type Upload,
  type UploadOptions,
  type UploadReference,
  type VersionListOptions,
} from '../port.ts';
import { getTags, putTags, restoreObject } from './annotations.ts';
import { Buckets, bucketView } from './buckets.ts';
import { completeUpload } from './completion.ts';
import { invalid } from './errors.ts';
import { Files, syncDirectory } from './files.ts';
import { Keyring } from './keyring.ts';
import { Lifecycle } from './lifecycle.ts';
import { checkKey } from './limits.ts';
import { listObjects, listUploads, listVersions } from './listing.ts';
import { copyObject, deleteObject, putObject } from './objects.ts';
import { Outbox, type Publish } from './outbox.ts';
import { listParts, type PartCopyOptions, uploadPart, uploadPartCopy } from './parts.ts';
import { Restores } from './restores.ts';
import { getObject, headObject } from './retrieval.ts';
import type { Store } from './store.ts';
import { StoreIndex } from './storeIndex.ts';
import { abortUpload, startUpload } from './uploads.ts';
import { Versions } from './versions.ts';

export interface LocalStorageOptions {
  /** The store has it for itself: its index, its content and its managed key lie there. */
  directory: string;
  clock?: Clock;
  /** Where the events of objects go; tried again until it resolves. */
  publish?: Publish;
  /** What signs for the endpoint that serves this store over HTTP; without one nothing can be presigned. */
  presigner?: Presigner;
}

/** Makes requests that whoever has them may make, until they expire. */
export interface Presigner {
  url(bucket: string, key: string, options: PresignOptions): string | Promise<string>;
  post(
    bucket: string,
    key: string,
    expiresIn: number,
    conditions: PresignedCondition[],
  ): PresignedPost | Promise<PresignedPost>;
}

const LONGEST_EXPIRY = 7 * 24 * 3600 * 1000;

/**
 * Object storage in a directory of this machine: an index in SQLite, and the content, encrypted, in files beside it. Content is on the disk
 * before the one commit that makes it visible, so that what was acknowledged survives a crash and nothing else is ever seen.
 */
export class LocalStorage implements StoragePort {
  readonly capabilities = capabilities(STORAGE_GATES, Object.keys(STORAGE_GATES) as StorageCapability[]);
  readonly #store: Store;
  /** Resolves when the files that an earlier process left half-written are removed. */
  readonly swept: Promise<void>;

  readonly #lifecycle: Lifecycle;
  readonly #restores: Restores;
  readonly #presigner: Presigner | undefined;

  private constructor(store: Store, presigner: Presigner | undefined) {
    this.#store = store;
    this.#presigner = presigner;
    this.#lifecycle = new Lifecycle(store);
    this.#restores = new Restores(store);
    this.swept = store.files.sweep((name) => isKnown(store.index, name)).catch(() => undefined);
    store.outbox.drain();
    this.#lifecycle.start();
    this.#restores.arm();
  }

  static async open({
    directory,
    clock = systemClock,
    publish,
    presigner,
  }: LocalStorageOptions): Promise<LocalStorage> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const index = StoreIndex.open(directory);
    try {
      const now = (): Date => clock.now();
      const keys = await Keyring.open(index);
      const outbox = new Outbox(index, clock, await storeId(index), publish);
      const buckets = new Buckets(index, now);
      const versions = new Versions(index, outbox, now);
      const files = new Files(join(directory, 'content'));
      await syncDirectory(directory);
      // The directory above may be one that this process may not open.
      await syncDirectory(dirname(resolve(directory))).catch(() => undefined);
      return new LocalStorage({ directory, clock, index, files, keys, outbox, buckets, versions }, presigner);
    } catch (error) {
      index.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#lifecycle.close();
    await this.#restores.close();
    await this.#store.outbox.close();
    await this.#store.files.close();
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

  async copyObject(
    source: ObjectReference,
    target: Omit<ObjectReference, 'versionId'>,
    options?: CopyOptions,
  ): Promise<ObjectVersion> {
    return copyObject(this.#store, source, target, options);
  }

  async listObjects(bucket: string, options?: ListOptions): Promise<Listing<ObjectVersion>> {
    return listObjects(this.#store, bucket, options);
  }

  async listVersions(bucket: string, options?: VersionListOptions): ReturnType<StoragePort['listVersions']> {
    return listVersions(this.#store, bucket, options);
  }

  async getTags(reference: ObjectReference): Promise<Record<string, string>> {
    return getTags(this.#store, reference);
  }

  putTags(reference: ObjectReference, tags: Record<string, string>): Promise<void> {
    return putTags(this.#store, reference, tags);
  }

  async restoreObject(reference: ObjectReference, days: number): Promise<void> {
    await restoreObject(this.#store, reference, days);
    this.#restores.arm();
  }

  startUpload(bucket: string, key: string, options?: UploadOptions): Promise<Upload> {
    return startUpload(this.#store, bucket, key, options);
  }

  uploadPart(upload: UploadReference, partNumber: number, content: Content, options?: PartOptions): Promise<Part> {
    return uploadPart(this.#store, upload, partNumber, content, options);
  }

  uploadPartCopy(
    upload: UploadReference,
    partNumber: number,
    source: ObjectReference,
    options?: PartCopyOptions,
  ): Promise<Part> {
    return uploadPartCopy(this.#store, upload, partNumber, source, options);
  }

  async listParts(
    upload: UploadReference,
    options?: { after?: number; limit?: number },
  ): ReturnType<StoragePort['listParts']> {
    return listParts(this.#store, upload, options);
  }

  async listUploads(bucket: string, options?: VersionListOptions): ReturnType<StoragePort['listUploads']> {
    return listUploads(this.#store, bucket, options);
  }

  completeUpload(upload: UploadReference, parts: CompletedPart[], options?: CompleteOptions): Promise<ObjectVersion> {
    return completeUpload(this.#store, upload, parts, options);
  }

  abortUpload(upload: UploadReference): Promise<void> {
    return abortUpload(this.#store, upload);
  }

  async presignUrl(bucket: string, key: string, options: PresignOptions): Promise<string> {
    return this.#signing(bucket, key, options.expiresIn).url(bucket, key, options);
  }

  async presignPost(
    bucket: string,
    key: string,
    expiresIn: number,
    conditions: PresignedCondition[],
  ): Promise<PresignedPost> {
    return this.#signing(bucket, key, expiresIn).post(bucket, key, expiresIn, conditions);
  }

  #signing(bucket: string, key: string, expiresIn: number): Presigner {
    this.#store.buckets.get(bucket);
    checkKey(key);
    if (!(expiresIn > 0 && expiresIn <= LONGEST_EXPIRY)) {
      throw invalid(`expiresIn: more than 0 and at most ${LONGEST_EXPIRY} ms (7 days) expected (got ${expiresIn})`, {
        expiresIn,
      });
    }
    if (this.#presigner) return this.#presigner;
    const reason =
      'no endpoint serves this store, so that a presigned request would lead nowhere; open one (`cloudlib start`)';
    throw new CloudError('Unimplemented', reason, { details: { reason } });
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
