import { z } from 'zod';
import type { Json } from '../../shared/core/codecs.ts';
import { decode, encode } from '../../shared/core/validation.ts';
import { defaultHost, type Host } from '../../shared/host.ts';
import type { Provider } from '../../shared/provider.ts';
import {
  BatchOperation,
  BatchResult,
  Item,
  ItemPage,
  type NoSQLDatabase,
  QueryCondition,
  QueryOptions,
  ReadOptions,
  ScanFilter,
  ScanOptions,
  StoredItem,
  TableDescription,
  TableSpec,
  TransactAction,
  TransactOptions,
  UpdateOptions,
  WriteOptions,
  Written,
} from '../../shared/types/nosql.ts';
import listTables from './listTables.ts';

/** How many items are asked for at once where all of them are wanted. */
const PAGE = 1_000;

/**
 * Tables of items: the specification's trait NoSQLDatabase, and what creates the tables.
 *
 * It talks to the host that runs on the state directory; where none runs it starts one inside the program, and the tables stay. Every method
 * rejects with a `CloudError`; a write whose expectation does not hold with `Conflict`, whose details have the `version` that is there.
 */
export class NoSQLTables implements NoSQLDatabase {
  readonly provider: Provider;
  readonly #host: () => Promise<Host>;

  constructor(provider: Provider, { host = defaultHost }: { host?: () => Promise<Host> } = {}) {
    this.provider = provider;
    this.#host = host;
  }

  async createTable(spec: TableSpec): Promise<TableDescription> {
    return decode(TableDescription, await this.#invoke('createTable', encode(TableSpec, spec, 'table')), 'table');
  }

  async deleteTable(table: string): Promise<void> {
    await this.#invoke('deleteTable', { table });
  }

  async describeTable(table: string): Promise<TableDescription> {
    return decode(TableDescription, await this.#invoke('describeTable', { table }), 'table');
  }

  async listTables(): Promise<string[]> {
    return decode(listTables.output, await this.#invoke('listTables', {}), 'tables').tables;
  }

  /** Writes an item, in place of the one with the same key. */
  async putItem(table: string, item: Item, options: WriteOptions = {}): Promise<Written> {
    const input = { table, item: encode(Item, item, 'item'), ...encode(WriteOptions, options, 'options') };
    return decode(Written, await this.#invoke('putItem', input), 'answer');
  }

  async getItem(table: string, key: Item, options: ReadOptions = {}): Promise<Item | undefined> {
    return (await this.getStoredItem(table, key, options))?.item;
  }

  /** The item with its version, which a later write can expect. */
  async getStoredItem(table: string, key: Item, options: ReadOptions = {}): Promise<StoredItem | undefined> {
    const input = { table, key: encode(Item, key, 'key'), ...encode(ReadOptions, options, 'options') };
    const { item, version } = decode(StoredItem.partial(), await this.#invoke('getItem', input), 'answer');
    return item && version ? { item, version } : undefined;
  }

  /** Sets the attributes of `update`, then does what the options say; an item that is not there is made. */
  async updateItem(table: string, key: Item, update: Item, options: UpdateOptions = {}): Promise<Written> {
    const input = {
      table,
      key: encode(Item, key, 'key'),
      update: encode(Item, update, 'update'),
      ...encode(UpdateOptions, options, 'options'),
    };
    return decode(Written, await this.#invoke('updateItem', input), 'answer');
  }

  /** Deleting what does not exist is no error. */
  async deleteItem(table: string, key: Item, options: WriteOptions = {}): Promise<Written> {
    const input = { table, key: encode(Item, key, 'key'), ...encode(WriteOptions, options, 'options') };
    return decode(Written, await this.#invoke('deleteItem', input), 'answer');
  }

  /** The items of one partition that fulfil every condition, up to `limit` of them. */
  query(
    table: string,
    condition: QueryCondition | QueryCondition[],
    { limit, ...options }: QueryOptions = {},
  ): Promise<Item[]> {
    return collect(limit, options.pageToken, (page) => this.queryPage(table, condition, { ...options, ...page }));
  }

  /** One page of a query; there is more while it has a `nextPageToken`. */
  async queryPage(
    table: string,
    condition: QueryCondition | QueryCondition[],
    options: QueryOptions = {},
  ): Promise<ItemPage> {
    const conditions = encode(z.array(QueryCondition), [condition].flat(), 'conditions');
    const input = { table, conditions, ...encode(QueryOptions, options, 'options') };
    return decode(ItemPage, await this.#invoke('query', input), 'page');
  }

  /** The items that fulfil a filter, in no order that means anything, up to `limit` of them. */
  scan(table: string, filter?: ScanFilter, { limit, ...options }: ScanOptions = {}): Promise<Item[]> {
    return collect(limit, options.pageToken, (page) => this.scanPage(table, filter, { ...options, ...page }));
  }

  /** One page of a scan; there is more while it has a `nextPageToken`. */
  async scanPage(table: string, filter?: ScanFilter, options: ScanOptions = {}): Promise<ItemPage> {
    const input = {
      table,
      ...(filter && { filter: encode(ScanFilter, filter, 'filter') }),
      ...encode(ScanOptions, options, 'options'),
    };
    return decode(ItemPage, await this.#invoke('scan', input), 'page');
  }

  /** Does as many of the writes as it can; those that may be tried again are `unprocessed`. */
  async batchWrite(operations: BatchOperation[]): Promise<BatchResult> {
    const input = { operations: encode(z.array(BatchOperation), operations, 'operations') };
    return decode(BatchResult, await this.#invoke('batchWrite', input), 'answer');
  }

  /** Does all of the actions or none; what cancelled them is a `Conflict`, whose details have the `reasons` of each. */
  async transactWrite(actions: TransactAction[], options: TransactOptions = {}): Promise<void> {
    const encoded = encode(z.array(TransactAction), actions, 'actions');
    await this.#invoke('transactWrite', { actions: encoded, ...encode(TransactOptions, options, 'options') });
  }

  async #invoke(operation: string, input: object): Promise<unknown> {
    const host = await this.#host();
    return host.invoke(`nosql.${operation}`, input as Json, { provider: this.provider.name });
  }
}

/** The items of one page after the other, up to a limit. */
async function collect(
  limit = Number.POSITIVE_INFINITY,
  first: string | undefined,
  read: (page: { limit: number; pageToken?: string }) => Promise<ItemPage>,
): Promise<Item[]> {
  const items: Item[] = [];
  let pageToken = first;
  do {
    const page = await read({ limit: Math.min(PAGE, limit - items.length), ...(pageToken && { pageToken }) });
    items.push(...page.items);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined && items.length < limit);
  return items;
}
