import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { Item, ReadOptions, StoredItem, TableName } from '../../shared/types/nosql.ts';

/** Reads the item with a key, and its version; neither when there is none. */
export default operation({
  name: 'nosql.getItem',
  summary: 'Read an item',
  input: z.strictObject({ table: TableName, key: Item, ...ReadOptions.shape }),
  output: StoredItem.partial(),
  errors: ['DatabaseError.TableNotFound', 'DatabaseError.DataDamaged'],
  idempotency: 'read',
  example: { table: 'images', key: { album: 'a', takenAt: 1 } },
  run: async ({ table, key, ...options }, nosql) => (await nosql.getItem(table, key, options)) ?? {},
});
