import { buffer } from 'node:stream/consumers';
import type { z } from 'zod';
import type { Json } from '../../shared/core/codecs.ts';
import type { Duration } from '../../shared/core/duration.ts';
import { CloudError } from '../../shared/core/errors.ts';
import { type Authored, author, decode, encode } from '../../shared/core/validation.ts';
import type { Deletion, Part, Upload, VersionListOptions } from '../../shared/drivers/storage/port.ts';
import { defaultHost, type Host } from '../../shared/host.ts';
import type { Operation } from '../../shared/operation.ts';
import type { Provider } from '../../shared/provider.ts';
import { cloudError } from '../../shared/types/errors.ts';
import type { DeleteMarker, ObjectVersion } from '../../shared/types/objects.ts';
import type { HttpMethod } from '../../shared/types/scalars.ts';
import {
  type Bucket,
  BucketConfig,
  type InputStream,
  type MultipartUpload,
  type ObjectInfo,
  type OutputStream,
  PartInfo,
  type PresignedCondition,
  type PresignedPost,
  type StorageObject,
} from '../../shared/types/storage.ts';
import createBucket from './createBucket.ts';
import deleteBucket from './deleteBucket.ts';
import generatePresignedPost from './generatePresignedPost.ts';
import generatePresignedUrl from './generatePresignedUrl.ts';
import getBucket from './getBucket.ts';
import getBucketConfig from './getBucketConfig.ts';
import getTags from './getTags.ts';
import listBuckets from './listBuckets.ts';
import {
  type BucketConfigInput,
  Content,
  type CopyObjectOptions,
  type ListingOptions,
  type ReadOptions,
  type StoreOptions,
  type StreamOptions,
  storedAs,
} from './options.ts';
import putTags from './putTags.ts';
import { RemoteStorage, type RequestStorage } from './remoteStorage.ts';
import { conditionsOf } from './requests.ts';
import restoreObject from './restoreObject.ts';
import updateBucketConfig from './updateBucketConfig.ts';
import { uploadStream } from './uploadStream.ts';

export type * from './options.ts';

/**
 * The buckets and objects of a provider.
 *
 * It talks to the host that runs on the state directory; where none runs it starts one inside the program, and what is stored outlives it.
 * Every method rejects with a `CloudError` of the family `StorageError`. An array holds a whole listing in memory; a listing that is
 * iterated is fetched in pages, and stays right while objects are written and deleted.
 */
export class ObjectStorage {
  readonly provider: Provider;
  readonly region: string | undefined;
  readonly #host: () => Promise<Host>;

  constructor(
    provider: Provider,
    { host = defaultHost, region }: { host?: () => Promise<Host>; region?: string } = {},
  ) {
    this.provider = region === undefined ? provider : inRegion(provider, region);
    this.region = region;
    this.#host = host;
  }

  /** The provider's storage in another region. */
  withRegion(region: string): ObjectStorage {
    return new ObjectStorage(this.provider, { host: this.#host, region });
  }

  async createBucket(name: string, config: BucketConfigInput = {}): Promise<Bucket> {
    return this.#invoke(createBucket, {
      name,
      config: author(BucketConfig, config, `configuration of bucket "${name}"`),
    });
  }

  /** Deletes a bucket that holds nothing. */
  async deleteBucket(name: string): Promise<void> {
    await this.#invoke(deleteBucket, { name });
  }

