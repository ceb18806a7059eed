import { z } from 'zod';
import { NonEmpty, Timestamp } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { DatabaseConfig, DatabaseInstance, InstanceName } from '../../shared/types/database.ts';

/** Begins to change the configuration of a database; what needs a restart waits for the maintenance window where there is one. */
export default operation({
  name: 'database.modifyInstance',
  summary: 'Modify a database instance',
  input: z.strictObject({ name: InstanceName, config: DatabaseConfig }),
  output: z.strictObject({
    instance: DatabaseInstance,
    restart: z.array(NonEmpty).describe('the settings for which the engine is started again'),
    appliesAt: Timestamp.optional().describe('when the maintenance window is that they wait for'),
  }),
  errors: [
    'DatabaseError.InstanceNotFound',
    'DatabaseError.InvalidInstanceState',
    'DatabaseError.InvalidConfiguration',
    'Unimplemented',
  ],
  idempotency: 'request',
  example: {
    name: 'orders',
    config: {
      engine: { kind: 'PostgreSQL', version: '18' },
      version: '18',
      instanceClass: 'db.t4g.small',
      allocatedStorage: 20,
      encryption: false,
    },
  },
  run: ({ name, config }, driver) => driver.modify(name, config),
});
