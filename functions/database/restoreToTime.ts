import { z } from 'zod';
import { Timestamp } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { DatabaseConfig, DatabaseInstance, InstanceName } from '../../shared/types/database.ts';

/** Begins to create a database with what another one held at a time. */
export default operation({
  name: 'database.restoreToTime',
  summary: 'Create a database instance from what another one held at a time',
  input: z.strictObject({
    source: InstanceName,
    name: InstanceName,
    config: DatabaseConfig,
    time: Timestamp.optional().describe('the latest that is possible when left out'),
  }),
  output: DatabaseInstance,
  errors: [
    'DatabaseError.InstanceNotFound',
    'DatabaseError.RestoreFailed',
    'DatabaseError.InstanceAlreadyExists',
    'DatabaseError.InvalidConfiguration',
    'Unimplemented',
  ],
  idempotency: 'request',
  example: {
    source: 'orders',
    name: 'orders-2',
    time: '2026-11-23T12:00:00Z',
    config: {
      engine: { kind: 'PostgreSQL', version: '18' },
      version: '18',
      instanceClass: 'db.t4g.micro',
      allocatedStorage: 20,
      encryption: false,
    },
  },
  run: ({ source, name, config, time }, driver, { requestId }) =>
    driver.restoreToTime(source, name, config, time, requestId),
});
