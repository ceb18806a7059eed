import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { InstanceName, SnapshotName } from '../../shared/types/database.ts';

/** Begins to delete a database, after a last snapshot of it unless that is skipped. */
export default operation({
  name: 'database.deleteInstance',
  summary: 'Delete a database instance',
  input: z.strictObject({
    name: InstanceName,
    skipFinalSnapshot: z.boolean().default(false),
    finalSnapshot: SnapshotName.optional().describe('its name; made of the name and the time when left out'),
  }),
  output: z.strictObject({ finalSnapshot: SnapshotName.optional() }),
  errors: [
    'DatabaseError.InstanceNotFound',
    'DatabaseError.InvalidInstanceState',
    'DatabaseError.SnapshotAlreadyExists',
  ],
  idempotency: 'request',
  example: { name: 'orders', finalSnapshot: 'orders-last' },
  async run({ name, skipFinalSnapshot, finalSnapshot }, driver, { now }) {
    const time = now.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
    const snapshot = skipFinalSnapshot ? undefined : (finalSnapshot ?? `${name}-final-${time}`);
    await driver.delete(name, snapshot);
    return snapshot === undefined ? {} : { finalSnapshot: snapshot };
  },
});
