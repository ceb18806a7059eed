import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { DatabaseConfig, DatabaseInstance, InstanceName } from '../../shared/types/database.ts';

/** Begins to create a database; it is `Creating` until it answers a query, and then `Available`. */
export default operation({
  name: 'database.createInstance',
  summary: 'Create a database instance',
  input: z.strictObject({ name: InstanceName, config: DatabaseConfig }),
  output: DatabaseInstance,
  errors: ['DatabaseError.InstanceAlreadyExists', 'DatabaseError.InvalidConfiguration', 'Unimplemented'],
  idempotency: 'request',
  example: {
    name: 'orders',
    config: {
      engine: { kind: 'PostgreSQL', version: '18' },
      version: '18',
      instanceClass: 'db.t4g.micro',
      allocatedStorage: 20,
      encryption: false,
    },
  },
  run: ({ name, config }, driver, { requestId }) => driver.create(name, config, requestId),
});
