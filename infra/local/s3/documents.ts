import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { transaction } from '../../../shared/drivers/sqlite/database.ts';
import type { ObjectVersion } from '../../../shared/drivers/storage/port.ts';

/** What S3 keeps of a bucket that object storages in general do not, by name; each is a JSON value. */
export type BucketDocument =
  | 'accelerate'
  | 'acl'
  | 'lifecycle'
  | 'location'
  | 'logging'
  | 'notification'
  | 'objectLock'
  | 'ownership'
  | 'policy'
  | 'requestPayment'
  | 'tags'
  | 'website';

/** The same of a version of an object. */
export type ObjectDocument = 'acl' | 'legalHold' | 'retention' | 'redirect' | 'upload';

/** A version by what tells it from another one that takes its place. */
export type VersionIdentity = Pick<ObjectVersion, 'key' | 'versionId' | 'etag' | 'lastModified'>;

/**
 * The endpoint's own documents about buckets and objects, next to the object store.
 *
 * A document of an object is bound to the version that it was written for, so that it never holds for another one that was put in its
 * place past the endpoint.
 */
export class Documents {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#database = new DatabaseSync(join(directory, 's3.db'));
    this.#database.exec(`pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000;
      create table if not exists bucket_documents (
        bucket text not null, name text not null, value text not null, primary key (bucket, name)
      ) without rowid;
      create table if not exists object_documents (
        bucket text not null, key text not null, version text not null, name text not null, stamp text not null, value text not null,
        primary key (bucket, key, version, name)
      ) without rowid`);
  }

  bucket<T>(bucket: string, name: BucketDocument): T | undefined {
    const row = this.#sql('select value from bucket_documents where bucket = ? and name = ?').get(bucket, name);
    return row && JSON.parse(String(row.value));
  }

  /** Writes the document, or removes it. */
  setBucket(bucket: string, name: BucketDocument, value: unknown): void {
    if (value === undefined) {
      this.#sql('delete from bucket_documents where bucket = ? and name = ?').run(bucket, name);
    } else {
      this.#sql('insert or replace into bucket_documents values (?, ?, ?)').run(bucket, name, JSON.stringify(value));
    }
  }

  object<T>(bucket: string, version: VersionIdentity, name: ObjectDocument): T | undefined {
    const row = this.#sql(
      'select value from object_documents where bucket = ? and key = ? and version = ? and name = ? and stamp = ?',
    ).get(bucket, version.key, version.versionId ?? 'null', name, stampOf(version));
    return row && JSON.parse(String(row.value));
  }

  /** Writes documents of a version; one that is undefined is removed. */
  setObject(bucket: string, version: VersionIdentity, documents: Partial<Record<ObjectDocument, unknown>>): void {
    const place = [bucket, version.key, version.versionId ?? 'null'] as const;
    const entries = Object.entries(documents).filter(
      ([name, value]) => value !== undefined || this.#has(...place, name),
    );
    // Most writes have none, and an empty change would still be a commit.
    if (!entries.length) return;
    transaction(this.#database, () => {
      for (const [name, value] of entries) {
        if (value !== undefined) {
          const row = [...place, name, stampOf(version), JSON.stringify(value)];
          this.#sql('insert or replace into object_documents values (?, ?, ?, ?, ?, ?)').run(...row);
        } else {
          const where = 'bucket = ? and key = ? and version = ? and name = ?';
          this.#sql(`delete from object_documents where ${where}`).run(...place, name);
        }
      }
    });
  }

  #has(bucket: string, key: string, version: string, name: string): boolean {
    const where = 'bucket = ? and key = ? and version = ? and name = ?';
    return this.#sql(`select 1 from object_documents where ${where}`).get(bucket, key, version, name) !== undefined;
  }

  /** Forgets a version that was deleted. */
  forgetObject(bucket: string, key: string, versionId: string | undefined): void {
    const version = versionId ?? 'null';
    const any = this.#sql('select 1 from object_documents where bucket = ? and key = ? and version = ? limit 1');
    // Most versions have none, and a deletion that finds nothing would still be a commit.
    if (!any.get(bucket, key, version)) return;
    this.#sql('delete from object_documents where bucket = ? and key = ? and version = ?').run(bucket, key, version);
  }

  /** Forgets a bucket with everything in it. */
  forgetBucket(bucket: string): void {
    transaction(this.#database, () => {
      this.#sql('delete from bucket_documents where bucket = ?').run(bucket);
      this.#sql('delete from object_documents where bucket = ?').run(bucket);
    });
  }

  close(): void {
    this.#database.close();
  }

  #sql(text: string): ReturnType<DatabaseSync['prepare']> {
    const known = this.#statements.get(text) ?? this.#database.prepare(text);
    this.#statements.set(text, known);
    return known;
  }
}

const stampOf = ({ etag, lastModified }: VersionIdentity): string => `${etag} ${lastModified.getTime()}`;
