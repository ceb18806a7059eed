import { z } from 'zod';
import { Count, NonEmpty, Timestamp } from '../core/codecs.ts';
import { TextMap } from './scalars.ts';
import { EncryptionType, ObjectInfo, StorageClass } from './storage.ts';

/** Ours: how the checksum of an object is computed. */
export const ChecksumAlgorithm = z.enum(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']);

/** Ours: the checksum of a whole object, or of its parts' checksums. */
export const ObjectChecksum = z.strictObject({
  algorithm: ChecksumAlgorithm,
  value: NonEmpty.describe('base64; a composite one ends with "-" and the number of parts'),
  type: z.enum(['FULL_OBJECT', 'COMPOSITE']),
});

/** Ours: HTTP headers that are kept with an object and given back with it. */
export const ContentHeaders = z.strictObject({
  contentType: NonEmpty.optional(),
  contentEncoding: NonEmpty.optional(),
  contentDisposition: NonEmpty.optional(),
  contentLanguage: NonEmpty.optional(),
  cacheControl: NonEmpty.optional(),
  expires: NonEmpty.optional(),
});

/** Ours: how an object is encrypted where it lies. */
export const ObjectEncryption = z.strictObject({
  type: EncryptionType,
  keyId: z.string().optional().describe('of a customer-managed key'),
  keyMd5: z.string().optional().describe('of a customer-provided key: its MD5 as base64'),
});

/** Ours: one version of an object, with all that is kept of it but its content. */
export const ObjectVersion = ObjectInfo.extend({
  versionId: NonEmpty.optional().describe('"null" for a version that was written without versioning'),
  latest: z.boolean(),
  headers: ContentHeaders,
  tags: TextMap,
  checksum: ObjectChecksum.optional(),
  encryption: ObjectEncryption.optional(),
  parts: z
    .array(z.strictObject({ partNumber: Count, size: Count, checksum: ObjectChecksum.optional() }))
    .optional()
    .describe('of an object that was uploaded in parts'),
  restore: z
    .strictObject({ ongoing: z.boolean(), expires: Timestamp.optional() })
    .optional()
    .describe('of an archived object: a copy that can be read is being made, or there is one until it expires'),
});
export type ObjectVersion = z.infer<typeof ObjectVersion>;

/** Ours: a version that says that the key has no object any more. */
export const DeleteMarker = z.strictObject({
  key: NonEmpty,
  versionId: NonEmpty,
  latest: z.boolean(),
  lastModified: Timestamp,
});
export type DeleteMarker = z.infer<typeof DeleteMarker>;

/** Ours: an upload in parts that is under way, with how its object will be kept. */
export const UploadDescription = z.strictObject({
  uploadId: NonEmpty,
  bucket: NonEmpty,
  key: NonEmpty,
  initiated: Timestamp,
  storageClass: StorageClass,
  checksum: ObjectChecksum.pick({ algorithm: true, type: true }).optional(),
  encryption: ObjectEncryption.optional(),
});
export type UploadDescription = z.infer<typeof UploadDescription>;

/** Ours: one part of an upload as the store has it. */
export const StoredPart = z.strictObject({
  partNumber: z.int32().min(1).max(10_000),
  etag: NonEmpty,
  size: Count.describe('bytes'),
  lastModified: Timestamp,
  checksum: ObjectChecksum.optional(),
});
export type StoredPart = z.infer<typeof StoredPart>;

/** Ours: the tags of an object. */
export const ObjectTags = z
  .record(z.string().min(1).max(128), z.string().max(256))
  .refine((tags) => Object.keys(tags).length <= 10, 'at most 10 tags expected');
