import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { Bucket, BucketConfig, BucketName } from '../../shared/types/storage.ts';

/** Creates a bucket. */
export default operation({
  name: 'storage.createBucket',
  summary: 'Create a bucket',
  input: z.strictObject({ name: BucketName, config: BucketConfig.default(() => BucketConfig.decode({})) }),
  output: Bucket,
  errors: ['StorageError.BucketAlreadyExists', 'StorageError.AccessDenied'],
  idempotency: 'request',
  example: { name: 'models', config: { versioning: 'Enabled' } },
  run: ({ name, config }, storage) => storage.createBucket(name, config),
});
