import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { ItemPage, QueryCondition, QueryOptions, TableName } from '../../shared/types/nosql.ts';

/** Gives the items of one partition that fulfil all conditions, a page at a time. */
export default operation({
  name: 'nosql.query',
  summary: 'Find the items of a partition',
  input: z.strictObject({
    table: TableName,
    conditions: z.array(QueryCondition).min(1).max(100),
    ...QueryOptions.shape,
  }),
  output: ItemPage,
  errors: ['DatabaseError.TableNotFound', 'DatabaseError.DataDamaged'],
  idempotency: 'read',
  example: {
    table: 'images',
    conditions: [
      { kind: 'KeyEquals', key: 'album', value: 'a' },
      { kind: 'KeyBetween', key: 'takenAt', start: 1, end: 9 },
    ],
    order: 'Descending',
    limit: 20,
  },
  run: ({ table, conditions, ...options }, nosql) => nosql.query(table, conditions, options),
});
