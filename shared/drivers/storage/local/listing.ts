import type { DeleteMarker, Listing, ListOptions, ObjectVersion, StoragePort, VersionListOptions } from '../port.ts';
import type { BucketRow } from './buckets.ts';
import { invalid } from './errors.ts';
import { pageLimit } from './limits.ts';
import { keyOf, placeOf, rowOf, seqOf } from './rows.ts';
import type { Store } from './store.ts';
import type { Row, StoreIndex } from './storeIndex.ts';
import { uploadOf, uploadView } from './uploads.ts';
import { markerView, objectView } from './views.ts';

/** A table whose rows are listed by key, and how its rows with the same key are ordered. */
export interface Listed {
  /** Statement for the rows with keys from ? on (included) and before ?, in order. */
  from: string;
  /** The same for keys after ?. */
  after: string;
}

interface Page<T> {
  entries: T[];
  commonPrefixes: string[];
  /** The key, or the common prefix, that the page ends with, when there is more. */
  next?: string;
  last?: Row;
}

const CURRENT = 'select * from versions where bucket = ? and latest = 1 and marker = 0';

/** The objects of a bucket, in the order of their keys' bytes. */
export function listObjects(store: Store, bucketName: string, options: ListOptions = {}): Listing<ObjectVersion> {
  const bucket = store.buckets.get(bucketName);
  const now = store.clock.now();
  const page = roll(
    store.index,
    bucket,
    {
      from: `${CURRENT} and key >= ? and key < ? order by key`,
      after: `${CURRENT} and key > ? and key < ? order by key`,
    },
    options,
    (row) => objectView(bucket, rowOf(row)!, now),
  );
  const { entries, commonPrefixes, next } = page;
  return { entries, commonPrefixes, ...(next !== undefined && { next }) };
}

const ALL = 'select * from versions where bucket = ?';

/** All versions of a bucket's objects, and its delete markers; the newest of a key first. */
export function listVersions(
  store: Store,
  bucketName: string,
  options: VersionListOptions = {},
): Awaited<ReturnType<StoragePort['listVersions']>> {
  const bucket = store.buckets.get(bucketName);
  const now = store.clock.now();
  const { after, afterVersion } = options;
  const within =
    afterVersion === undefined ? undefined : { key: after, seq: placeIn(store, bucket, after, afterVersion) };
  const page = roll(
    store.index,
    bucket,
    {
      from: `${ALL} and key >= ? and key < ? order by key, seq desc`,
      after: `${ALL} and key > ? and key < ? order by key, seq desc`,
    },
    options,
    (row): ObjectVersion | DeleteMarker => {
      const version = rowOf(row)!;
      return version.marker ? markerView(version) : objectView(bucket, version, now);
    },
    within &&
      store.index.walk(
        `${ALL} and key = ? and seq < ? order by key, seq desc`,
        bucket.id,
        Buffer.from(after!),
        within.seq,
      ),
  );
  const { entries, commonPrefixes, next, last } = page;
  return {
    entries,
    commonPrefixes,
    ...(next !== undefined && { next }),
    ...(last && { nextVersion: placeOf(rowOf(last)!) }),
  };
}

const keyMissing = (afterVersion: string): Error =>
  invalid('afterVersion: without `after` it does not say of which key; give both', { afterVersion });

/** Where the versions of a key that come after one of them begin. */
function placeIn(store: Store, bucket: BucketRow, after: string | undefined, afterVersion: string): number {
  if (after === undefined) throw keyMissing(afterVersion);
  const seq = seqOf(afterVersion) ?? store.versions.byId(bucket, after, afterVersion)?.seq;
  if (seq === undefined)
    throw invalid(`afterVersion: "${afterVersion}" is no version of ${JSON.stringify(after)}`, { afterVersion });
  return seq;
}

const UPLOADS = 'select * from uploads where bucket = ? and completed is null';

