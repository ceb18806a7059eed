import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { AnySnapshotName } from './snapshots.ts';

/** Deletes a snapshot. */
export default operation({
  name: 'database.deleteSnapshot',
  summary: 'Delete a snapshot',
  input: z.strictObject({ snapshot: AnySnapshotName }),
  output: z.strictObject({}),
  errors: ['DatabaseError.SnapshotNotFound', 'DatabaseError.InvalidInstanceState'],
  idempotency: 'request',
  example: { snapshot: 'before-migration' },
  async run({ snapshot }, driver) {
    await driver.deleteSnapshot(snapshot);
    return {};
  },
});
