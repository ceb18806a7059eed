import { z } from 'zod';
import { Count, Int32, NonEmpty, Timestamp } from '../core/codecs.ts';
import { AttributeValue, Item } from './attributes.ts';
import { plain, variant, variants } from './variants.ts';

export { AttributeValue, Item };

/** Ours: the name of a table or of an index. */
export const TableName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{3,255}$/, 'a name of 3 to 255 letters, digits, "_", "-" and "." expected');

const AttributeName = z.string().min(1).max(255);

/** Ours: the type that an attribute of a key has in every item. */
export const KeyType = z.enum(['String', 'Number', 'Binary']);
export type KeyType = z.infer<typeof KeyType>;

/** Ours: an attribute by which items are found. */
export const KeyAttribute = z.strictObject({ name: AttributeName, type: KeyType });
export type KeyAttribute = z.infer<typeof KeyAttribute>;

/** Ours: items by other attributes than their key; an item that lacks one of them is not in the index. */
export const GlobalIndex = z.strictObject({
  name: TableName,
  partitionKey: KeyAttribute,
  sortKey: KeyAttribute.optional(),
});
export type GlobalIndex = z.infer<typeof GlobalIndex>;

/** Ours: the items of each partition in another order; an item that lacks the attribute is not in the index. */
export const LocalIndex = z.strictObject({ name: TableName, sortKey: KeyAttribute });
export type LocalIndex = z.infer<typeof LocalIndex>;

/** Ours: what the events of a table's changes carry: nothing is published, the key of the item, or its old and new image as well. */
export const TableStream = z.enum(['None', 'Keys', 'Images']);
export type TableStream = z.infer<typeof TableStream>;

/** Ours: a table as it is asked for. */
export const TableSpec = z
  .strictObject({
    name: TableName,
    partitionKey: KeyAttribute,
    sortKey: KeyAttribute.optional(),
    globalIndexes: z.array(GlobalIndex).max(20).optional(),
    localIndexes: z.array(LocalIndex).max(5).optional(),
    timeToLive: AttributeName.optional().describe(
      'the attribute that says when an item expires, as a number of seconds since 1970',
    ),
    stream: TableStream.optional().describe('Keys when left out'),
  })
  .check(({ value, issues }) => {
    for (const { path, message } of problemsOf(value)) issues.push({ code: 'custom', path, input: value, message });
  });
export type TableSpec = z.infer<typeof TableSpec>;

interface KeyedSpec {
  partitionKey: KeyAttribute;
  sortKey?: KeyAttribute | undefined;
  globalIndexes?: { name: string; partitionKey: KeyAttribute; sortKey?: KeyAttribute | undefined }[] | undefined;
  localIndexes?: { name: string; sortKey: KeyAttribute }[] | undefined;
}

function problemsOf(spec: KeyedSpec): { path: string[]; message: string }[] {
  const { partitionKey, sortKey, globalIndexes = [], localIndexes = [] } = spec;
  const problems: { path: string[]; message: string }[] = [];
  const types = new Map<string, KeyType>();
  const pairs = [
    { path: ['sortKey'], partitionKey, sortKey },
    ...globalIndexes.map((index, at) => ({ ...index, path: ['globalIndexes', String(at)] })),
    ...localIndexes.map((index, at) => ({ ...index, partitionKey, path: ['localIndexes', String(at)] })),
  ];
  for (const { path, partitionKey: partition, sortKey: sort } of pairs) {
    if (sort?.name === partition.name)
      problems.push({ path, message: `"${sort.name}" cannot be the partition key and the sort key at once` });
    for (const { name, type } of [partition, ...(sort ? [sort] : [])]) {
      const other = types.get(name) ?? type;
      if (other !== type)
        problems.push({ path, message: `"${name}" cannot be a ${type} here and a ${other} in another key` });
      types.set(name, other);
    }
  }
  if (localIndexes.length && !sortKey)
    problems.push({ path: ['localIndexes'], message: 'local indexes need a table with a sort key' });
  const names = [...globalIndexes, ...localIndexes].map(({ name }) => name);
  if (new Set(names).size < names.length)
    problems.push({ path: ['globalIndexes'], message: 'two indexes of a table cannot have the same name' });
  return problems;
}

