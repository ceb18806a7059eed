import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { Item, TableName, WriteOptions, Written } from '../../shared/types/nosql.ts';

/** Deletes an item; one that is not there is no error. */
export default operation({
  name: 'nosql.deleteItem',
  summary: 'Delete an item',
  input: z.strictObject({ table: TableName, key: Item, ...WriteOptions.shape }),
  output: Written,
  errors: ['DatabaseError.TableNotFound', 'DatabaseError.DataDamaged', 'Conflict'],
  idempotency: 'request',
  example: { table: 'images', key: { album: 'a', takenAt: 1 } },
  run: ({ table, key, ...options }, nosql) => nosql.deleteItem(table, key, options),
});
