import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { TransactAction, TransactOptions } from '../../shared/types/nosql.ts';

/** Does all of some writes, or none of them. */
export default operation({
  name: 'nosql.transactWrite',
  summary: 'Write several items all or nothing',
  input: z.strictObject({ actions: z.array(TransactAction).min(1).max(100), ...TransactOptions.shape }),
  output: z.strictObject({}),
  errors: ['DatabaseError.TableNotFound', 'DatabaseError.DataDamaged', 'Conflict'],
  idempotency: 'request',
  example: {
    actions: [
      { kind: 'Update', table: 'albums', key: { album: 'a' }, update: {}, add: { count: 1 } },
      {
        kind: 'Put',
        table: 'images',
        item: { album: 'a', takenAt: 3 },
        conditions: [{ kind: 'NotExists', attribute: 'album' }],
      },
    ],
  },
  run: async ({ actions, ...options }, nosql) => {
    await nosql.transactWrite(actions, options);
    return {};
  },
});
