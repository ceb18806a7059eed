import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { Bucket } from '../../shared/types/storage.ts';

/** Lists the buckets of the provider in the order of their names. */
export default operation({
  name: 'storage.listBuckets',
  summary: 'List the buckets',
  input: z.strictObject({}),
  output: z.strictObject({ buckets: z.array(Bucket) }),
  errors: ['StorageError.AccessDenied'],
  idempotency: 'read',
  example: {},
  run: async (_input, storage) => ({ buckets: await storage.listBuckets() }),
});
