import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { ItemPage, ScanFilter, ScanOptions, TableName } from '../../shared/types/nosql.ts';

/** Gives all items of a table that fulfil a filter, a page at a time. */
export default operation({
  name: 'nosql.scan',
  summary: 'Go through the items of a table',
  input: z.strictObject({ table: TableName, filter: ScanFilter.optional(), ...ScanOptions.shape }),
  output: ItemPage,
  errors: ['DatabaseError.TableNotFound', 'DatabaseError.DataDamaged'],
  idempotency: 'read',
  example: { table: 'images', filter: { conditions: [{ kind: 'Contains', attribute: 'tags', value: 'sea' }] } },
  run: ({ table, filter, ...options }, nosql) => nosql.scan(table, filter, options),
});
