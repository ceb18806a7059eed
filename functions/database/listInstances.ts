import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { DatabaseInstance } from '../../shared/types/database.ts';

/** Lists the databases of the provider. */
export default operation({
  name: 'database.listInstances',
  summary: 'List the database instances',
  input: z.strictObject({}),
  output: z.strictObject({ instances: z.array(DatabaseInstance) }),
  errors: [],
  idempotency: 'read',
  example: {},
  run: async (_input, driver) => ({ instances: await driver.list() }),
});
