import { randomBytes } from 'node:crypto';
import type { StorageClass } from '../../../types/storage.ts';
import type { Checksum, ContentHeaders, ObjectEncryption } from '../port.ts';
import type { BucketRow } from './buckets.ts';
import type { Written } from './content.ts';
import type { Outbox } from './outbox.ts';
import type { Row, StoreIndex } from './storeIndex.ts';

/** What is kept of a version besides what the index asks for. */
export interface About {
  storageClass: StorageClass;
  metadata: Record<string, string>;
  headers: ContentHeaders;
  tags: Record<string, string>;
  encryption: ObjectEncryption;
  checksum?: Checksum;
  /** Of an object that was uploaded in parts. */
  parts?: true;
}

/** A version of an object, or a delete marker, as the index has it. */
export interface VersionRow {
  seq: number;
  key: string;
  versionId: string;
  latest: boolean;
  marker: boolean;
  size: number;
  etag: string;
  modified: number;
  /** Since when another version has been the latest. */
  noncurrent?: number;
  content?: string;
  about: About;
  restore?: { asked: number; ready: number; expires: number };
}

export type NewVersion = Pick<VersionRow, 'size' | 'etag' | 'about'> & { content: string };

/** A version that a change made or removed, and the files that nobody needs any more because of it. */
export interface Changed {
  row?: VersionRow;
  files: string[];
}

const NO_ABOUT = '{}';

/** The versions of the objects of a store; what changes them is called within a change of the index. */
export class Versions {
  readonly #index: StoreIndex;
  readonly #outbox: Outbox;
  readonly #now: () => Date;

  constructor(index: StoreIndex, outbox: Outbox, now: () => Date) {
    this.#index = index;
    this.#outbox = outbox;
    this.#now = now;
  }

