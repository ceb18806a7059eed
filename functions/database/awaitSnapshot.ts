import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { AnySnapshotName } from './snapshots.ts';

/** Starts the workflow that waits until a snapshot is there, and answers at once with its execution. */
export default operation({
  name: 'database.awaitSnapshot',
  summary: 'Start to wait for a snapshot',
  input: z.strictObject({ snapshot: AnySnapshotName }),
  output: z.strictObject({ execution: NonEmpty }),
  errors: [],
  idempotency: 'request',
  example: { snapshot: 'before-migration' },
  async run({ snapshot }, _driver, { host, provider, requestId }) {
    const input = { snapshot: { provider, snapshot } };
    const { execution } = await host.start('awaitDatabase', input, `awaitDatabase-${requestId}`);
    return { execution };
  },
});
