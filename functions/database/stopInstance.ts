import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { DatabaseInstance, InstanceName } from '../../shared/types/database.ts';

/** Begins to stop a database; its data stays. */
export default operation({
  name: 'database.stopInstance',
  summary: 'Stop a database instance',
  input: z.strictObject({ name: InstanceName }),
  output: DatabaseInstance,
  errors: ['DatabaseError.InstanceNotFound', 'DatabaseError.InvalidInstanceState'],
  idempotency: 'request',
  example: { name: 'orders' },
  run: ({ name }, driver) => driver.stop(name),
});
