import { randomBytes } from 'node:crypto';
import type { BucketRow } from './buckets.ts';
import type { Written } from './content.ts';
import type { Outbox } from './outbox.ts';
import { type About, bytes, rowOf, seqOf, type VersionRow } from './rows.ts';
import type { StoreIndex } from './storeIndex.ts';

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

  /** Keeps until when a version's restored copy can be read; `tell`: an event says when that begins. */
  setRestore({ seq }: VersionRow, { ready, expires }: { ready: number; expires: number }, tell: boolean): void {
    this.#index.run(
      'update versions set restore_ready = ?, restore_expires = ?, restore_told = ? where seq = ?',
      ready,
      expires,
      tell ? 0 : 1,
      seq,
    );
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
