import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { KeySchema } from '../../../semantics/items/check.ts';
import { type Item, itemFromJson } from '../../../types/attributes.ts';
import { damaged } from './damage.ts';
import { placeOf } from './keys.ts';

/** An item as it lies in its table. */
export interface Row {
  /** The row's number, which no other row of the table ever has. */
  item: number;
  place: Uint8Array;
  /** The item's JSON form. */
  json: string;
  /** The number of the change that wrote it. */
  version: number;
  /** Milliseconds since 1970. */
  expiresAt: number | null;
}

/** An item that was found, with its place in what was walked through. */
export interface Found {
  place: Uint8Array;
  row: Row;
}

interface Columns {
  item: number;
  place: Uint8Array;
  json: string;
  version: number;
  expires_at: number | null;
  checksum: number;
}

const COLUMNS = 'id as item, place, json, version, expires_at, checksum';
const ENTRY_COLUMNS = 'i.id as item, i.place, i.json, i.version, i.expires_at, i.checksum, e.place as entry';

/** Creates what the items of a table need. */
export function createRows(database: DatabaseSync, table: number): void {
  database.exec(`create table nosql_items_${table} (id integer primary key, place blob not null, json text not null,
      version integer not null, expires_at real, checksum integer not null) strict;
    create unique index nosql_items_${table}_place on nosql_items_${table} (place);
    create index nosql_items_${table}_expiry on nosql_items_${table} (expires_at) where expires_at is not null;
    create table nosql_entries_${table} (place blob primary key, item integer not null) strict, without rowid`);
}

export function dropRows(database: DatabaseSync, table: number): void {
  database.exec(`drop table nosql_items_${table}; drop table nosql_entries_${table}`);
}

/**
 * The items of one table and the entries of its indexes. Each row has a checksum, and each search looks at the rows on both sides of what it
 * found: so neither a row nor its absence is believed because of a byte that changed on the disk.
 */
export class Rows {
  readonly #table: number;
  readonly #name: string;
  readonly #indexes: readonly KeySchema[];
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** `indexes` in the order of their positions. */
  constructor(database: DatabaseSync, table: number, name: string, indexes: readonly KeySchema[]) {
    this.#database = database;
    this.#table = table;
    this.#name = name;
    this.#indexes = indexes;
  }

  get(place: Uint8Array): Row | undefined {
    const found = this.#prepare(`select ${COLUMNS} from items where place = ?`).get(place);
    if (found) return this.#read(found);
    this.#checkBeside(undefined, place, true, (order) => order < 0);
    this.#checkBeside(undefined, place, false, (order) => order > 0);
    return undefined;
  }

  insert(row: Row, item: Item): void {
    this.#prepare('insert into items values (?, ?, ?, ?, ?, ?)').run(
      row.item,
      row.place,
      row.json,
      row.version,
      row.expiresAt,
      this.#checksum(row),
    );
    for (const place of this.#entries(item, row.item)) this.#addEntry(place, row.item);
  }

  /** Replaces the item in its row. */
  update(old: Row, row: Row, item: Item): void {
    this.#prepare('update items set json = ?, version = ?, expires_at = ?, checksum = ? where id = ?').run(
      row.json,
      row.version,
      row.expiresAt,
      this.#checksum(row),
      row.item,
    );
    if (this.#indexes.length === 0) return;
    const before = this.#entries(itemOf(old), row.item);
    const after = this.#entries(item, row.item);
    const without = (places: Uint8Array[], others: Uint8Array[]): Uint8Array[] =>
      places.filter((place) => !others.some((other) => Buffer.compare(place, other) === 0));
    for (const place of without(before, after)) this.#removeEntry(place);
    for (const place of without(after, before)) this.#addEntry(place, row.item);
  }

