import type { HttpMethod } from '../../types/scalars.ts';
import type {
  Bucket,
  BucketConfig,
  EncryptionType,
  ObjectInfo,
  PartInfo,
  PresignedCondition,
  PresignedPost,
  StorageClass,
} from '../../types/storage.ts';

import type { Capabilities } from '../capabilities.ts';

/** What a provider's object storage may have or lack, and what that opens; some are values of options, which the drivers refuse themselves. */
export const STORAGE_GATES = {
  versioning: [
    'listVersions',
    'updateBucketConfig.versioning',
    'getObject.versionId',
    'headObject.versionId',
    'deleteObject.versionId',
    'copyObject.versionId',
    'uploadPartCopy.versionId',
    'presignUrl.versionId',
  ],
  lifecycle: ['updateBucketConfig.lifecycleRules'],
  storageClasses: ['restoreObject', 'putObject.storageClass', 'copyObject.storageClass', 'startUpload.storageClass'],
  cors: ['updateBucketConfig.corsRules'],
  publicAccessBlock: ['createBucket.publicAccessBlock', 'updateBucketConfig.publicAccessBlock'],
  serverSideEncryption: [],
  customerManagedKeys: [],
  customerProvidedKeys: [
    'getObject.customerKey',
    'headObject.customerKey',
    'uploadPart.customerKey',
    'uploadPartCopy.customerKey',
    'uploadPartCopy.sourceCustomerKey',
    'copyObject.sourceCustomerKey',
  ],
  conditionalWrites: ['putObject.preconditions', 'copyObject.preconditions', 'completeUpload.preconditions'],
  conditionalDeletes: ['deleteObject.preconditions'],
  checksums: [
    'putObject.checksum',
    'copyObject.checksum',
    'startUpload.checksum',
    'uploadPart.checksum',
    'completeUpload.checksum',
  ],
  /** A checksum that is told when the content has come, as a trailer of HTTP is. */
  trailingChecksums: [],
  tags: ['getTags', 'putTags', 'putObject.tags', 'copyObject.tags', 'copyObject.replaceTags', 'startUpload.tags'],
  presignedPost: ['presignPost'],
  events: [],
} as const;

export type StorageCapability = keyof typeof STORAGE_GATES;

/** The content of an object on its way in. */
export type Content = Uint8Array | AsyncIterable<Uint8Array>;

export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256';

/** The checksum of a whole object, or of its parts' checksums, as base64; a composite one ends with `-` and the number of parts. */
export interface Checksum {
  algorithm: ChecksumAlgorithm;
  value: string;
  type: 'FULL_OBJECT' | 'COMPOSITE';
}

/** A key of 32 bytes that its owner sends with each request and that is never stored. */
export interface CustomerKey {
  key: Uint8Array;
}

/** How an object is encrypted where it lies. */
export interface ObjectEncryption {
  type: EncryptionType;
  /** Of a customer-managed key. */
  keyId?: string;
  /** Of a customer-provided key: the MD5 of the key as base64, by which it is recognised. */
  keyMd5?: string;
}

/** HTTP headers that are kept with an object and given back with it (RFC 9110). */
export interface ContentHeaders {
  contentType?: string;
  contentEncoding?: string;
  contentDisposition?: string;
  contentLanguage?: string;
  cacheControl?: string;
  expires?: string;
}

/** One version of an object, with all that is kept of it but its content. */
export interface ObjectVersion extends ObjectInfo {
  /** `null` for a version that was written without versioning; absent when the bucket never had any. */
  versionId?: string;
  latest: boolean;
  headers: ContentHeaders;
  tags: Record<string, string>;
  checksum?: Checksum;
  encryption?: ObjectEncryption;
  /** Of an object that was uploaded in parts: each part's number, size and checksum. */
  parts?: { partNumber: number; size: number; checksum?: Checksum }[];
  /** Of an archived object: a copy that can be read is being made, or there is one until `expires`. */
  restore?: { ongoing: boolean; expires?: Date };
}

/** A version that says that the key has no object any more. */
export interface DeleteMarker {
  key: string;
  versionId: string;
  latest: boolean;
  lastModified: Date;
}

