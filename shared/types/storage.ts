import { z } from 'zod';
import { Bytes, Count, NonEmpty, Timestamp } from '../core/codecs.ts';
import { CorsRule } from './cors.ts';
import { HttpUrl, TextMap } from './scalars.ts';
import { variant, variants } from './variants.ts';

export { CorsRule } from './cors.ts';
export { HttpMethod } from './scalars.ts';

/** Ours: the name of a bucket that is to be made. */
export const BucketName = z
  .string()
  .regex(
    /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    '3 to 63 lower-case letters, digits, hyphens and dots expected, a letter or digit first and last, no two dots in a row, not an IP address',
  );

/** Ours: the key of an object, 1 to 1024 bytes of UTF-8. */
export const ObjectKey = z
  .string()
  .refine((key) => key.length > 0 && Buffer.byteLength(key) <= 1024, 'a key of 1 to 1024 bytes of UTF-8 expected');

/** Whether a bucket keeps earlier versions of its objects. */
export const VersioningStatus = z.enum(['Enabled', 'Suspended', 'Disabled']);
export type VersioningStatus = z.infer<typeof VersioningStatus>;

/** Who holds the key that objects are encrypted with. */
export const EncryptionType = z.enum(['ServerSideEncryption', 'CustomerManagedKey', 'CustomerProvidedKey']);
export type EncryptionType = z.infer<typeof EncryptionType>;

/** How a bucket encrypts its objects. */
export const EncryptionConfig = z
  .strictObject({ type: EncryptionType, keyId: NonEmpty.optional() })
  .refine(({ type, keyId }) => type !== 'CustomerManagedKey' || keyId !== undefined, {
    path: ['keyId'],
    error: 'a customer-managed key must be named',
  });
export type EncryptionConfig = z.infer<typeof EncryptionConfig>;

/** What an object costs to keep and to reach. */
export const StorageClass = z.enum([
  'Standard',
  'ReducedRedundancy',
  'StandardIA',
  'OneZoneIA',
  'Glacier',
  'GlacierDeepArchive',
  'IntelligentTiering',
]);
export type StorageClass = z.infer<typeof StorageClass>;

const Days = z.int32().min(1);

/** Ours: what happens to objects of a bucket as they grow old. */
export const LifecycleRule = z
  .strictObject({
    id: NonEmpty,
    enabled: z.boolean().default(true),
    prefix: z.string().default('').describe('of the keys that the rule holds for'),
    expirationDays: Days.optional(),
    noncurrentVersionExpirationDays: Days.optional(),
    abortIncompleteMultipartUploadDays: Days.optional(),
    transitions: z.array(z.strictObject({ days: Days, storageClass: StorageClass })).default([]),
  })
  .refine(
    (rule) =>
      rule.transitions.length > 0 ||
      (rule.expirationDays ?? rule.noncurrentVersionExpirationDays ?? rule.abortIncompleteMultipartUploadDays) !==
        undefined,
    'a rule must do something: give expirationDays, noncurrentVersionExpirationDays, abortIncompleteMultipartUploadDays or transitions',
  );
export type LifecycleRule = z.infer<typeof LifecycleRule>;

/** Ours: what keeps a bucket from becoming public by accident. */
export const PublicAccessBlock = z.strictObject({
  blockPublicAcls: z.boolean().default(true),
  ignorePublicAcls: z.boolean().default(true),
  blockPublicPolicy: z.boolean().default(true),
  restrictPublicBuckets: z.boolean().default(true),
});
export type PublicAccessBlock = z.infer<typeof PublicAccessBlock>;

/** How a bucket is to be made. */
export const BucketConfig = z.strictObject({
  versioning: VersioningStatus.default('Disabled'),
  encryption: EncryptionConfig.optional(),
  lifecycleRules: z.array(LifecycleRule).default([]),
  corsRules: z.array(CorsRule).default([]),
  publicAccessBlock: PublicAccessBlock.optional(),
});
export type BucketConfig = z.infer<typeof BucketConfig>;

/** A bucket as it is now. */
export const Bucket = z.strictObject({
  name: NonEmpty,
  creationDate: Timestamp,
  location: z.string(),
  versioning: VersioningStatus,
  encryption: EncryptionConfig.optional(),
});
export type Bucket = z.infer<typeof Bucket>;

/** Everything about an object but its content. */
export const ObjectInfo = z.strictObject({
  key: NonEmpty,
  size: Count.describe('bytes'),
  lastModified: Timestamp,
  etag: z.string(),
  storageClass: StorageClass,
  metadata: TextMap,
});
export type ObjectInfo = z.infer<typeof ObjectInfo>;

/** An object with its content (the specification's `Object`). */
export const StorageObject = z.strictObject({ info: ObjectInfo, data: Bytes, metadata: TextMap });
export type StorageObject = z.infer<typeof StorageObject>;

/** Ours: bytes that are read while they are sent. */
export type InputStream = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** Ours: bytes that can be read while they arrive. */
export type OutputStream = ReadableStream<Uint8Array>;

/** An upload in parts that is under way. */
export const MultipartUpload = z.strictObject({
  uploadId: NonEmpty,
  bucket: NonEmpty,
  key: NonEmpty,
  initiated: Timestamp,
});
export type MultipartUpload = z.infer<typeof MultipartUpload>;

/** One part of an upload that has arrived. */
export const PartInfo = z.strictObject({
  partNumber: z.int32().min(1).max(10_000),
  etag: NonEmpty,
  size: Count.describe('bytes'),
});
export type PartInfo = z.infer<typeof PartInfo>;

/** Where and with which form fields a browser may upload without credentials. */
export const PresignedPost = z.strictObject({ url: HttpUrl, fields: TextMap });
export type PresignedPost = z.infer<typeof PresignedPost>;

/** What an upload by a presigned form must fulfil. */
export const PresignedCondition = variants([
  variant('ContentLengthRange', { min: Count.describe('bytes'), max: Count.describe('bytes') }).refine(
    ({ min, max }) => min <= max,
    { path: ['max'], error: 'max must be at least min' },
  ),
  variant('StartsWith', { field: NonEmpty, value: z.string() }),
  variant('Exact', { field: NonEmpty, value: z.string() }),
]);
export type PresignedCondition = z.infer<typeof PresignedCondition>;
