import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';

/** Deletes a bucket that holds nothing: no object, no earlier version, no delete marker. */
export default operation({
  name: 'storage.deleteBucket',
  summary: 'Delete an empty bucket',
  input: z.strictObject({ name: NonEmpty }),
  output: z.strictObject({}),
  errors: ['StorageError.BucketNotFound', 'StorageError.BucketNotEmpty'],
  idempotency: 'request',
  example: { name: 'models' },
  async run({ name }, storage) {
    await storage.deleteBucket(name);
    return {};
  },
});