/** What must hold of an object for a request to be done (RFC 9110, section 13). ETags are without quotes; `*` is any object at all. */
export interface Preconditions {
  ifMatch?: string[];
  ifNoneMatch?: string[];
  ifModifiedSince?: Date;
  ifUnmodifiedSince?: Date;
}

export interface PutOptions {
  /** Bytes, where known; content of another length is refused. */
  size?: number;
  metadata?: Record<string, string>;
  headers?: ContentHeaders;
  tags?: Record<string, string>;
  storageClass?: StorageClass;
  /** The bucket's own when left out. */
  encryption?:
    | { type: 'ServerSideEncryption' }
    | { type: 'CustomerManagedKey'; keyId: string }
    | ({ type: 'CustomerProvidedKey' } & CustomerKey);
  /** Is computed while the content is read; content for which another `value` is expected is refused and leaves nothing. */
  checksum?: { algorithm: ChecksumAlgorithm; value?: string | (() => string | undefined) };
  /** The MD5 that the content must have, as base64 (RFC 1864). */
  contentMd5?: string;
  /** Only `ifMatch` and `ifNoneMatch: ['*']` hold for writes; checked in the commit that makes the object visible. */
  preconditions?: Preconditions;
}

/** Bytes of an object: from `start` to `end`, both included; only `end`: that many last bytes. */
export interface ByteRange {
  start?: number;
  end?: number;
}

export interface GetOptions {
  versionId?: string;
  range?: ByteRange;
  /** One part of an object that was uploaded in parts. */
  partNumber?: number;
  preconditions?: Preconditions;
  customerKey?: CustomerKey;
}

/** An object with its content, which is read from the store as it is taken. */
export interface StoredObject {
  version: ObjectVersion;
  /** What of it `content` holds, and how much there is: offsets in bytes, `end` included. */
  range?: { start: number; end: number };
  content: ReadableStream<Uint8Array>;
}

export interface ObjectReference {
  bucket: string;
  key: string;
  versionId?: string;
}

export interface CopyOptions extends Omit<PutOptions, 'size' | 'contentMd5'> {
  /** What the source must fulfil. */
  sourcePreconditions?: Preconditions;
  sourceCustomerKey?: CustomerKey;
  /** Metadata and headers of `PutOptions` replace the source's; else they are copied, and tags likewise. */
  replaceMetadata?: boolean;
  replaceTags?: boolean;
}

export interface DeleteOptions {
  /** Deletes this version for good; without it a versioned bucket gets a delete marker. */
  versionId?: string;
  preconditions?: Preconditions;
}

/** What a deletion did: the delete marker that it made or removed, and the version that it was about. */
export interface Deletion {
  versionId?: string;
  deleteMarker: boolean;
}

export interface ListOptions {
  prefix?: string;
  /** Keys that have it after the prefix are given as one common prefix up to it. */
  delimiter?: string;
  /** Only keys, or common prefixes, after this one in the order of their UTF-8 bytes. */
  after?: string;
  /** At most so many keys and common prefixes together; 1,000 when left out. */
  limit?: number;
}

export interface Listing<T> {
  entries: T[];
  commonPrefixes: string[];
  /** What to pass as `after` for the next page; absent on the last one. */
  next?: string;
}

/** Where a page of versions or uploads begins: after this key, or within it after this version or upload. */
export interface VersionListOptions extends ListOptions {
  afterVersion?: string;
}

/** An upload in parts that is under way. */
export interface Upload {
  uploadId: string;
  bucket: string;
  key: string;
  initiated: Date;
  storageClass: StorageClass;
  checksum?: Pick<Checksum, 'algorithm' | 'type'>;
  encryption?: ObjectEncryption;
}

export interface UploadOptions extends Omit<PutOptions, 'size' | 'checksum' | 'contentMd5' | 'preconditions'> {
  checksum?: Pick<Checksum, 'algorithm' | 'type'>;
}

export interface Part extends PartInfo {
  lastModified: Date;
  checksum?: Checksum;
}

export type PartOptions = Pick<PutOptions, 'size' | 'checksum' | 'contentMd5'> & { customerKey?: CustomerKey };

/** A part as the one who completes an upload names it; a checksum that is named must be the part's. */
export interface CompletedPart {
  partNumber: number;
  etag: string;
  checksum?: string;
}

export interface CompleteOptions {
  preconditions?: Preconditions;
  /** What the whole object's checksum must be. */
  checksum?: string;
  /** How long the whole object must be, in bytes. */
  size?: number;
}

