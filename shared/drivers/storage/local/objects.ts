import { randomBytes } from 'node:crypto';
import { newId } from '../../../core/ids.ts';
import type {
  Content,
  CustomerKey,
  DeleteOptions,
  Deletion,
  GetOptions,
  ObjectVersion,
  PutOptions,
  StoredObject,
} from '../port.ts';
import type { BucketRow } from './buckets.ts';
import { bytesOf, checkDelete, checkRead, checkWrite, invalidRange } from './conditions.ts';
import { purposeOf, type Written, write } from './content.ts';
import {
  accessDenied,
  archived,
  downloadFailed,
  invalid,
  objectNotFound,
  storeFailure,
  versionNotFound,
} from './errors.ts';
import { checkKey, checkOptions, LARGEST_PUT } from './limits.ts';
import { read, type Segment, streamOf } from './reading.ts';
import { isReadable } from './restoring.ts';
import type { About, VersionRow } from './rows.ts';
import { unwrap } from './sealing.ts';
import { commit, encryptionFor, hasMd5Etag, type Store } from './store.ts';
import type { Row } from './storeIndex.ts';
import { objectView } from './views.ts';

/** Writes an object at once: its content first, then the one commit that makes it visible. */
export async function putObject(
  store: Store,
  bucketName: string,
  key: string,
  content: Content,
  options: PutOptions = {},
): Promise<ObjectVersion> {
  checkKey(key);
  checkOptions(options);
  const { buckets, versions, files, keys, clock } = store;
  const bucket = buckets.get(bucketName);
  // Checked here too, so that nothing is read in vain.
  if (options.preconditions) checkWrite(bucketName, key, versions.latest(bucket, key), options.preconditions);
  const wrapping = await keys.toWrite(encryptionFor(bucket, options.encryption));
  const written = await writeContent(store, content, {
    ...pick(options),
    content: newId(),
    number: 1,
    wrappingKey: wrapping.key,
    limit: LARGEST_PUT,
    md5: hasMd5Etag(wrapping.encryption),
  });
  const about: About = {
    storageClass: options.storageClass ?? 'Standard',
    metadata: options.metadata ?? {},
    headers: options.headers ?? {},
    tags: options.tags ?? {},
    encryption: wrapping.encryption,
    ...(written.checksum && { checksum: written.checksum }),
  };
  return held(store, written, async () => {
    const { row } = await commit(store, () => {
      const now = buckets.get(bucketName);
      if (options.preconditions) checkWrite(bucketName, key, versions.latest(now, key), options.preconditions);
      const etag = written.md5 ?? randomBytes(16).toString('hex');
      versions.addSegment(written, etag);
      return versions.add(now, key, { size: written.size, etag, about, content: written.content });
    });
    files.release(written.file ? [written.file] : []);
    return objectView(buckets.get(bucketName), row, clock.now());
  });
}

const pick = ({ size, checksum, contentMd5 }: PutOptions): Pick<PutOptions, 'size' | 'checksum' | 'contentMd5'> => ({
  ...(size !== undefined && { size }),
  ...(checksum && { checksum }),
  ...(contentMd5 !== undefined && { contentMd5 }),
});

/** Writes content; a failure of the disk says so. */
export async function writeContent(
  store: Store,
  content: Content,
  options: Parameters<typeof write>[2],
): Promise<Written> {
  try {
    return await write(store.files, content, options);
  } catch (error) {
    throw storeFailure(error, store.directory, 'writing');
  }
}

/** Does what names a file that was written in the index; when that fails, nobody needs the file. */
export async function held<T>({ files }: Store, { file }: Written, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    files.discard(file ? [file] : []);
    files.release(file ? [file] : []);
    throw error;
  }
}

/** Everything about an object but its content, and which bytes a range of it means. */
export function headObject(
  store: Store,
  bucketName: string,
  key: string,
  options: GetOptions = {},
): Omit<StoredObject, 'content'> {
  const { bucket, row } = find(store, bucketName, key, options);
  store.keys.toRead(row.about.encryption, options.customerKey, describe(bucket, row));
  const segments = row.about.parts ? segmentsOf(store, row) : [];
  return described(store, bucket, row, segments, options);
}

/** An object with its content; it can be read to its end even when it is deleted meanwhile. */
export function getObject(store: Store, bucketName: string, key: string, options: GetOptions = {}): StoredObject {
  const { bucket, row } = find(store, bucketName, key, options);
  if (!isReadable(row, store.clock.now())) throw archived(row.key, row.about.storageClass);
  const segments = segmentsOf(store, row);
  const answer = described(store, bucket, row, segments, options);
  const readable = openSegments(store, bucket, row, segments, options.customerKey);
  const { start, end } = answer.range
    ? { start: answer.range.start, end: answer.range.end + 1 }
    : { start: 0, end: row.size };
  const names = readable.flatMap(({ file }) => file ?? []);
  store.files.hold(names);
  return { ...answer, content: streamOf(read(store.files, readable, start, end), () => store.files.release(names)) };
}

