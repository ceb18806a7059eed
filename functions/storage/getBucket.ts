import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { Bucket } from '../../shared/types/storage.ts';

/** Describes a bucket. */
export default operation({
  name: 'storage.getBucket',
  summary: 'Describe a bucket',
  input: z.strictObject({ name: NonEmpty }),
  output: Bucket,
  errors: ['StorageError.BucketNotFound'],
  idempotency: 'read',
  example: { name: 'models' },
  run: ({ name }, storage) => storage.getBucket(name),
});
