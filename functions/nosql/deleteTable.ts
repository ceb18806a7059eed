import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { TableName } from '../../shared/types/nosql.ts';

/** Deletes a table with everything in it. */
export default operation({
  name: 'nosql.deleteTable',
  summary: 'Delete a table with its items',
  input: z.strictObject({ table: TableName }),
  output: z.strictObject({}),
  errors: ['DatabaseError.TableNotFound'],
  idempotency: 'request',
  example: { table: 'images' },
  run: async ({ table }, nosql) => {
    await nosql.deleteTable(table);
    return {};
  },
});
