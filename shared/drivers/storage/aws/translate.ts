import { createHash } from 'node:crypto';
import type { ChecksumType, StorageClass as S3StorageClass, ServerSideEncryption } from '@aws-sdk/client-s3';
import type { StorageClass } from '../../../types/storage.ts';
import type {
  Checksum,
  ChecksumAlgorithm,
  ContentHeaders,
  CustomerKey,
  ObjectEncryption,
  ObjectReference,
  Preconditions,
  PutOptions,
} from '../port.ts';

const CLASSES: [StorageClass, S3StorageClass][] = [
  ['Standard', 'STANDARD'],
  ['ReducedRedundancy', 'REDUCED_REDUNDANCY'],
  ['StandardIA', 'STANDARD_IA'],
  ['OneZoneIA', 'ONEZONE_IA'],
  ['Glacier', 'GLACIER'],
  ['GlacierDeepArchive', 'DEEP_ARCHIVE'],
  ['IntelligentTiering', 'INTELLIGENT_TIERING'],
];

/** Our name of a storage class as S3's. */
export const toS3Class = (name: StorageClass): S3StorageClass => CLASSES.find(([ours]) => ours === name)![1];

/** S3's name of a storage class as ours; S3 leaves the standard one out, and newer ones are nearest to it. */
export const fromS3Class = (name: string | undefined): StorageClass =>
  CLASSES.find(([, theirs]) => theirs === name)?.[0] ?? 'Standard';

/** An ETag without its quotes. */
export const bareEtag = (etag: string | undefined): string => (etag ?? '').replace(/^(?:W\/)?"|"$/g, '');

const quoted = (etag: string): string => (etag === '*' ? etag : `"${etag}"`);

/** Preconditions as the parameters of a read. */
export function readConditions({ ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince }: Preconditions = {}) {
  return {
    ...(ifMatch && { IfMatch: ifMatch.map(quoted).join(', ') }),
    ...(ifNoneMatch && { IfNoneMatch: ifNoneMatch.map(quoted).join(', ') }),
    ...(ifModifiedSince && { IfModifiedSince: ifModifiedSince }),
    ...(ifUnmodifiedSince && { IfUnmodifiedSince: ifUnmodifiedSince }),
  };
}

/** Preconditions as the parameters of a write. */
export function writeConditions({ ifMatch, ifNoneMatch }: Preconditions = {}) {
  return readConditions({ ...(ifMatch && { ifMatch }), ...(ifNoneMatch && { ifNoneMatch }) });
}

/** Preconditions as those of the source of a copy. */
export function copyConditions(conditions: Preconditions = {}) {
  return Object.fromEntries(
    Object.entries(readConditions(conditions)).map(([name, value]) => [`CopySource${name}`, value]),
  );
}

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('base64');

/** A customer's key as the parameters of a request. */
export function customerKey({ key }: CustomerKey) {
  return {
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: Buffer.from(key).toString('base64'),
    SSECustomerKeyMD5: md5(key),
  };
}

/** A customer's key as that of the source of a copy. */
export function copySourceKey(key: CustomerKey) {
  return Object.fromEntries(Object.entries(customerKey(key)).map(([name, value]) => [`CopySource${name}`, value]));
}

/** How an object is to be encrypted, as the parameters of a write. */
export function encryptionOf(encryption: PutOptions['encryption']) {
  if (!encryption) return {};
  if (encryption.type === 'CustomerProvidedKey') return customerKey(encryption);
  if (encryption.type === 'ServerSideEncryption') return { ServerSideEncryption: 'AES256' as ServerSideEncryption };
  return { ServerSideEncryption: 'aws:kms' as ServerSideEncryption, SSEKMSKeyId: encryption.keyId };
}

/** How S3 says that an object is encrypted. */
export function fromEncryption(answer: {
  ServerSideEncryption?: string | undefined;
  SSEKMSKeyId?: string | undefined;
  SSECustomerKeyMD5?: string | undefined;
}): ObjectEncryption | undefined {
  if (answer.SSECustomerKeyMD5) return { type: 'CustomerProvidedKey', keyMd5: answer.SSECustomerKeyMD5 };
  if (!answer.ServerSideEncryption) return undefined;
  if (answer.ServerSideEncryption === 'AES256') return { type: 'ServerSideEncryption' };
  return { type: 'CustomerManagedKey', ...(answer.SSEKMSKeyId && { keyId: answer.SSEKMSKeyId }) };
}

/** The content headers of a write. */
export function headersOf(headers: ContentHeaders = {}) {
  const { contentType, contentEncoding, contentDisposition, contentLanguage, cacheControl, expires } = headers;
  return {
    ...(contentType && { ContentType: contentType }),
    ...(contentEncoding && { ContentEncoding: contentEncoding }),
    ...(contentDisposition && { ContentDisposition: contentDisposition }),
    ...(contentLanguage && { ContentLanguage: contentLanguage }),
    ...(cacheControl && { CacheControl: cacheControl }),
    ...(expires && { Expires: new Date(expires) }),
  };
}

/** The content headers of an answer. */
export function fromHeaders(answer: {
  ContentType?: string | undefined;
  ContentEncoding?: string | undefined;
  ContentDisposition?: string | undefined;
  ContentLanguage?: string | undefined;
  CacheControl?: string | undefined;
  ExpiresString?: string | undefined;
}): ContentHeaders {
  const headers = {
    contentType: answer.ContentType,
    contentEncoding: answer.ContentEncoding,
    contentDisposition: answer.ContentDisposition,
    contentLanguage: answer.ContentLanguage,
    cacheControl: answer.CacheControl,
    expires: answer.ExpiresString,
  };
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}

/** Tags as a write carries them: a query string. */
export const taggingOf = (tags: Record<string, string> | undefined) =>
  tags ? { Tagging: new URLSearchParams(tags).toString() } : {};

const ALGORITHMS: ChecksumAlgorithm[] = ['CRC64NVME', 'CRC32C', 'CRC32', 'SHA256', 'SHA1'];

/** The checksum that an answer carries. */
export function fromChecksum(answer: { ChecksumType?: ChecksumType | undefined }): Checksum | undefined {
  const values = answer as Record<string, unknown>;
  const algorithm = ALGORITHMS.find((name) => values[`Checksum${name}`] !== undefined);
  if (!algorithm) return undefined;
  return { algorithm, value: values[`Checksum${algorithm}`] as string, type: answer.ChecksumType ?? 'FULL_OBJECT' };
}

/** The source of a copy as S3 takes it: percent-encoded, but for its slashes. */
export function copySource({ bucket, key, versionId }: ObjectReference): string {
  const path = key.split('/').map(encodeURIComponent).join('/');
  return `${bucket}/${path}${versionId === undefined ? '' : `?versionId=${encodeURIComponent(versionId)}`}`;
}

/** A key as a listing gives it when it is asked for with `encoding-type=url`. */
export const fromUrl = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));
