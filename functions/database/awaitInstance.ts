import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { InstanceName } from '../../shared/types/database.ts';

/** Starts the workflow that waits until a database has come to a state, and answers at once with its execution. */
export default operation({
  name: 'database.awaitInstance',
  summary: 'Start to wait for a state of a database instance',
  input: z.strictObject({ name: InstanceName, until: z.enum(['Available', 'Stopped', 'Deleted']) }),
  output: z.strictObject({ execution: NonEmpty }),
  errors: [],
  idempotency: 'request',
  example: { name: 'orders', until: 'Available' },
  async run({ name, until }, _driver, { host, provider, requestId }) {
    const input = { instance: { provider, name, until } };
    const { execution } = await host.start('awaitDatabase', input, `awaitDatabase-${requestId}`);
    return { execution };
  },
});
