import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { ObjectTags } from '../../shared/types/objects.ts';
import { VersionFields } from './requests.ts';

/** Reads the tags of an object. */
export default operation({
  name: 'storage.getTags',
  summary: 'Read the tags of an object',
  input: z.strictObject(VersionFields),
  output: z.strictObject({ tags: ObjectTags }),
  errors: ['StorageError.BucketNotFound', 'StorageError.ObjectNotFound', 'StorageError.VersionNotFound'],
  idempotency: 'read',
  example: { bucket: 'models', key: 'sentiment/labels.txt' },
  run: async (reference, storage) => ({ tags: await storage.getTags(reference) }),
});
