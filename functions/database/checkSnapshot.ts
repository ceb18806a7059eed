import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { cloudError } from '../../shared/types/errors.ts';
import { AnySnapshotName, SnapshotDescription } from './snapshots.ts';

/** Says whether a snapshot is there; one that failed is an error. */
export default operation({
  name: 'database.checkSnapshot',
  summary: 'Check whether a snapshot is there',
  input: z.strictObject({ snapshot: AnySnapshotName }),
  output: z.strictObject({ settled: z.boolean(), snapshot: SnapshotDescription }),
  errors: ['DatabaseError.SnapshotNotFound', 'DatabaseError.SnapshotFailed'],
  idempotency: 'read',
  example: { snapshot: 'before-migration' },
  async run({ snapshot: name }, driver) {
    const snapshot = await driver.describeSnapshot(name);
    if (snapshot.snapshot.status !== 'Failed') {
      return { settled: snapshot.snapshot.status === 'Available', snapshot };
    }
    const reason = snapshot.failure ?? 'the provider does not say why';
    throw cloudError('DatabaseError.SnapshotFailed', `snapshot "${name}" failed: ${reason}`, { reason });
  },
});