/** The version that a reader means, once its conditions hold. */
function find(
  store: Store,
  bucketName: string,
  key: string,
  options: GetOptions,
): { bucket: BucketRow; row: VersionRow } {
  const bucket = store.buckets.get(bucketName);
  const row = findVersion(store, bucket, key, options.versionId);
  checkRead(row, options.preconditions);
  return { bucket, row };
}

/** A version that is no delete marker, or why there is none. */
export function findVersion(store: Store, bucket: BucketRow, key: string, versionId: string | undefined): VersionRow {
  checkKey(key);
  const row = store.versions.find(bucket, key, versionId);
  if (row && !row.marker) return row;
  if (!row && versionId !== undefined) throw versionNotFound(bucket.name, key, versionId);
  throw objectNotFound(bucket.name, key, row?.versionId);
}

function described(
  store: Store,
  bucket: BucketRow,
  row: VersionRow,
  segments: Row[],
  { range, partNumber }: GetOptions,
): Omit<StoredObject, 'content'> {
  const version = {
    ...objectView(bucket, row, store.clock.now()),
    ...(row.about.parts && { parts: segments.map(partView) }),
  };
  if (partNumber !== undefined) return { version, ...partRange(row, segments, partNumber) };
  if (!range) return { version };
  const { start, end } = bytesOf(range, row.size);
  return { version, range: { start, end: end - 1 } };
}

function partView({ number, size, checksum }: Row): NonNullable<ObjectVersion['parts']>[number] {
  return {
    partNumber: Number(number),
    size: Number(size),
    ...(checksum !== null && { checksum: JSON.parse(String(checksum)) }),
  };
}

/** Where a part of an object lies in it; one that was put at once is its own first part. */
function partRange(row: VersionRow, segments: Row[], partNumber: number): Pick<StoredObject, 'range'> {
  if (!Number.isInteger(partNumber) || partNumber < 1) {
    throw invalid(`partNumber: an integer of 1 or more expected (got ${partNumber})`, { partNumber });
  }
  if (!row.about.parts && partNumber === 1) return row.size > 0 ? { range: { start: 0, end: row.size - 1 } } : {};
  const at = row.about.parts ? segments.findIndex(({ number }) => number === partNumber) : -1;
  if (at < 0) throw invalidRange(`part ${partNumber}`, row.size);
  const start = segments.slice(0, at).reduce((sum, { size }) => sum + Number(size), 0);
  return { range: { start, end: start + Number(segments[at]!.size) - 1 } };
}

const segmentsOf = ({ index }: Store, { content }: VersionRow): Row[] =>
  index.all('select * from segments where content = ? order by number', content ?? '');

/** The segments of a version with their keys, which show at once whether the key at hand is the right one. */
function openSegments(
  store: Store,
  bucket: BucketRow,
  row: VersionRow,
  segments: Row[],
  customerKey: CustomerKey | undefined,
): Segment[] {
  const { encryption } = row.about;
  const under = store.keys.toRead(encryption, customerKey, describe(bucket, row));
  return segments.map(({ content, number, file, size, data_key, sealed }) => {
    try {
      const key = unwrap(data_key as Uint8Array, under, purposeOf(String(content), Number(number), Number(size)));
      return {
        key,
        size: Number(size),
        ...(file === null ? { sealed: sealed as Uint8Array } : { file: String(file) }),
      };
    } catch (cause) {
      if (encryption.type === 'CustomerProvidedKey') {
        throw accessDenied(
          'getObject',
          `${describe(bucket, row)} cannot be opened with this key; send the one that it was written with`,
        );
      }
      throw downloadFailed(
        `what the index says of ${describe(bucket, row)} is damaged; restore it from a backup`,
        cause,
      );
    }
  });
}

export const describe = (bucket: BucketRow, row: VersionRow): string =>
  `object ${JSON.stringify(row.key)} of bucket "${bucket.name}"`;

/** Deletes an object, or one version of it for good. */
export async function deleteObject(
  store: Store,
  bucketName: string,
  key: string,
  { versionId, preconditions }: DeleteOptions = {},
): Promise<Deletion> {
  checkKey(key);
  const { versions, buckets } = store;
  const { deletion } = await commit(store, (): { files: string[]; deletion: Deletion } => {
    const bucket = buckets.get(bucketName);
    const row = versions.find(bucket, key, versionId);
    const exists = row !== undefined && (versionId !== undefined || !row.marker);
    if (preconditions && !exists) return { files: [], deletion: { deleteMarker: false } };
    if (preconditions && row) checkDelete(row, preconditions);
    if (versionId !== undefined) {
      const files = row ? versions.remove(bucket, row).files : [];
      return { files, deletion: { versionId, deleteMarker: row?.marker ?? false } };
    }
    const { row: done, files } = versions.hide(bucket, key);
    return {
      files,
      deletion: done?.marker ? { versionId: done.versionId, deleteMarker: true } : { deleteMarker: false },
    };
  });
  return deletion;
}
