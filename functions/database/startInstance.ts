import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { DatabaseInstance, InstanceName } from '../../shared/types/database.ts';

/** Begins to start a database that was stopped or has failed. */
export default operation({
  name: 'database.startInstance',
  summary: 'Start a database instance',
  input: z.strictObject({ name: InstanceName }),
  output: DatabaseInstance,
  errors: ['DatabaseError.InstanceNotFound', 'DatabaseError.InvalidInstanceState'],
  idempotency: 'request',
  example: { name: 'orders' },
  run: ({ name }, driver) => driver.start(name),
});
