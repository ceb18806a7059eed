import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { ObjectVersion } from '../../shared/types/objects.ts';
import { VersionFields } from './requests.ts';

/** Tells everything about an object but its content. */
export default operation({
  name: 'storage.headObject',
  summary: 'Describe an object',
  input: z.strictObject(VersionFields),
  output: ObjectVersion,
  errors: ['StorageError.BucketNotFound', 'StorageError.ObjectNotFound', 'StorageError.VersionNotFound'],
  idempotency: 'read',
  example: { bucket: 'models', key: 'sentiment/labels.txt' },
  run: async ({ bucket, key, versionId }, storage) => (await storage.headObject(bucket, key, { versionId })).version,
});
