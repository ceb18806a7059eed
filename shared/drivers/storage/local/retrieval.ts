import type { CustomerKey, GetOptions, StoredObject } from '../port.ts';
import type { BucketRow } from './buckets.ts';
import { bytesOf, checkRead, invalidRange } from './conditions.ts';
import { purposeOf } from './content.ts';
import { accessDenied, archived, downloadFailed, invalid, objectNotFound, versionNotFound } from './errors.ts';
import { checkKey } from './limits.ts';
import { read, type Segment, streamOf } from './reading.ts';
import { isReadable } from './restoring.ts';
import type { VersionRow } from './rows.ts';
import { unwrap } from './sealing.ts';
import type { Store } from './store.ts';
import type { Row } from './storeIndex.ts';
import { objectView, partView } from './views.ts';

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

/** An object with its content. */
export function getObject(store: Store, bucketName: string, key: string, options: GetOptions = {}): StoredObject {
  const { bucket, row } = find(store, bucketName, key, options);
  return openVersion(store, bucket, row, options);
}

/** A version with its content; it can be read to its end even when it is deleted meanwhile. */
export function openVersion(
  store: Store,
  bucket: BucketRow,
  row: VersionRow,
  options: Pick<GetOptions, 'range' | 'partNumber' | 'customerKey'>,
): StoredObject {
  if (!isReadable(row, store.clock.now())) throw archived(row.key, row.about.storageClass);
  const segments = segmentsOf(store, row);
  const answer = described(store, bucket, row, segments, options);
  const { start, end } = answer.range ?? { start: 0, end: row.size - 1 };
  const { needed, offset } = overlapping(segments, start, end);
  const readable = openSegments(store, bucket, row, needed, options.customerKey);
  const names = readable.flatMap(({ file }) => file ?? []);
  store.files.hold(names);
  const bytes = read(store.files, readable, start - offset, end + 1 - offset);
  return { ...answer, content: streamOf(bytes, end + 1 - start, () => store.files.release(names)) };
}

/** The segments that have bytes of a range, and where the first of them begins; of an empty one the first, for its key to be checked. */
function overlapping(segments: Row[], start: number, end: number): { needed: Row[]; offset: number } {
  const needed: Row[] = [];
  let offset = 0;
  let at = 0;
  for (const segment of segments) {
    const next = at + Number(segment.size);
    if (at <= end && next > start) {
      if (needed.length === 0) offset = at;
      needed.push(segment);
    }
    at = next;
  }
  return needed.length > 0 ? { needed, offset } : { needed: segments.slice(0, 1), offset: 0 };
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