  delete(row: Row): void {
    this.#prepare('delete from items where id = ?').run(row.item);
    for (const place of this.#entries(itemOf(row), row.item)) this.#removeEntry(place);
  }

  /** Where an index begins, whose places all begin so. */
  static prefixOf(index: number | undefined): Uint8Array {
    return index === undefined ? new Uint8Array() : Buffer.of(index);
  }

  /** The rows from a place on in the order of the keys: from the first one that is not before it, or back from the last one before it. */
  *walk(index: number | undefined, from: Uint8Array, descending: boolean): Generator<Found> {
    const outside = (order: number): boolean => (descending ? order >= 0 : order < 0);
    this.#checkBeside(index, from, !descending, outside);
    let last: Uint8Array | undefined;
    for (const columns of this.#step(index, descending).iterate(from)) {
      const found = this.#found(index, columns);
      const order = Buffer.compare(found.place, last ?? from);
      if (outside(order) || (last && order === 0)) throw this.#damaged('its keys are out of order');
      last = found.place;
      yield found;
    }
  }

  /** The rows with numbers from one on and below another. */
  *numbered(from: number, to: number): Generator<Row> {
    const before = this.#prepare(`select ${COLUMNS} from items where id < ? order by id desc limit 1`).get(from);
    if (before && this.#read(before).item >= from) throw this.#damaged('its rows are out of order');
    const rows = this.#prepare(`select ${COLUMNS} from items where id >= ? order by id`).iterate(from);
    for (const columns of rows) {
      const row = this.#read(columns);
      if (row.item < from) throw this.#damaged('its rows are out of order');
      if (row.item >= to) return;
      yield row;
    }
  }

  /** The highest number of a row, 0 when there is none. */
  last(): number {
    return Number(this.#prepare('select coalesce(max(id), 0) as last from items').get()!.last);
  }

  /** Rows whose time is up, the oldest first. */
  expired(now: number, limit: number): Row[] {
    const found = this.#prepare(
      `select ${COLUMNS} from items where expires_at is not null and expires_at <= ? order by expires_at limit ?`,
    ).all(now, limit);
    return found.map((columns) => this.#read(columns));
  }

  /** When the next row expires. */
  nextExpiry(): number | undefined {
    const { at } = this.#prepare('select min(expires_at) as at from items where expires_at is not null').get()!;
    return (at as number | null) ?? undefined;
  }

  /** The places of an item in the indexes; its number tells it apart from others with the same keys there. */
  #entries(item: Item, number: number): Uint8Array[] {
    return this.#indexes.flatMap((keys, index) => {
      const place = placeOf(keys, item);
      return place ? [Buffer.concat([Rows.prefixOf(index), place, bytesOf(number)])] : [];
    });
  }

  #addEntry(place: Uint8Array, item: number): void {
    this.#prepare('insert into entries values (?, ?)').run(place, item);
  }

  #removeEntry(place: Uint8Array): void {
    const { changes } = this.#prepare('delete from entries where place = ?').run(place);
    if (changes !== 1) throw this.#damaged('an entry of an index is missing');
  }

  /**
   * The statement that goes through rows or entries from a place on, or for just one. It must have no other condition: SQLite leaves out what
   * does not fulfil one without a word, and a place that was damaged does not.
   */
  #step(index: number | undefined, descending: boolean, one = false): StatementSync {
    const [compare, direction] = descending ? ['<', 'desc'] : ['>=', 'asc'];
    const end = `place ${compare} ? order by`;
    const limit = one ? ' limit 1' : '';
    return this.#prepare(
      index === undefined
        ? `select ${COLUMNS} from items where ${end} place ${direction}${limit}`
        : `select ${ENTRY_COLUMNS} from entries e left join items i on i.id = e.item where e.${end} e.place ${direction}${limit}`,
    );
  }

  /** The row beside a place must lie on its side; a search that went astray because of damage shows there. */
  #checkBeside(index: number | undefined, place: Uint8Array, before: boolean, fits: (order: number) => boolean): void {
    const columns = this.#step(index, before, true).get(place);
    if (columns && !fits(Buffer.compare(this.#found(index, columns).place, place)))
      throw this.#damaged('its keys are out of order');
  }

  #found(index: number | undefined, columns: Record<string, unknown>): Found {
    if (index !== undefined && columns.item === null) throw this.#damaged('an entry of an index has no item');
    const row = this.#read(columns);
    if (index === undefined) return { place: row.place, row };
    const place = columns.entry as Uint8Array;
    // It may be of the index beside, where a walk ends.
    if (!this.#entries(itemOf(row), row.item).some((entry) => Buffer.compare(entry, place) === 0))
      throw this.#damaged('an entry of an index is not that of its item');
    return { place, row };
  }

  #read(found: Record<string, unknown>): Row {
    const { item, place, json, version, expires_at, checksum } = found as unknown as Columns;
    const row = { item, place, json, version, expiresAt: expires_at };
    const isWhole = typeof json === 'string' && place instanceof Uint8Array;
    if (!isWhole || this.#checksum(row) !== checksum) throw this.#damaged('a checksum is wrong');
    return row;
  }

  #checksum({ item, place, json, version, expiresAt }: Row): number {
    return crc32(json, crc32(place, crc32(`${this.#table}/${item}/${version}/${expiresAt}/`)));
  }

  #damaged(reason: string): Error {
    return damaged(`table "${this.#name}"`, reason);
  }

  #prepare(sql: string): StatementSync {
    const found = this.#statements.get(sql);
    if (found) return found;
    const text = sql
      .replace(/\b(items|entries)\b/, `nosql_$1_${this.#table}`)
      .replace('join items', `join nosql_items_${this.#table}`);
    const statement = this.#database.prepare(text);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** A number in eight bytes, which are in its order. */
function bytesOf(number: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
}

/** The item that lies in a row. */
export const itemOf = ({ json }: Row): Item => itemFromJson(JSON.parse(json));
