import type {
  BatchOperation,
  BatchResult,
  Item,
  ItemPage,
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
} from '../../types/nosql.ts';
import type { Capabilities } from '../capabilities.ts';

/** What a provider's tables may have or lack, and what that opens. */
export const NOSQL_GATES = {
  globalIndexes: ['createTable.globalIndexes'],
  localIndexes: ['createTable.localIndexes'],
  timeToLive: ['createTable.timeToLive'],
  streams: ['createTable.stream'],
  consistentReads: ['getItem.consistent', 'query.consistent', 'scan.consistent'],
  parallelScans: ['scan.segment'],
  images: ['putItem.returning', 'updateItem.returning', 'deleteItem.returning'],
  transactions: ['transactWrite'],
} as const;

export type NoSQLCapability = keyof typeof NOSQL_GATES;

/**
 * How one provider keeps tables of items. An item has up to 400 KB, counted as DynamoDB counts; the values of its key have the table's types.
 * A write is durable when it resolves, and done whole or not at all. One whose expectation does not hold is a `Conflict`, whose details have
 * the `version` of the item that is there. What a caller cannot mean is `InvalidInput`, and nothing is done of it. Items that are handed in must
 * stay as they are until the call has resolved.
 */
export interface NoSQLPort {
  readonly capabilities: Capabilities<typeof NOSQL_GATES>;

  createTable(spec: TableSpec): Promise<TableDescription>;
  /** With everything in it. */
  deleteTable(table: string): Promise<void>;
  describeTable(table: string): Promise<TableDescription>;
  /** The names of all tables, in their order. */
  listTables(): Promise<string[]>;

  /** Writes an item in place of the one with the same key. */
  putItem(table: string, item: Item, options?: WriteOptions): Promise<Written>;
  /** An item whose time is up is not there any more. */
  getItem(table: string, key: Item, options?: ReadOptions): Promise<StoredItem | undefined>;
  /** Sets the attributes of `update`, then does what the options say; an item that is not there is made. */
  updateItem(table: string, key: Item, update: Item, options?: UpdateOptions): Promise<Written>;
  /** Deleting what does not exist is no error. */
  deleteItem(table: string, key: Item, options?: WriteOptions): Promise<Written>;

  /** The items of one partition that fulfil all conditions; a page may be short, and there is more while it has a token. */
  query(table: string, conditions: QueryCondition[], options?: QueryOptions): Promise<ItemPage>;
  /** Every item that fulfils the filter, in no order that means anything. */
  scan(table: string, filter?: ScanFilter, options?: ScanOptions): Promise<ItemPage>;

  /** Does as many of the writes as it can, in no order; those that failed and may be tried again are `unprocessed`. */
  batchWrite(operations: BatchOperation[]): Promise<BatchResult>;
  /** All or nothing; what cancelled it is a `Conflict`, whose details have the `reasons` of each action. */
  transactWrite(actions: TransactAction[], options?: TransactOptions): Promise<void>;
}
