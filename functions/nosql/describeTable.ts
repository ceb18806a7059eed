import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { TableDescription, TableName } from '../../shared/types/nosql.ts';

/** Gives the keys, the indexes and the settings of a table. */
export default operation({
  name: 'nosql.describeTable',
  summary: 'Describe a table',
  input: z.strictObject({ table: TableName }),
  output: TableDescription,
  errors: ['DatabaseError.TableNotFound'],
  idempotency: 'read',
  example: { table: 'images' },
  run: ({ table }, nosql) => nosql.describeTable(table),
});
