import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { InstanceName } from '../../shared/types/database.ts';

/** Tells how to connect to a database, with the password: the answer is not for logs. */
export default operation({
  name: 'database.getConnectionString',
  summary: 'Tell how to connect to a database instance',
  input: z.strictObject({ name: InstanceName }),
  output: z.strictObject({ connectionString: NonEmpty }),
  errors: ['DatabaseError.InstanceNotFound', 'DatabaseError.InvalidInstanceState'],
  idempotency: 'read',
  example: { name: 'orders' },
  run: async ({ name }, driver) => ({ connectionString: await driver.connectionString(name) }),
});