/** Ours: a table as it is. */
export const TableDescription = z.strictObject({
  name: TableName,
  partitionKey: KeyAttribute,
  sortKey: KeyAttribute.optional(),
  globalIndexes: z.array(GlobalIndex),
  localIndexes: z.array(LocalIndex),
  timeToLive: AttributeName.optional(),
  stream: TableStream,
  createdAt: Timestamp,
});
export type TableDescription = z.infer<typeof TableDescription>;

/** Which items of a partition a query asks for. */
export const QueryCondition = variants([
  variant('KeyEquals', { key: NonEmpty, value: AttributeValue }),
  variant('KeyBetween', { key: NonEmpty, start: AttributeValue, end: AttributeValue }),
  variant('BeginsWith', { key: NonEmpty, prefix: z.string() }),
  variant('Contains', { key: NonEmpty, value: AttributeValue }),
]);
export type QueryCondition = z.infer<typeof QueryCondition>;

/** Ours: what one attribute of an item must fulfil. */
export const ScanCondition = variants([
  variant('Equals', { attribute: NonEmpty, value: AttributeValue }),
  variant('NotEquals', { attribute: NonEmpty, value: AttributeValue }),
  variant('LessThan', { attribute: NonEmpty, value: AttributeValue }),
  variant('LessThanOrEqual', { attribute: NonEmpty, value: AttributeValue }),
  variant('GreaterThan', { attribute: NonEmpty, value: AttributeValue }),
  variant('GreaterThanOrEqual', { attribute: NonEmpty, value: AttributeValue }),
  variant('Between', { attribute: NonEmpty, start: AttributeValue, end: AttributeValue }),
  variant('BeginsWith', { attribute: NonEmpty, prefix: z.string() }),
  variant('Contains', { attribute: NonEmpty, value: AttributeValue }),
  variant('Exists', { attribute: NonEmpty }),
  variant('NotExists', { attribute: NonEmpty }),
]);
export type ScanCondition = z.infer<typeof ScanCondition>;

/** Ours: which items a scan gives: those for which every condition holds. */
export const ScanFilter = z.strictObject({ conditions: z.array(ScanCondition).min(1).max(100) });
export type ScanFilter = z.infer<typeof ScanFilter>;

/** Ours: what must hold of the item that is there for a write to be done, and what the write gives back. */
const expectations = {
  conditions: z.array(ScanCondition).max(100).optional().describe('all must hold of the item that is there'),
  expectedVersion: NonEmpty.optional().describe('the version that the item that is there must have'),
};

/** Ours: the options of a put or a delete. */
export const WriteOptions = z.strictObject({
  ...expectations,
  returning: z.enum(['Old']).optional().describe('gives back the item that was there'),
});
export type WriteOptions = z.infer<typeof WriteOptions>;

const changes = {
  remove: z.array(NonEmpty).optional().describe('attributes to remove'),
  add: Item.optional().describe('numbers to add, or sets whose members to add'),
  append: z.record(NonEmpty, z.array(AttributeValue)).optional().describe('what to append to lists'),
  deleteFrom: Item.optional().describe('sets whose members to take out'),
};

/** Ours: what an update does besides setting attributes, and its options. */
export const UpdateOptions = z.strictObject({
  ...changes,
  ...expectations,
  returning: z.enum(['Old', 'New']).optional().describe('gives back the item as it was, or as it is now'),
});
export type UpdateOptions = z.infer<typeof UpdateOptions>;

/** Ours: what a write left: the version of the item, where there is one now, and the image that was asked for. */
export const Written = z.strictObject({ version: NonEmpty.optional(), item: Item.optional() });
export type Written = z.infer<typeof Written>;

/** Ours: an item with its version, which is another one after every write. */
export const StoredItem = z.strictObject({ item: Item, version: NonEmpty });
export type StoredItem = z.infer<typeof StoredItem>;

