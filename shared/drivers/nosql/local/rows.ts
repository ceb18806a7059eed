import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { KeySchema } from '../../../semantics/items/check.ts';
import { type Item, itemFromJson } from '../../../types/attributes.ts';
import { damaged } from './damage.ts';
import { comparePlaces, type Place, placeOf } from './keys.ts';

/** An item as it lies in its table. */
export interface Row extends Place {
  /** The item's JSON form. */
  json: string;
  /** The number of the change that wrote it. */
  version: number;
  /** Milliseconds since 1970. */
  expiresAt: number | null;
}

/** An item that was found, with its place in what was walked through. */
export interface Found {
  place: Place;
  row: Row;
}

interface Columns {
  item: number;
  hash: Uint8Array;
  range: Uint8Array;
  json: string;
  version: number;
  expires_at: number | null;
  checksum: number;
}

const COLUMNS = 'id as item, hash, range, json, version, expires_at, checksum';
const ENTRY_COLUMNS =
  'i.id as item, i.hash, i.range, i.json, i.version, i.expires_at, i.checksum, e.hash as entry_hash, e.range as entry_range, e.item as entry_item';

/** Creates what the items of a table need. */
export function createRows(database: DatabaseSync, table: number): void {
  database.exec(`create table nosql_items_${table} (id integer primary key, hash blob not null, range blob not null, json text not null,
      version integer not null, expires_at real, checksum integer not null) strict;
    create unique index nosql_items_${table}_key on nosql_items_${table} (hash, range);
    create index nosql_items_${table}_expiry on nosql_items_${table} (expires_at) where expires_at is not null;
    create table nosql_entries_${table} (position integer not null, hash blob not null, range blob not null, item integer not null,
      primary key (position, hash, range, item)) strict, without rowid`);
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

  get(hash: Uint8Array, range: Uint8Array): Row | undefined {
    const found = this.#prepare(`select ${COLUMNS} from items where hash = ? and range = ?`).get(hash, range);
    if (found) return this.#read(found);
    const place = { hash, range, item: 0 };
    this.#checkBeside(undefined, place, true, (order) => order < 0);
    this.#checkBeside(undefined, place, false, (order) => order > 0);
    return undefined;
  }

  insert(row: Row, item: Item): void {
    const { hash, range, json, version, expiresAt } = row;
    this.#prepare('insert into items values (?, ?, ?, ?, ?, ?, ?)').run(
      row.item,
      hash,
      range,
      json,
      version,
      expiresAt,
      this.#checksum(row),
    );
    for (const [position, place] of this.#entries(item)) this.#addEntry(position, place, row.item);
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
    const before = new Map(this.#entries(itemOf(old)));
    const after = new Map(this.#entries(item));
    for (const [position, place] of before) {
      if (!samePlace(place, after.get(position))) this.#removeEntry(position, place, row.item);
    }
    for (const [position, place] of after) {
      if (!samePlace(place, before.get(position))) this.#addEntry(position, place, row.item);
    }
  }

  delete(row: Row): void {
    this.#prepare('delete from items where id = ?').run(row.item);
    for (const [position, place] of this.#entries(itemOf(row))) this.#removeEntry(position, place, row.item);
  }

  /** The rows from a place on in the order of the keys: from the first one that is not before it, or back from the last one before it. */
  *walk(index: number | undefined, from: Place, descending: boolean): Generator<Found> {
    const outside = (order: number): boolean => (descending ? order >= 0 : order < 0);
    this.#checkBeside(index, from, !descending, outside);
    let last: Place | undefined;
    for (const columns of this.#step(index, descending).iterate(...bound(index, from))) {
      const found = this.#found(index, columns);
      if (outside(comparePlaces(found.place, last ?? from)) || (last && comparePlaces(found.place, last) === 0))
        throw this.#damaged('its keys are out of order');
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

  /** The entries of an item in the indexes, by their positions. */
  #entries(item: Item): [number, Omit<Place, 'item'>][] {
    return this.#indexes.flatMap((keys, position) => {
      const place = placeOf(keys, item);
      return place ? [[position, place] as [number, typeof place]] : [];
    });
  }

  #addEntry(position: number, { hash, range }: Omit<Place, 'item'>, item: number): void {
    this.#prepare('insert into entries values (?, ?, ?, ?)').run(position, hash, range, item);
  }

  #removeEntry(position: number, { hash, range }: Omit<Place, 'item'>, item: number): void {
    const { changes } = this.#prepare(
      'delete from entries where position = ? and hash = ? and range = ? and item = ?',
    ).run(position, hash, range, item);
    if (changes !== 1) throw this.#damaged('an entry of an index is missing');
  }

  /** The statement that goes through rows or entries from a place on, or for just one. */
  #step(index: number | undefined, descending: boolean, one = false): StatementSync {
    const [compare, direction] = descending ? ['<', 'desc'] : ['>=', 'asc'];
    const limit = one ? ' limit 1' : '';
    if (index === undefined)
      return this.#prepare(
        `select ${COLUMNS} from items where (hash, range) ${compare} (?, ?) order by hash ${direction}, range ${direction}${limit}`,
      );
    return this.#prepare(
      `select ${ENTRY_COLUMNS} from entries e left join items i on i.id = e.item
        where e.position = ${index} and (e.hash, e.range, e.item) ${compare} (?, ?, ?)
        order by e.hash ${direction}, e.range ${direction}, e.item ${direction}${limit}`,
    );
  }

  /** The row beside a place must lie on its side; a search that went astray because of damage shows there. */
  #checkBeside(index: number | undefined, place: Place, before: boolean, fits: (order: number) => boolean): void {
    const columns = this.#step(index, before, true).get(...bound(index, place));
    if (columns && !fits(comparePlaces(this.#found(index, columns).place, place)))
      throw this.#damaged('its keys are out of order');
  }

  #found(index: number | undefined, columns: Record<string, unknown>): Found {
    if (index !== undefined && columns.item === null) throw this.#damaged('an entry of an index has no item');
    const row = this.#read(columns);
    if (index === undefined) return { place: { ...row, item: 0 }, row };
    const place = { hash: columns.entry_hash, range: columns.entry_range, item: columns.entry_item } as Place;
    if (!samePlace(place, placeOf(this.#indexes[index]!, itemOf(row))))
      throw this.#damaged('an entry of an index is not that of its item');
    return { place, row };
  }

  #read(found: Record<string, unknown>): Row {
    const { item, hash, range, json, version, expires_at, checksum } = found as unknown as Columns;
    const row = { item, hash, range, json, version, expiresAt: expires_at };
    if (typeof json !== 'string' || this.#checksum(row) !== checksum) throw this.#damaged('a checksum is wrong');
    return row;
  }

  #checksum({ item, hash, range, json, version, expiresAt }: Row): number {
    const head = crc32(`${this.#table}/${item}/${version}/${expiresAt}/${hash.length}/`);
    return crc32(json, crc32(range, crc32(hash, head)));
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

/** What a statement of `#step` is given. */
const bound = (index: number | undefined, { hash, range, item }: Place): (Uint8Array | number)[] =>
  index === undefined ? [hash, range] : [hash, range, item];

const samePlace = (a: Omit<Place, 'item'>, b: Omit<Place, 'item'> | undefined): boolean =>
  b !== undefined && Buffer.compare(a.hash, b.hash) === 0 && Buffer.compare(a.range, b.range) === 0;

/** The item that lies in a row. */
export const itemOf = ({ json }: Row): Item => itemFromJson(JSON.parse(json));
