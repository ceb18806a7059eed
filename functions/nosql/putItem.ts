import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { Item, TableName, WriteOptions, Written } from '../../shared/types/nosql.ts';

/** Writes an item, in place of the one with the same key. */
export default operation({
  name: 'nosql.putItem',
  summary: 'Write an item',
  input: z.strictObject({ table: TableName, item: Item, ...WriteOptions.shape }),
  output: Written,
  errors: ['DatabaseError.TableNotFound', 'DatabaseError.DataDamaged', 'Conflict'],
  idempotency: 'request',
  example: { table: 'images', item: { album: 'a', takenAt: 1, camera: 'c', tags: { $set: ['sea', 'sun'] } } },
  run: ({ table, item, ...options }, nosql) => nosql.putItem(table, item, options),
});
