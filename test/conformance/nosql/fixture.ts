import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { NoSQLCapability, NoSQLPort } from '../../../shared/drivers/nosql/port.ts';
import type {
  Item,
  ItemChange,
  QueryCondition,
  QueryOptions,
  ScanFilter,
  ScanOptions,
  TableSpec,
} from '../../../shared/types/nosql.ts';

/** A driver to be tested, and how to see what it publishes and to end it. */
export interface DriverUnderTest {
  driver: NoSQLPort;
  /** The changes of a table that were published until now, oldest first. */
  changes(table: string): Promise<PublishedChange[]>;
  close(): Promise<void>;
}

export interface PublishedChange {
  kind: 'created' | 'updated' | 'deleted';
  data: ItemChange;
}

/** One rule that the tables of every provider hold; a driver that does not declare `needs` is not asked. */
export interface NoSQLRule {
  rule: string;
  needs?: NoSQLCapability;
  check(tables: Fixture): Promise<void>;
}

export const INVALID = { code: 'InvalidInput' };
export const CONFLICT = { code: 'Conflict' };

/** What a rule works with: the driver, and tables of its own. */
export class Fixture {
  readonly driver: NoSQLPort;
  readonly #tested: DriverUnderTest;

  constructor(tested: DriverUnderTest) {
    this.#tested = tested;
    this.driver = tested.driver;
  }

  /** A new table, whose partition key is the text `id` unless something else is said. */
  async table(spec: Partial<TableSpec> = {}): Promise<string> {
    const name = newName();
    await this.driver.createTable({ name, partitionKey: { name: 'id', type: 'String' }, ...spec });
    return name;
  }

  /** A new table with the partition key `id` and the sort key `at`. */
  sorted(type: 'String' | 'Number' | 'Binary' = 'Number', spec: Partial<TableSpec> = {}): Promise<string> {
    return this.table({ sortKey: { name: 'at', type }, ...spec });
  }

  /** A new table with items in it. */
  async with(items: Item[], spec: Partial<TableSpec> = {}): Promise<string> {
    const table = await this.table(spec);
    await this.put(table, items);
    return table;
  }

  async put(table: string, items: Item[]): Promise<void> {
    for (const item of items) await this.driver.putItem(table, item);
  }

  async item(table: string, key: Item): Promise<Item | undefined> {
    return (await this.driver.getItem(table, key))?.item;
  }

  async version(table: string, key: Item): Promise<string> {
    return (await this.driver.getItem(table, key))!.version;
  }

  /** What a put of a value gives back when it is read. */
  async kept(value: Item[string]): Promise<unknown> {
    const table = await this.with([{ id: 'a', value }]);
    return (await this.item(table, { id: 'a' }))!.value;
  }

  /** The items of all pages of a query. */
  query(table: string, conditions: QueryCondition[], options: QueryOptions = {}): Promise<Item[]> {
    return all((page) => this.driver.query(table, conditions, { ...options, ...page }));
  }

  /** The items of all pages of a scan. */
  scan(table: string, filter?: ScanFilter, options: ScanOptions = {}): Promise<Item[]> {
    return all((page) => this.driver.scan(table, filter, { ...options, ...page }));
  }

  changes(table: string): Promise<PublishedChange[]> {
    return this.#tested.changes(table);
  }
}

export const newName = (): string => `table-${randomUUID()}`;

async function all(
  read: (page: { pageToken?: string }) => Promise<{ items: Item[]; nextPageToken?: string }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let page: { pageToken?: string } = {};
  for (;;) {
    const { items: more, nextPageToken } = await read(page);
    items.push(...more);
    if (nextPageToken === undefined) return items;
    page = { pageToken: nextPageToken };
  }
}

/** The values of one attribute, in the order of the items. */
export const valuesOf = (items: Item[], name: string): unknown[] => items.map((item) => item[name]);

/** The values of one attribute, sorted as texts. */
export const sortedOf = (items: Item[], name: string): unknown[] => valuesOf(items, name).map(String).sort();

/** Expects a refusal as `InvalidInput`, whose message says what is wrong. */
export async function refused(call: Promise<unknown>, message: RegExp = /./): Promise<void> {
  await expect(call).rejects.toMatchObject({ code: 'InvalidInput', message: expect.stringMatching(message) });
}