  latest(bucket: BucketRow, key: string): VersionRow | undefined {
    return rowOf(
      this.#index.one(
        'select * from versions where bucket = ? and key = ? order by seq desc limit 1',
        bucket.id,
        bytes(key),
      ),
    );
  }

  byId(bucket: BucketRow, key: string, versionId: string): VersionRow | undefined {
    if (versionId === 'null') return this.#nullVersion(bucket, key);
    const seq = seqOf(versionId);
    if (seq === undefined) return undefined;
    const row = rowOf(this.#index.one('select * from versions where seq = ? and bucket = ?', seq, bucket.id));
    return row?.versionId === versionId && row.key === key ? row : undefined;
  }

  find(bucket: BucketRow, key: string, versionId: string | undefined): VersionRow | undefined {
    return versionId === undefined ? this.latest(bucket, key) : this.byId(bucket, key, versionId);
  }

  bySeq(seq: number): VersionRow | undefined {
    return rowOf(this.#index.one('select * from versions where seq = ?', seq));
  }

  /** Makes a version the latest of its key. */
  add(bucket: BucketRow, key: string, version: NewVersion): Changed & { row: VersionRow } {
    const files = this.#makeRoom(bucket, key);
    const seq = this.#insert(bucket, key, version);
    const row = this.bySeq(seq)!;
    this.#outbox.add('created', bucket, row);
    return { row, files };
  }

  /** Adds the segment of content that was put at once. */
  addSegment({ content, number, file, size, dataKey, sealed, md5, checksum }: Written, etag = md5 ?? ''): void {
    this.#index.run(
      `insert into segments (content, number, file, size, data_key, sealed, etag, checksum, modified) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      content,
      number,
      file ?? null,
      size,
      dataKey,
      sealed ?? null,
      etag,
      checksum ? JSON.stringify(checksum) : null,
      this.#now().getTime(),
    );
  }

  /** Deletes as S3 does without a version id: by a delete marker where the bucket keeps versions. */
  hide(bucket: BucketRow, key: string, event: 'deleted' | 'expired' = 'deleted'): Changed {
    if (bucket.config.versioning === 'Disabled') {
      const row = this.latest(bucket, key);
      return row ? this.remove(bucket, row, event) : { files: [] };
    }
    const files = this.#makeRoom(bucket, key);
    const row = this.bySeq(this.#insert(bucket, key))!;
    this.#outbox.add(event, bucket, row);
    return { row, files };
  }

  /** Removes one version for good; the newest that is left becomes the latest. */
  remove(bucket: BucketRow, row: VersionRow, event: 'deleted' | 'expired' = 'deleted'): Changed {
    const files = this.#drop(row);
    if (row.latest) {
      this.#index.run(
        `update versions set latest = 1, noncurrent = null
         where seq = (select seq from versions where bucket = ? and key = ? order by seq desc limit 1)`,
        bucket.id,
        bytes(row.key),
      );
    }
    this.#outbox.add(event, bucket, row);
    return { row, files };
  }

  setAbout(row: VersionRow, about: About): void {
    this.#index.run('update versions set about = ? where seq = ?', JSON.stringify(about), row.seq);
  }

  /** Removes the segments of a content; the answer names their files. */
  dropContent(content: string): string[] {
    const rows = this.#index.all('select file from segments where content = ? and file is not null', content);
    this.#index.run('delete from segments where content = ?', content);
    return rows.map(({ file }) => String(file));
  }

  #nullVersion(bucket: BucketRow, key: string): VersionRow | undefined {
    return rowOf(
      this.#index.one(
        `select * from versions where bucket = ? and key = ? and version = 'null' order by seq desc limit 1`,
        bucket.id,
        bytes(key),
      ),
    );
  }

  /** A new version of a key replaces its null version unless the bucket keeps versions; the latest is so no more. */
  #makeRoom(bucket: BucketRow, key: string): string[] {
    const replaced = bucket.config.versioning === 'Enabled' ? undefined : this.#nullVersion(bucket, key);
    const files = replaced ? this.#drop(replaced) : [];
    this.#index.run(
      `update versions set latest = 0, noncurrent = ?
       where seq = (select seq from versions where bucket = ? and key = ? order by seq desc limit 1)`,
      this.#now().getTime(),
      bucket.id,
      bytes(key),
    );
    return files;
  }

  #insert(bucket: BucketRow, key: string, version?: NewVersion): number {
    return this.#index.run(
      `insert into versions (bucket, key, version, latest, marker, size, etag, modified, content, about)
       values (?, ?, ?, 1, ?, ?, ?, ?, ?, ?)`,
      bucket.id,
      bytes(key),
      bucket.config.versioning === 'Enabled' ? randomBytes(10).toString('hex') : 'null',
      version ? 0 : 1,
      version?.size ?? 0,
      version?.etag ?? '',
      this.#now().getTime(),
      version?.content ?? null,
      version ? JSON.stringify(version.about) : NO_ABOUT,
    );
  }

  #drop({ seq, content }: VersionRow): string[] {
    this.#index.run('delete from versions where seq = ?', seq);
    if (content === undefined) return [];
    this.#index.run('delete from uploads where id = ?', content);
    return this.dropContent(content);
  }
}

export const bytes = (key: string): Buffer => Buffer.from(key);

/** The key of a row. */
export const keyOf = (row: Row): string => Buffer.from(row.key as Uint8Array).toString();

const SEQ_DIGITS = 12;

/** Where a version id stands in the order of all versions; what it names may be gone. */
export function seqOf(versionId: string): number | undefined {
  const digits = versionId.slice(0, SEQ_DIGITS);
  return /^[0-9a-f]{12}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

/** An id that stands where the version does, also for a null version. */
export const placeOf = (row: VersionRow): string => row.seq.toString(16).padStart(SEQ_DIGITS, '0');

export function rowOf(row: Row | undefined): VersionRow | undefined {
  if (!row) return undefined;
  const { seq, version, latest, marker, size, etag, modified, noncurrent, content, about } = row;
  const { restore_asked: asked, restore_ready: ready, restore_expires: expires } = row;
  return {
    seq: Number(seq),
    key: keyOf(row),
    versionId: version === 'null' ? 'null' : Number(seq).toString(16).padStart(SEQ_DIGITS, '0') + String(version),
    latest: latest === 1,
    marker: marker === 1,
    size: Number(size),
    etag: String(etag),
    modified: Number(modified),
    ...(noncurrent !== null && { noncurrent: Number(noncurrent) }),
    ...(content !== null && { content: String(content) }),
    about: JSON.parse(String(about)),
    ...(asked != null && { restore: { asked: Number(asked), ready: Number(ready), expires: Number(expires) } }),
  };
}
