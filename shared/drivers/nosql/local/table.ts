import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { checkedItem, checkIndexKey, invalid, type KeySchema, keyOf } from '../../../semantics/items/check.ts';
import type { Item } from '../../../types/attributes.ts';
import type { ItemChange, TableDescription } from '../../../types/nosql.ts';
import { placeOf } from './keys.ts';
import { itemOf, type Row, Rows } from './rows.ts';

/** What became of an item: where there was none before or is none after, that image is missing. */
export type RecordedChange = Omit<ItemChange, 'table'>;

/** One table: its items, with a version for each change. */
export class Table {
  readonly id: number;
  readonly description: TableDescription;
  readonly rows: Rows;
  readonly #count: StatementSync;
  readonly #indexes: readonly (KeySchema & { name: string })[];

  constructor(database: DatabaseSync, id: number, description: TableDescription) {
    this.id = id;
    this.description = description;
    this.#count = database.prepare(
      'update nosql_sequences set sequence = sequence + 1 where id = ? returning sequence',
    );
    const { partitionKey, globalIndexes, localIndexes } = description;
    this.#indexes = [...globalIndexes, ...localIndexes.map((index) => ({ ...index, partitionKey }))];
    this.rows = new Rows(database, id, description.name, this.#indexes);
  }

  /** How errors call it. */
  get place(): string {
    return `table "${this.description.name}"`;
  }

  /** The keys of an index with its position, or those of the table itself. */
  keys(index: string | undefined): { keys: KeySchema; position: number | undefined; global: boolean } {
    if (index === undefined) return { keys: this.description, position: undefined, global: false };
    const position = this.#indexes.findIndex(({ name }) => name === index);
    const keys = this.#indexes[position];
    const names = this.#indexes.map(({ name }) => `"${name}"`).join(', ');
    if (!keys) throw invalid(`${this.place} has no index "${index}"; it has ${names || 'none'}`);
    return { keys, position, global: position < this.description.globalIndexes.length };
  }

  /** The JSON form of an item; refuses what cannot be an item of this table. */
  check(item: Item): string {
    const json = checkedItem(this.place, this.description, item);
    for (const index of this.#indexes) checkIndexKey(`${this.place}, index "${index.name}"`, index, item);
    return JSON.stringify(json);
  }

  /** The row of a key, whether its time is up or not. */
  find(key: Item): Row | undefined {
    return this.rows.get(placeOf(this.description, key)!);
  }

  /** Writes an item that was checked, in place of the row that is there. */
  put(item: Item, json: string, old: Row | undefined, record: (change: RecordedChange) => void): number {
    const version = this.#nextVersion();
    const place = placeOf(this.description, item)!;
    const row = { place, item: old?.item ?? version, json, version, expiresAt: this.expiryOf(item) };
    if (old) this.rows.update(old, row, item);
    else this.rows.insert(row, item);
    if (old?.json !== json) record(this.#change(version, { ...(old && { old: itemOf(old) }), new: item }));
    return version;
  }

  delete(old: Row, record: (change: RecordedChange) => void, expired = false): void {
    this.rows.delete(old);
    record(this.#change(this.#nextVersion(), { old: itemOf(old), ...(expired && { expired }) }));
  }

  #change(version: number, change: { old?: Item; new?: Item; expired?: boolean }): RecordedChange {
    return { key: keyOf(this.description, (change.new ?? change.old)!), sequence: String(version), ...change };
  }

  #nextVersion(): number {
    return Number(this.#count.get(this.id)!.sequence);
  }

  /** When an item expires, in milliseconds since 1970; null when it never does. */
  expiryOf(item: Item): number | null {
    const { timeToLive } = this.description;
    const seconds = timeToLive !== undefined && Object.hasOwn(item, timeToLive) ? item[timeToLive] : undefined;
    return typeof seconds === 'number' ? seconds * 1000 : null;
  }
}
