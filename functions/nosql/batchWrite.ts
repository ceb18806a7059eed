import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { BatchOperation, BatchResult } from '../../shared/types/nosql.ts';

/** Does many writes, as many of them as it can. */
export default operation({
  name: 'nosql.batchWrite',
  summary: 'Write many items',
  input: z.strictObject({ operations: z.array(BatchOperation).min(1).max(10_000) }),
  output: BatchResult,
  errors: ['DatabaseError.TableNotFound', 'DatabaseError.DataDamaged'],
  idempotency: 'natural',
  example: {
    operations: [
      { kind: 'Put', table: 'images', item: { album: 'a', takenAt: 2 } },
      { kind: 'Delete', table: 'images', key: { album: 'a', takenAt: 1 } },
    ],
  },
  run: ({ operations }, nosql) => nosql.batchWrite(operations),
});
