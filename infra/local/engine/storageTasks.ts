import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import type { Json } from '../../../shared/core/codecs.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import { decode } from '../../../shared/core/validation.ts';
import type { ObjectVersion, StoragePort } from '../../../shared/drivers/storage/port.ts';
import { cloudError } from '../../../shared/types/errors.ts';

/** `arn:aws:states:::s3:getObject`, as readers of items and writers of results name it, or `…:::aws-sdk:s3:getObject`, as tasks do. */
const RESOURCE = /^arn:[^:]*:states:[^:]*:[^:]*:(aws-sdk:)?s3:(\w+)$/;

/** The most bytes of one object that a state machine takes: they become part of its history. */
const LARGEST_FILE = 64 * 1024 * 1024;
/** The most objects of one listing. */
const LONGEST_LISTING = 100_000;

const Reference = { Bucket: z.string(), Key: z.string() };
const Owner = { ExpectedBucketOwner: z.string().optional() };

type Action = (payload: Json, storage: StoragePort) => Promise<Json>;

/** What `s3:…` resources do, by the name of the action. */
const ACTIONS: Record<string, Action> = {
  getObject,
  headObject,
  putObject,
  listObjectsV2: listObjects,
  copyObject,
  deleteObject,
};

/** Whether the resource of a task is one of S3. */
export const isStorageTask = (resource: string): boolean => RESOURCE.test(resource);

/** Does what a task asks of S3 with a store; the results are those of Step Functions. */
export async function performStorageTask(resource: string, payload: Json, storage: StoragePort): Promise<Json> {
  const action = RESOURCE.exec(resource)![2]!;
  const perform = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (perform) return perform(payload, storage);
  throw cloudError(
    'Unimplemented',
    `${resource} is not answered here; of S3 there are ${Object.keys(ACTIONS).join(', ')}, and "cloudlib:storage.…" has the other operations`,
    { provider: 'local', capability: resource, reason: 'no such task' },
  );
}

async function getObject(payload: Json, storage: StoragePort): Promise<Json> {
  const input = z.strictObject({ ...Reference, ...Owner, VersionId: z.string().optional() });
  const { Bucket, Key, VersionId } = decode(input, payload, 's3:getObject');
  const { version, content } = await storage.getObject(Bucket, Key, { versionId: VersionId });
  if (version.size > LARGEST_FILE) {
    await content.cancel();
    throw tooLarge(Key, `${version.size} bytes`);
  }
  return { ...described(version), Body: await textOf(await buffer(content), Key) };
}

async function headObject(payload: Json, storage: StoragePort): Promise<Json> {
  const input = z.strictObject({ ...Reference, ...Owner, VersionId: z.string().optional() });
  const { Bucket, Key, VersionId } = decode(input, payload, 's3:headObject');
  return described((await storage.headObject(Bucket, Key, { versionId: VersionId })).version);
}

async function putObject(payload: Json, storage: StoragePort): Promise<Json> {
  const input = z.strictObject({
    ...Reference,
    ...Owner,
    Body: z.json(),
    ContentType: z.string().optional(),
    Metadata: z.record(z.string(), z.string()).optional(),
  });
  const { Bucket, Key, Body, ContentType, Metadata } = decode(input, payload, 's3:putObject');
  const content = Buffer.from(typeof Body === 'string' ? Body : JSON.stringify(Body));
  const { etag, versionId } = await storage.putObject(Bucket, Key, content, {
    size: content.length,
    metadata: Metadata,
    ...(ContentType !== undefined && { headers: { contentType: ContentType } }),
  });
  return { ETag: quoted(etag), ...(versionId !== undefined && { VersionId: versionId }) };
}

async function listObjects(payload: Json, storage: StoragePort): Promise<Json> {
  const input = z.strictObject({ Bucket: z.string(), ...Owner, Prefix: z.string().optional() });
  const { Bucket, Prefix } = decode(input, payload, 's3:listObjectsV2');
  const contents: Json[] = [];
  for (let after: string | undefined; ; ) {
    const { entries, next } = await storage.listObjects(Bucket, { prefix: Prefix, after });
    contents.push(...entries.map(listed));
    if (contents.length > LONGEST_LISTING) throw tooLarge(Prefix ?? '', `more than ${LONGEST_LISTING} objects`);
    if (next === undefined) return { Contents: contents, KeyCount: contents.length, Name: Bucket, IsTruncated: false };
    after = next;
  }
}

async function copyObject(payload: Json, storage: StoragePort): Promise<Json> {
  const input = z.strictObject({ ...Reference, ...Owner, CopySource: z.string().regex(/^\/?[^/]+\/./) });
  const { Bucket, Key, CopySource } = decode(input, payload, 's3:copyObject');
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(decodeURIComponent(CopySource))!;
  const copy = await storage.copyObject({ bucket: bucket!, key: key! }, { bucket: Bucket, key: Key });
  return { CopyObjectResult: { ETag: quoted(copy.etag), LastModified: copy.lastModified.toISOString() } };
}

async function deleteObject(payload: Json, storage: StoragePort): Promise<Json> {
  const input = z.strictObject({ ...Reference, ...Owner, VersionId: z.string().optional() });
  const { Bucket, Key, VersionId } = decode(input, payload, 's3:deleteObject');
  const { deleteMarker, versionId } = await storage.deleteObject(Bucket, Key, { versionId: VersionId });
  return { DeleteMarker: deleteMarker, ...(versionId !== undefined && { VersionId: versionId }) };
}

function described({ size, etag, lastModified, metadata, headers, versionId }: ObjectVersion): { [key: string]: Json } {
  return {
    ContentLength: size,
    ETag: quoted(etag),
    LastModified: lastModified.toISOString(),
    Metadata: metadata,
    ...(headers.contentType !== undefined && { ContentType: headers.contentType }),
    ...(versionId !== undefined && { VersionId: versionId }),
  };
}

/** An item of a listing, as an ItemReader gives it. */
const listed = ({ key, size, etag, lastModified, storageClass }: ObjectVersion): Json => ({
  Etag: quoted(etag),
  Key: key,
  LastModified: Math.floor(lastModified.getTime() / 1000),
  Size: size,
  StorageClass: CLASS_NAMES[storageClass],
});

const CLASS_NAMES: Record<ObjectVersion['storageClass'], string> = {
  Standard: 'STANDARD',
  ReducedRedundancy: 'REDUCED_REDUNDANCY',
  StandardIA: 'STANDARD_IA',
  OneZoneIA: 'ONEZONE_IA',
  Glacier: 'GLACIER',
  GlacierDeepArchive: 'DEEP_ARCHIVE',
  IntelligentTiering: 'INTELLIGENT_TIERING',
};

const quoted = (etag: string): string => `"${etag}"`;

/** The text of a file; one that is compressed with gzip, as the files of an inventory are, is unpacked. */
async function textOf(content: Buffer, key: string): Promise<string> {
  if (content[0] !== 0x1f || content[1] !== 0x8b) return content.toString();
  try {
    return (await promisify(gunzip)(content, { maxOutputLength: LARGEST_FILE })).toString();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(key, 'its content without the compression');
    throw cloudError(
      'StorageError.DownloadFailed',
      `object "${key}" cannot be unpacked: ${message}`,
      { reason: message },
      error,
    );
  }
}

const tooLarge = (key: string, what: string): CloudError =>
  new CloudError(
    'InvalidInput',
    `"${key}": ${what} are more than a state machine takes (${LARGEST_FILE} bytes, ${LONGEST_LISTING} objects); split it`,
    { details: { issues: [{ path: 'Key', value: key, message: 'too large' }] } },
  );
