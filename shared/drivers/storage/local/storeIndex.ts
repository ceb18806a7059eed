import { join } from 'node:path';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { CloudError } from '../../../core/errors.ts';
import { openSqlite, transaction } from '../../sqlite/database.ts';
import { GroupCommit } from '../../sqlite/groupCommit.ts';
import { storeFailure } from './errors.ts';

/**
 * Keys are blobs: they are compared by their UTF-8 bytes, and may hold any character. The newest version of a key is the one with the
 * highest `seq`; `latest` repeats that for the index by which objects are listed. A content is a list of segments: one for what was put at
 * once, one for each part of an upload, whose id is then the content's.
 */
const SCHEMA = `
create table if not exists facts (name text primary key, value text not null) strict;
create table if not exists buckets (id integer primary key autoincrement, name text not null unique, created integer not null,
  config text not null, versioned integer not null default 0) strict;
create table if not exists versions (seq integer primary key, bucket integer not null, key blob not null, version text not null,
  latest integer not null, marker integer not null, size integer not null, etag text not null, modified integer not null,
  noncurrent integer, content text, about text not null, restore_ready integer, restore_expires integer, restore_told integer) strict;
create index if not exists versions_by_key on versions (bucket, key, seq desc);
create index if not exists versions_current on versions (bucket, key) where latest = 1 and marker = 0;
create index if not exists versions_restoring on versions (restore_ready) where restore_told = 0;
create table if not exists segments (content text not null, number integer not null, file text, size integer not null,
  data_key blob not null, sealed blob, etag text not null, checksum text, modified integer not null,
  primary key (content, number)) strict;
create table if not exists uploads (id text primary key, bucket integer not null, key blob not null, started integer not null,
  about text not null, completed integer) strict;
create index if not exists uploads_by_key on uploads (bucket, key, id) where completed is null;
create table if not exists named_keys (id text primary key, wrapped blob not null) strict;
create table if not exists events (seq integer primary key autoincrement, type text not null, time integer not null,
  bucket text not null, data text not null) strict;
`;

export type Row = Record<string, null | number | string | Uint8Array>;

/** The index of the store: what there is, in one SQLite file. A change of it is what makes anything visible. */
export class StoreIndex {
  readonly directory: string;
  readonly #database: DatabaseSync;
  readonly #commit: GroupCommit;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(directory: string, database: DatabaseSync) {
    this.directory = directory;
    this.#database = database;
    this.#commit = new GroupCommit(database);
  }

  static open(directory: string): StoreIndex {
    let database: DatabaseSync | undefined;
    try {
      const opened = openSqlite(join(directory, 'index.db'));
      database = opened;
      // Two processes would sweep away each other's files; the system gives the lock back however a process ends.
      opened.exec('pragma locking_mode = exclusive');
      transaction(opened, () => opened.exec(SCHEMA));
      return new StoreIndex(directory, opened);
    } catch (error) {
      database?.close();
      throw isLocked(error) ? inUse(directory, error) : storeFailure(error, directory, 'reading');
    }
  }

  one(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#reading(() => this.#statement(sql).get(...values) as Row | undefined);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#reading(() => this.#statement(sql).all(...values) as Row[]);
  }

  /** Rows as they are asked for; to be taken in one turn, and not within another walk over the same statement. */
  *walk(sql: string, ...values: SQLInputValue[]): Generator<Row> {
    try {
      yield* this.#statement(sql).iterate(...values) as Iterable<Row>;
    } catch (error) {
      throw storeFailure(error, this.directory, 'reading');
    }
  }

  /** Writes, within a change; the id of the row where one was inserted. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid);
  }

  /** Makes a change in one commit with others that come at the same time; it is on the disk when this resolves. */
  async change<T>(make: () => T): Promise<T> {
    try {
      return await this.#commit.run(make);
    } catch (error) {
      throw storeFailure(error, this.directory, 'writing');
    }
  }

  close(): void {
    this.#commit.flush();
    this.#database.close();
  }

  #reading<T>(look: () => T): T {
    try {
      return look();
    } catch (error) {
      throw storeFailure(error, this.directory, 'reading');
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

const SQLITE_BUSY = 5;

const isLocked = (error: unknown): boolean => ((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY;

function inUse(directory: string, cause: unknown): CloudError {
  const reason = `another process works on the object store in ${directory}; stop it first, or give another directory`;
  return new CloudError('Conflict', reason, { details: { resource: directory, reason }, cause });
}
