import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { InstanceName } from '../../shared/types/database.ts';
import { SnapshotDescription } from './snapshots.ts';

/** Lists the snapshots of one database or of all, the oldest first. */
export default operation({
  name: 'database.listSnapshots',
  summary: 'List snapshots',
  input: z.strictObject({ instance: InstanceName.optional() }),
  output: z.strictObject({ snapshots: z.array(SnapshotDescription) }),
  errors: [],
  idempotency: 'read',
  example: { instance: 'orders' },
  run: async ({ instance }, driver) => ({ snapshots: await driver.listSnapshots(instance) }),
});