/** The uploads under way in a bucket; the oldest of a key first. */
export function listUploads(
  store: Store,
  bucketName: string,
  options: VersionListOptions = {},
): Awaited<ReturnType<StoragePort['listUploads']>> {
  const bucket = store.buckets.get(bucketName);
  const { after, afterVersion } = options;
  if (afterVersion !== undefined && after === undefined) throw keyMissing(afterVersion);
  const page = roll(
    store.index,
    bucket,
    {
      from: `${UPLOADS} and key >= ? and key < ? order by key, id`,
      after: `${UPLOADS} and key > ? and key < ? order by key, id`,
    },
    options,
    (row) => uploadView(uploadOf(row, bucket)),
    afterVersion !== undefined
      ? store.index.walk(
          `${UPLOADS} and key = ? and id > ? order by key, id`,
          bucket.id,
          Buffer.from(after!),
          afterVersion,
        )
      : [],
  );
  const { entries, commonPrefixes, next, last } = page;
  return {
    entries,
    commonPrefixes,
    ...(next !== undefined && { next }),
    ...(last && { nextUpload: String(last.id) }),
  };
}

/**
 * One page of rows by key. Keys with the delimiter after the prefix become one common prefix, which is skipped by a search for what comes
 * after it and never walked, so that a page takes the same time however much there is. `first` are rows that come before all others.
 */
export function roll<T>(
  index: StoreIndex,
  bucket: BucketRow,
  { from, after: afterKey }: Listed,
  { prefix = '', delimiter, after, limit }: ListOptions,
  view: (row: Row) => T,
  first: Iterable<Row> = [],
): Page<T> {
  const most = pageLimit(limit);
  const page: Page<T> = { entries: [], commonPrefixes: [] };
  if (most === 0) return page;
  const end = afterPrefix(Buffer.from(prefix));
  const passed = after === undefined ? undefined : commonPrefix(after, prefix, delimiter);
  let last: { key: string; row?: Row } | undefined;

  /** Adds what a row stands for; where to search on when the rows after it are not wanted. */
  const take = (row: Row): Buffer | 'full' | undefined => {
    const key = keyOf(row);
    const common = commonPrefix(key, prefix, delimiter);
    if (page.entries.length + page.commonPrefixes.length === most) return 'full';
    if (common === undefined) {
      page.entries.push(view(row));
      last = { key, row };
      return undefined;
    }
    page.commonPrefixes.push(common);
    last = { key: common };
    return afterPrefix(Buffer.from(common));
  };

  const walk = (rows: Iterable<Row>): Buffer | 'full' | undefined => {
    for (const row of rows) {
      const onwards = take(row);
      if (onwards) return onwards;
    }
    return undefined;
  };

  let onwards = passed === undefined ? walk(first) : undefined;
  if (onwards === undefined) onwards = walk(begin());
  while (onwards instanceof Buffer) onwards = walk(index.walk(from, bucket.id, onwards, end));
  if (onwards === 'full' && last) {
    page.next = last.key;
    if (last.row) page.last = last.row;
  }
  return page;

  function begin(): Iterable<Row> {
    const start = Buffer.from(prefix);
    if (after === undefined) return index.walk(from, bucket.id, start, end);
    if (passed !== undefined) return index.walk(from, bucket.id, afterPrefix(Buffer.from(passed)), end);
    const position = Buffer.from(after);
    // What comes before the prefix is no place to begin.
    if (Buffer.compare(position, start) < 0) return index.walk(from, bucket.id, start, end);
    return index.walk(afterKey, bucket.id, position, end);
  }
}

function commonPrefix(key: string, prefix: string, delimiter: string | undefined): string | undefined {
  if (!delimiter || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** The first bytes after everything that begins with a prefix; UTF-8 has no byte 0xff, so that the last one can always be raised. */
function afterPrefix(prefix: Buffer): Buffer {
  if (prefix.length === 0) return Buffer.from([0xff]);
  const end = Buffer.from(prefix);
  end[end.length - 1]! += 1;
  return end;
}
