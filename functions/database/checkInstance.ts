import { z } from 'zod';
import { CloudError } from '../../shared/core/errors.ts';
import { operation } from '../../shared/operation.ts';
import { DatabaseInstance, InstanceName } from '../../shared/types/database.ts';
import { cloudError } from '../../shared/types/errors.ts';

/** Says whether a database has come to the state that is waited for; one that will not come to it is an error. */
export default operation({
  name: 'database.checkInstance',
  summary: 'Check whether a database instance has come to a state',
  input: z.strictObject({ name: InstanceName, until: z.enum(['Available', 'Stopped', 'Deleted']) }),
  output: z.strictObject({ settled: z.boolean(), instance: DatabaseInstance.optional() }),
  errors: ['DatabaseError.InstanceNotFound', 'DatabaseError.InvalidInstanceState'],
  idempotency: 'read',
  example: { name: 'orders', until: 'Available' },
  async run({ name, until }, driver) {
    const instance = await driver.describe(name).catch((error) => {
      if (until === 'Deleted' && CloudError.from(error).code === 'DatabaseError.InstanceNotFound') return undefined;
      throw error;
    });
    if (!instance || instance.status.kind === until) return { settled: true, ...(instance && { instance }) };
    const { status } = instance;
    if (status.kind !== 'Failed' && status.kind !== 'Available' && status.kind !== 'Stopped') {
      return { settled: false, instance };
    }
    const reason = status.kind === 'Failed' ? `: ${status.reason}` : '; what was asked of it last has failed';
    throw cloudError(
      'DatabaseError.InvalidInstanceState',
      `database "${name}" is ${status.kind}, and will not become ${until} by itself${reason}`,
      { instance: name, state: status.kind, operation: `wait until it is ${until}` },
    );
  },
});
