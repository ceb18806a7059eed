import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { decode, encode } from '../../../core/validation.ts';
import { cloudError } from '../../../types/errors.ts';
import { TableDescription } from '../../../types/nosql.ts';
import { damaged } from './damage.ts';
import { createRows, dropRows } from './rows.ts';
import { Table } from './table.ts';

interface Columns {
  id: number;
  name: string;
  description: string;
  checksum: number;
}

/** The tables that there are. Numbers of tables are never given twice, so that no event of a new table is taken for one of an old one. */
export class Tables {
  readonly #database: DatabaseSync;
  /** Those that were used since the last creation or deletion. */
  readonly #open = new Map<string, Table>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(`create table if not exists nosql_tables (id integer primary key autoincrement, name text not null unique,
        description text not null, checksum integer not null) strict;
      create table if not exists nosql_sequences (id integer primary key, sequence integer not null) strict;
      create table if not exists nosql_keys (purpose text primary key, key blob not null) strict`);
  }

  create(description: TableDescription): void {
    const { name } = description;
    const known = this.#database.prepare('select 1 from nosql_tables where name = ?').get(name);
    if (known)
      throw cloudError('DatabaseError.TableAlreadyExists', `there is a table "${name}" already`, { table: name });
    const text = JSON.stringify(encode(TableDescription, description, name));
    const { lastInsertRowid } = this.#database
      .prepare('insert into nosql_tables (name, description, checksum) values (?, ?, ?)')
      .run(name, text, crc32(text, crc32(name)));
    const id = Number(lastInsertRowid);
    this.#database.prepare('insert into nosql_sequences values (?, 0)').run(id);
    createRows(this.#database, id);
  }

  delete(name: string): void {
    const { id } = this.get(name);
    this.#open.delete(name);
    this.#database.prepare('delete from nosql_tables where id = ?').run(id);
    this.#database.prepare('delete from nosql_sequences where id = ?').run(id);
    dropRows(this.#database, id);
  }

  get(name: string): Table {
    const found = this.#open.get(name);
    if (found) return found;
    const columns = this.#database.prepare('select * from nosql_tables where name = ?').get(name);
    if (!columns)
      throw cloudError('DatabaseError.TableNotFound', `there is no table "${name}"; create it first`, { table: name });
    const { id, description, checksum } = columns as unknown as Columns;
    if (crc32(description, crc32(name)) !== checksum) throw damaged(`table "${name}"`, 'its description has changed');
    checkPages(this.#database, id, name);
    const table = new Table(this.#database, id, decode(TableDescription, JSON.parse(description), `table "${name}"`));
    this.#open.set(name, table);
    return table;
  }

  /** Reads every table anew when it is used next. */
  forget(): void {
    this.#open.clear();
  }

  names(): string[] {
    return this.#database
      .prepare('select name from nosql_tables order by name')
      .all()
      .map(({ name }) => String(name));
  }

  /** The names of those whose items can expire. */
  expiring(): string[] {
    return this.#database
      .prepare("select name from nosql_tables where json_extract(description, '$.timeToLive') is not null")
      .all()
      .map(({ name }) => String(name));
  }

  /** The secret by which page tokens are known to be ours. */
  tokenKey(): Uint8Array {
    this.#database.prepare('insert or ignore into nosql_keys values (?, ?)').run('page tokens', randomBytes(32));
    const { key } = this.#database.prepare('select key from nosql_keys where purpose = ?').get('page tokens')!;
    return key as Uint8Array;
  }
}

/** Up to this many pages of the database (64 MB) a look at those of one table takes a moment. */
const CHECKED_PAGES = 16_384;

/** Finds pages that have lost rows, which the checksums of the rows that are left do not show. It is done before a table is used for the first time. */
function checkPages(database: DatabaseSync, id: number, name: string): void {
  if (Number(database.prepare('pragma page_count').get()!.page_count) > CHECKED_PAGES) return;
  for (const part of [`nosql_items_${id}`, `nosql_entries_${id}`]) {
    const { quick_check: found } = database.prepare(`pragma quick_check(${part})`).get()!;
    if (found !== 'ok') throw damaged(`table "${name}"`, String(found).replace(/\s+/g, ' ').slice(0, 200));
  }
}
