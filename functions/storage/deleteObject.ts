import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { ObjectFields } from './requests.ts';

/** Deletes an object; in a bucket with versions a delete marker hides it, and the versions stay. */
export default operation({
  name: 'storage.deleteObject',
  summary: 'Delete an object',
  input: z.strictObject({
    ...ObjectFields,
    ifMatch: NonEmpty.optional().describe('the ETag that the object must have now'),
  }),
  output: z.strictObject({
    versionId: NonEmpty.optional().describe('of the delete marker that was made'),
    deleteMarker: z.boolean(),
  }),
  errors: ['StorageError.BucketNotFound', 'StorageError.PreconditionFailed'],
  idempotency: 'request',
  example: { bucket: 'models', key: 'sentiment/labels.txt' },
  run: ({ bucket, key, ifMatch }, storage) =>
    storage.deleteObject(bucket, key, ifMatch === undefined ? {} : { preconditions: { ifMatch: [ifMatch] } }),
});
