import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { DatabaseConfig, DatabaseInstance, InstanceName } from '../../shared/types/database.ts';
import { AnySnapshotName } from './snapshots.ts';

/** Begins to create a database with the content of a snapshot. */
export default operation({
  name: 'database.restoreFromSnapshot',
  summary: 'Create a database instance from a snapshot',
  input: z.strictObject({ snapshot: AnySnapshotName, name: InstanceName, config: DatabaseConfig }),
  output: DatabaseInstance,
  errors: [
    'DatabaseError.SnapshotNotFound',
    'DatabaseError.RestoreFailed',
    'DatabaseError.InstanceAlreadyExists',
    'DatabaseError.InvalidConfiguration',
    'Unimplemented',
  ],
  idempotency: 'request',
  example: {
    snapshot: 'before-migration',
    name: 'orders-2',
    config: {
      engine: { kind: 'PostgreSQL', version: '18' },
      version: '18',
      instanceClass: 'db.t4g.micro',
      allocatedStorage: 20,
      encryption: false,
    },
  },
  run: ({ snapshot, name, config }, driver, { requestId }) => driver.restore(snapshot, name, config, requestId),
});