  async listBuckets(): Promise<Bucket[]> {
    return (await this.#invoke(listBuckets, {})).buckets;
  }

  async getBucket(name: string): Promise<Bucket> {
    return this.#invoke(getBucket, { name });
  }

  async getBucketConfig(name: string): Promise<BucketConfig> {
    return this.#invoke(getBucketConfig, { name });
  }

  /** Replaces those parts of the configuration that are given; `null` removes one. */
  async updateBucketConfig(
    name: string,
    change: Authored<z.input<typeof updateBucketConfig.input>['change']>,
  ): Promise<BucketConfig> {
    const place = `change of bucket "${name}"`;
    return this.#invoke(updateBucketConfig, author(updateBucketConfig.input, { name, change }, place));
  }

  async putObject(
    bucket: string,
    key: string,
    data: Uint8Array,
    metadata?: Record<string, string>,
    options: StoreOptions = {},
  ): Promise<ObjectInfo> {
    const content = decode(Content, data, `content of object "${key}"`);
    const { kept, preconditions } = storedAs(key, { ...options, metadata });
    const store = await this.#store();
    return ours(store.putObject(bucket, key, content, { ...kept, size: content.length, preconditions }));
  }

  /** Reads an object, or a part of it, into memory. */
  async getObject(bucket: string, key: string, options: ReadOptions = {}): Promise<StorageObject> {
    const store = await this.#store();
    const { version, content } = await ours(store.getObject(bucket, key, options));
    const data = new Uint8Array(await ours(buffer(content)));
    return { info: version, data, metadata: version.metadata };
  }

  /** Everything about an object but its content. */
  async headObject(bucket: string, key: string, options: Omit<ReadOptions, 'range'> = {}): Promise<ObjectVersion> {
    const store = await this.#store();
    return (await ours(store.headObject(bucket, key, options))).version;
  }

  /** Deletes an object; in a bucket with versions a delete marker hides it. What does not exist is no error. */
  async deleteObject(bucket: string, key: string, { ifMatch }: { ifMatch?: string } = {}): Promise<Deletion> {
    const store = await this.#store();
    const conditions = ifMatch === undefined ? {} : { preconditions: { ifMatch: [ifMatch] } };
    return ours(store.deleteObject(bucket, key, conditions));
  }

  /** Deletes one version, or one delete marker, for good. */
  async deleteVersion(bucket: string, key: string, versionId: string): Promise<Deletion> {
    const store = await this.#store();
    return ours(store.deleteObject(bucket, key, { versionId }));
  }

  async copyObject(
    srcBucket: string,
    srcKey: string,
    dstBucket: string,
    dstKey: string,
    { sourceVersionId, ...options }: CopyObjectOptions = {},
  ): Promise<ObjectInfo> {
    const { kept, preconditions } = storedAs(dstKey, options);
    const store = await this.#store();
    const source = { bucket: srcBucket, key: srcKey, versionId: sourceVersionId };
    return ours(
      store.copyObject(
        source,
        { bucket: dstBucket, key: dstKey },
        {
          ...kept,
          preconditions,
          replaceMetadata: (kept.metadata ?? kept.headers) !== undefined,
          replaceTags: kept.tags !== undefined,
        },
      ),
    );
  }

  /** The objects whose keys begin with a prefix, in the order of their keys' bytes, all in one array. */
  async listObjects(bucket: string, prefix = ''): Promise<ObjectInfo[]> {
    const found: ObjectInfo[] = [];
    for await (const object of this.objects(bucket, { prefix })) found.push(object);
    return found;
  }

  /** The same, fetched in pages while they are taken. */
  async *objects(bucket: string, options: ListingOptions = {}): AsyncGenerator<ObjectVersion> {
    const store = await this.#store();
    for (let after: string | undefined; ; ) {
      const { entries, next } = await ours(store.listObjects(bucket, { ...options, after }));
      yield* entries;
      if (next === undefined) return;
      after = next;
    }
  }

  /** The keys' beginnings up to the delimiter and the objects without it after the prefix: what a folder would show. */
  async listFolder(
    bucket: string,
    prefix = '',
    delimiter = '/',
  ): Promise<{ folders: string[]; objects: ObjectVersion[] }> {
    const store = await this.#store();
    const folder: { folders: string[]; objects: ObjectVersion[] } = { folders: [], objects: [] };
    for (let after: string | undefined; ; ) {
      const { entries, commonPrefixes, next } = await ours(store.listObjects(bucket, { prefix, delimiter, after }));
      folder.folders.push(...commonPrefixes);
      folder.objects.push(...entries);
      if (next === undefined) return folder;
      after = next;
    }
  }

  /** Versions and delete markers, the newest of each key first. */
  async *versions(bucket: string, options: ListingOptions = {}): AsyncGenerator<ObjectVersion | DeleteMarker> {
    const store = await this.#store();
    for (let page: VersionListOptions = options; ; ) {
      const listing = await ours(store.listVersions(bucket, page));
      yield* listing.entries;
      if (listing.next === undefined) return;
      page = { ...options, after: listing.next, afterVersion: listing.nextVersion };
    }
  }

  async getTags(bucket: string, key: string, versionId?: string): Promise<Record<string, string>> {
    return (await this.#invoke(getTags, { bucket, key, versionId })).tags;
  }

  /** Replaces all tags. */
  async putTags(bucket: string, key: string, tags: Record<string, string>, versionId?: string): Promise<void> {
    await this.#invoke(putTags, { bucket, key, versionId, tags });
  }

  /** Makes a copy of an archived object that can be read for so many days. */
  async restoreObject(bucket: string, key: string, days: number, versionId?: string): Promise<void> {
    await this.#invoke(restoreObject, { bucket, key, versionId, days });
  }

  /**
   * Stores what a stream holds: small content at once, larger in parts of 8 MiB or more, of which a few are in memory.
   *
   * An upload that fails leaves nothing, unless `resume` is set: then what arrived is kept, and the same call with the content from its
   * beginning takes the newest unfinished upload of the key up and sends those parts alone that the store does not have.
   */
  async putObjectStream(
    bucket: string,
    key: string,
    stream: InputStream,
    size?: number,
    { resume, onProgress, ...options }: StreamOptions = {},
  ): Promise<ObjectInfo> {
    const { kept, preconditions } = storedAs(key, options);
    const store = await this.#store();
    return ours(
      uploadStream(store, {
        bucket,
        key,
        stream,
        size,
        kept,
        preconditions,
        resume,
        ...(onProgress && { onProgress }),
      }),
    );
  }

  /** The content of an object, or of a part of it, as it is read from the store. */
  async getObjectStream(bucket: string, key: string, options: ReadOptions = {}): Promise<OutputStream> {
    const store = await this.#store();
    return (await ours(store.getObject(bucket, key, options))).content;
  }

  async startMultipartUpload(bucket: string, key: string, options: StreamOptions = {}): Promise<MultipartUpload> {
    const { kept } = storedAs(key, options);
    const store = await this.#store();
    const { uploadId, initiated } = await ours(store.startUpload(bucket, key, kept));
    return { uploadId, bucket, key, initiated };
  }

  /** Uploads a part; parts may come in any order, and one that comes again replaces the earlier one. */
  async uploadPart(upload: MultipartUpload, partNumber: number, data: Uint8Array): Promise<PartInfo> {
    const content = decode(Content, data, `part ${partNumber} of object "${upload.key}"`);
    decode(PartInfo.shape.partNumber, partNumber, `part of object "${upload.key}"`);
    const store = await this.#store();
    const { etag, size } = await ours(store.uploadPart(upload, partNumber, content, { size: content.length }));
    return { partNumber, etag, size };
  }

  /** Makes the object of the parts, in the order of their numbers. */
  async completeMultipartUpload(
    upload: MultipartUpload,
    parts: PartInfo[],
    { ifMatch, ifNoneMatch }: Pick<StoreOptions, 'ifMatch' | 'ifNoneMatch'> = {},
  ): Promise<ObjectInfo> {
    const store = await this.#store();
    const completed = parts.map(({ partNumber, etag }) => ({ partNumber, etag }));
    return ours(store.completeUpload(upload, completed, conditionsOf({ ifMatch, ifNoneMatch })));
  }

  /** Ends an upload; what arrived of it is removed. */
  async abortMultipartUpload(upload: MultipartUpload): Promise<void> {
    const store = await this.#store();
    await ours(store.abortUpload(upload));
  }

  /** The parts of an upload that have arrived. */
  async *listParts(upload: MultipartUpload): AsyncGenerator<Part> {
    const store = await this.#store();
    for (let after: number | undefined; ; ) {
      const { parts, next } = await ours(store.listParts(upload, { after }));
      yield* parts;
      if (next === undefined) return;
      after = next;
    }
  }

  /** The uploads in parts that were neither completed nor aborted. */
  async *listUploads(bucket: string, options: ListingOptions = {}): AsyncGenerator<Upload> {
    const store = await this.#store();
    for (let page: VersionListOptions = options; ; ) {
      const listing = await ours(store.listUploads(bucket, page));
      yield* listing.entries;
      if (listing.next === undefined) return;
      page = { ...options, after: listing.next, afterVersion: listing.nextUpload };
    }
  }

  /** A URL with which anyone may do one request until it expires: not for logs. */
  async generatePresignedUrl(
    bucket: string,
    key: string,
    method: HttpMethod,
    expires: Duration,
    { versionId, headers }: { versionId?: string; headers?: Record<string, string> } = {},
  ): Promise<string> {
    const request = { bucket, key, method, expires: String(expires), versionId, headers };
    const input = decode(generatePresignedUrl.input, request, `URL of object "${key}"`);
    return (await this.#invoke(generatePresignedUrl, input)).url;
  }

  /** The fields of a form with which anyone may upload an object until it expires. */
  async generatePresignedPost(
    bucket: string,
    key: string,
    expires: Duration,
    conditions: PresignedCondition[] = [],
  ): Promise<PresignedPost> {
    return this.#invoke(generatePresignedPost, { bucket, key, expires, conditions });
  }

  /** The driver itself where the host is in this process: what is done for each request takes no other way. */
  async #store(): Promise<RequestStorage> {
    const host = await this.#host();
    if (host.surroundings) return this.provider.driver('storage', host.surroundings);
    return new RemoteStorage((operation, input) => host.invoke(operation, input, { provider: this.provider.name }));
  }

  async #invoke<Input extends z.ZodType, Output extends z.ZodType>(
    { name, input: Input, output: Output }: Pick<Operation<string, Input, Output>, 'name' | 'input' | 'output'>,
    input: z.output<Input>,
  ): Promise<z.output<Output>> {
    const host = await this.#host();
    const json = JSON.parse(JSON.stringify(encode(Input, input, name))) as Json;
    return decode(Output, await host.invoke(name, json, { provider: this.provider.name }), name);
  }
}

function inRegion(provider: Provider, region: string): Provider {
  if (provider.inRegion) return provider.inRegion(region);
  throw cloudError('Unimplemented', `${provider.name}: there are no regions, got "${region}"; leave the region out`, {
    provider: provider.name,
    capability: 'regions',
    reason: 'it is in one place',
  });
}

/** Whatever a driver throws, as an error of ours. */
const ours = <T>(promise: Promise<T>): Promise<T> =>
  promise.catch((thrown) => {
    throw CloudError.from(thrown);
  });
