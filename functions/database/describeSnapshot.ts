import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { AnySnapshotName, SnapshotDescription } from './snapshots.ts';

/** Tells how a snapshot stands, and why it failed if it did. */
export default operation({
  name: 'database.describeSnapshot',
  summary: 'Describe a snapshot',
  input: z.strictObject({ snapshot: AnySnapshotName }),
  output: SnapshotDescription,
  errors: ['DatabaseError.SnapshotNotFound'],
  idempotency: 'read',
  example: { snapshot: 'before-migration' },
  run: ({ snapshot }, driver) => driver.describeSnapshot(snapshot),
});