/** Ours: the options of reading one item. */
export const ReadOptions = z.strictObject({
  consistent: z.boolean().optional().describe('sees every write that was acknowledged before'),
});
export type ReadOptions = z.infer<typeof ReadOptions>;

const paging = {
  consistent: z.boolean().optional().describe('sees every write that was acknowledged before'),
  limit: z.int().min(1).max(10_000).optional().describe('the most items of a page'),
  pageToken: NonEmpty.max(20_000).optional().describe('nextPageToken of the page before'),
};

/** Ours: the options of a query. */
export const QueryOptions = z.strictObject({
  ...paging,
  index: TableName.optional().describe('the index to look in; the table itself when left out'),
  order: z.enum(['Ascending', 'Descending']).optional().describe('by the sort key; Ascending when left out'),
});
export type QueryOptions = z.infer<typeof QueryOptions>;

/** Ours: the options of a scan. */
export const ScanOptions = z.strictObject({
  ...paging,
  segment: z
    .strictObject({ index: Int32.nonnegative(), of: z.int().min(1).max(1_000) })
    .refine(({ index, of }) => index < of, 'the segment must be less than the number of segments')
    .optional()
    .describe('one of several parts that are read at the same time'),
});
export type ScanOptions = z.infer<typeof ScanOptions>;

/** Ours: some of the items that were asked for, and the way to the rest. */
export const ItemPage = z.strictObject({ items: z.array(Item), nextPageToken: NonEmpty.optional() });
export type ItemPage = z.infer<typeof ItemPage>;

/** One write of a batch. */
export const BatchOperation = variants([
  variant('Put', { table: TableName, item: Item }),
  variant('Delete', { table: TableName, key: Item }),
]);
export type BatchOperation = z.infer<typeof BatchOperation>;

/** Ours: how many writes of a batch were done, and those that were not. */
export const BatchResult = z.strictObject({ processed: Count, unprocessed: z.array(BatchOperation) });
export type BatchResult = z.infer<typeof BatchResult>;

/** Ours: one part of a transaction. */
export const TransactAction = variants([
  variant('Put', { table: TableName, item: Item, ...expectations }),
  variant('Update', { table: TableName, key: Item, update: Item, ...changes, ...expectations }),
  variant('Delete', { table: TableName, key: Item, ...expectations }),
  variant('Check', { table: TableName, key: Item, ...expectations }),
]);
export type TransactAction = z.infer<typeof TransactAction>;

/** Ours: the options of a transaction. */
export const TransactOptions = z.strictObject({
  clientToken: z
    .string()
    .min(1)
    .max(36)
    .optional()
    .describe('the same token within ten minutes is the same transaction'),
});
export type TransactOptions = z.infer<typeof TransactOptions>;

/** Ours: why one part of a transaction that was cancelled could not be done, or that it could have been. */
export const CancellationReason = variants([
  plain('None'),
  variant('ConditionFailed', { message: z.string(), version: NonEmpty.optional() }),
  variant('InvalidUpdate', { message: z.string() }),
]);
export type CancellationReason = z.infer<typeof CancellationReason>;

/** Ours: what the event of an item's change carries. */
export const ItemChange = z.strictObject({
  table: TableName,
  key: Item,
  sequence: NonEmpty.describe('grows with every change of the table'),
  expired: z.boolean().optional().describe('whether the item was deleted because its time was up'),
  old: Item.optional(),
  new: Item.optional(),
});
export type ItemChange = z.infer<typeof ItemChange>;

/** A database of items in tables. */
export interface NoSQLDatabase {
  putItem(table: string, item: Item, options?: WriteOptions): Promise<Written>;
  getItem(table: string, key: Item, options?: ReadOptions): Promise<Item | undefined>;
  updateItem(table: string, key: Item, update: Item, options?: UpdateOptions): Promise<Written>;
  deleteItem(table: string, key: Item, options?: WriteOptions): Promise<Written>;
  query(table: string, condition: QueryCondition | QueryCondition[], options?: QueryOptions): Promise<Item[]>;
  scan(table: string, filter?: ScanFilter, options?: ScanOptions): Promise<Item[]>;
  batchWrite(operations: BatchOperation[]): Promise<BatchResult>;
}
