import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { Item, TableName, UpdateOptions, Written } from '../../shared/types/nosql.ts';

/** Changes attributes of an item, which is made where there is none. */
export default operation({
  name: 'nosql.updateItem',
  summary: 'Change attributes of an item',
  input: z.strictObject({ table: TableName, key: Item, update: Item.default({}), ...UpdateOptions.shape }),
  output: Written,
  errors: ['DatabaseError.TableNotFound', 'DatabaseError.DataDamaged', 'Conflict'],
  idempotency: 'request',
  example: {
    table: 'images',
    key: { album: 'a', takenAt: 1 },
    update: { title: 'Sea' },
    add: { views: 1 },
    returning: 'New',
  },
  run: ({ table, key, update, ...options }, nosql) => nosql.updateItem(table, key, update, options),
});
