import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { InstanceName, SnapshotName } from '../../shared/types/database.ts';
import { SnapshotDescription } from './snapshots.ts';

/** Begins to take a snapshot; it holds what was committed at one moment, however much is written meanwhile. */
export default operation({
  name: 'database.createSnapshot',
  summary: 'Take a snapshot of a database',
  input: z.strictObject({ instance: InstanceName, snapshot: SnapshotName }),
  output: SnapshotDescription,
  errors: [
    'DatabaseError.InstanceNotFound',
    'DatabaseError.InvalidInstanceState',
    'DatabaseError.SnapshotAlreadyExists',
  ],
  idempotency: 'request',
  example: { instance: 'orders', snapshot: 'before-migration' },
  run: ({ instance, snapshot }, driver, { requestId }) => driver.createSnapshot(instance, snapshot, requestId),
});
