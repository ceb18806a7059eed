import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { BucketConfig } from '../../shared/types/storage.ts';

/** Tells how a bucket is configured: versions, encryption, lifecycle, CORS, public access. */
export default operation({
  name: 'storage.getBucketConfig',
  summary: 'Tell how a bucket is configured',
  input: z.strictObject({ name: NonEmpty }),
  output: BucketConfig,
  errors: ['StorageError.BucketNotFound'],
  idempotency: 'read',
  example: { name: 'models' },
  run: ({ name }, storage) => storage.getBucketConfig(name),
});
