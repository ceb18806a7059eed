import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { ObjectFields } from './requests.ts';

/** Deletes one version of an object, or one delete marker, for good. */
export default operation({
  name: 'storage.deleteVersion',
  summary: 'Delete one version of an object for good',
  input: z.strictObject({ ...ObjectFields, versionId: NonEmpty }),
  output: z.strictObject({
    versionId: NonEmpty.optional(),
    deleteMarker: z.boolean().describe('whether it was a delete marker that was removed'),
  }),
  errors: ['StorageError.BucketNotFound'],
  idempotency: 'natural',
  example: { bucket: 'models', key: 'sentiment/labels.txt', versionId: '01KB0000000000000000000000' },
  run: ({ bucket, key, versionId }, storage) => storage.deleteObject(bucket, key, { versionId }),
});
