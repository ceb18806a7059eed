import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { TableName } from '../../shared/types/nosql.ts';

/** Gives the names of all tables. */
export default operation({
  name: 'nosql.listTables',
  summary: 'List the tables',
  input: z.strictObject({}),
  output: z.strictObject({ tables: z.array(TableName) }),
  errors: [],
  idempotency: 'read',
  example: {},
  run: async (_input, nosql) => ({ tables: await nosql.listTables() }),
});
