import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { DatabaseInstance, InstanceName } from '../../shared/types/database.ts';

/** Tells how a database stands. */
export default operation({
  name: 'database.describeInstance',
  summary: 'Describe a database instance',
  input: z.strictObject({ name: InstanceName }),
  output: DatabaseInstance,
  errors: ['DatabaseError.InstanceNotFound'],
  idempotency: 'read',
  example: { name: 'orders' },
  run: ({ name }, driver) => driver.describe(name),
});
