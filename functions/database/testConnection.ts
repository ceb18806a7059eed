import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { InstanceName } from '../../shared/types/database.ts';

/** Connects to a database as a client does, and asks a query. */
export default operation({
  name: 'database.testConnection',
  summary: 'Test the connection to a database instance',
  input: z.strictObject({ name: InstanceName }),
  output: z.strictObject({ connected: z.boolean() }),
  errors: ['DatabaseError.InstanceNotFound'],
  idempotency: 'read',
  example: { name: 'orders' },
  run: async ({ name }, driver) => ({ connected: await driver.testConnection(name) }),
});
