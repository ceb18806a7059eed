import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { ObjectTags } from '../../shared/types/objects.ts';
import { VersionFields } from './requests.ts';

/** Replaces all tags of an object. */
export default operation({
  name: 'storage.putTags',
  summary: 'Replace the tags of an object',
  input: z.strictObject({ ...VersionFields, tags: ObjectTags }),
  output: z.strictObject({}),
  errors: ['StorageError.BucketNotFound', 'StorageError.ObjectNotFound', 'StorageError.VersionNotFound'],
  idempotency: 'natural',
  example: { bucket: 'models', key: 'sentiment/labels.txt', tags: { project: 'sentiment' } },
  async run({ tags, ...reference }, storage) {
    await storage.putTags(reference, tags);
    return {};
  },
});
