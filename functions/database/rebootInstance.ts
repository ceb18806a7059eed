import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { DatabaseInstance, InstanceName } from '../../shared/types/database.ts';

/** Begins to stop a database and to start it again; with `forceFailover` its standby takes over. */
export default operation({
  name: 'database.rebootInstance',
  summary: 'Reboot a database instance',
  input: z.strictObject({ name: InstanceName, forceFailover: z.boolean().default(false) }),
  output: DatabaseInstance,
  errors: [
    'DatabaseError.InstanceNotFound',
    'DatabaseError.InvalidInstanceState',
    'DatabaseError.InvalidConfiguration',
  ],
  idempotency: 'request',
  example: { name: 'orders' },
  run: ({ name, forceFailover }, driver) => driver.reboot(name, forceFailover),
});