/** A presigned request: who has its URL may make it, until it expires. */
export interface PresignOptions {
  method: Extract<HttpMethod, 'GET' | 'HEAD' | 'PUT' | 'DELETE'>;
  /** Milliseconds, at most seven days. */
  expiresIn: number;
  versionId?: string;
  /** The request uploads this part of an upload; with `PUT`. */
  part?: { uploadId: string; partNumber: number };
  /** Headers that the request must carry with these values. */
  headers?: Record<string, string>;
}

/**
 * How one provider stores objects. Keys are any UTF-8 of 1 to 1,024 bytes. What is written is durable and whole when a call resolves, and
 * invisible before. Errors are of the family `StorageError`; what a caller cannot mean (a customer's key of 31 bytes, a part number of 0) is
 * `InvalidInput`.
 */
export interface StoragePort {
  readonly capabilities: Capabilities<typeof STORAGE_GATES>;

  createBucket(name: string, config: BucketConfig): Promise<Bucket>;
  deleteBucket(name: string): Promise<void>;
  /** In the order of their names. */
  listBuckets(): Promise<Bucket[]>;
  getBucket(name: string): Promise<Bucket>;
  getBucketConfig(name: string): Promise<BucketConfig>;
  /** Replaces those members that are given; `undefined` removes one that is optional. */
  updateBucketConfig(name: string, change: Partial<BucketConfig>): Promise<void>;

  putObject(bucket: string, key: string, content: Content, options?: PutOptions): Promise<ObjectVersion>;
  getObject(bucket: string, key: string, options?: GetOptions): Promise<StoredObject>;
  /** As `getObject`, without the content. */
  headObject(bucket: string, key: string, options?: GetOptions): Promise<Omit<StoredObject, 'content'>>;
  /** Deleting what does not exist is no error. */
  deleteObject(bucket: string, key: string, options?: DeleteOptions): Promise<Deletion>;
  copyObject(
    source: ObjectReference,
    target: Omit<ObjectReference, 'versionId'>,
    options?: CopyOptions,
  ): Promise<ObjectVersion>;
  listObjects(bucket: string, options?: ListOptions): Promise<Listing<ObjectVersion>>;
  /** Newest first within each key. */
  listVersions(
    bucket: string,
    options?: VersionListOptions,
  ): Promise<Listing<ObjectVersion | DeleteMarker> & { nextVersion?: string }>;
  getTags(reference: ObjectReference): Promise<Record<string, string>>;
  /** Replaces all tags: at most 10, keys of 1 to 128 and values of 0 to 256 characters. */
  putTags(reference: ObjectReference, tags: Record<string, string>): Promise<void>;
  /** Makes a copy of an archived object that can be read for so many days. */
  restoreObject(reference: ObjectReference, days: number): Promise<void>;

  startUpload(bucket: string, key: string, options?: UploadOptions): Promise<Upload>;
  /** A part that is uploaded again replaces the earlier one. */
  uploadPart(upload: UploadReference, partNumber: number, content: Content, options?: PartOptions): Promise<Part>;
  uploadPartCopy(
    upload: UploadReference,
    partNumber: number,
    source: ObjectReference,
    options?: {
      range?: ByteRange;
      sourcePreconditions?: Preconditions;
      sourceCustomerKey?: CustomerKey;
      customerKey?: CustomerKey;
    },
  ): Promise<Part>;
  /** In the order of their numbers. */
  listParts(
    upload: UploadReference,
    options?: { after?: number; limit?: number },
  ): Promise<{ upload: Upload; parts: Part[]; next?: number }>;
  listUploads(bucket: string, options?: VersionListOptions): Promise<Listing<Upload> & { nextUpload?: string }>;
  completeUpload(upload: UploadReference, parts: CompletedPart[], options?: CompleteOptions): Promise<ObjectVersion>;
  abortUpload(upload: UploadReference): Promise<void>;

  presignUrl(bucket: string, key: string, options: PresignOptions): Promise<string>;
  presignPost(bucket: string, key: string, expiresIn: number, conditions: PresignedCondition[]): Promise<PresignedPost>;
}

export interface UploadReference {
  bucket: string;
  key: string;
  uploadId: string;
}
