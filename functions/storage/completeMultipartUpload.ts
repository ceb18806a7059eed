import { z } from 'zod';
import { Count } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { ObjectVersion } from '../../shared/types/objects.ts';
import { PartInfo } from '../../shared/types/storage.ts';
import { conditionsOf, UploadFields, WriteConditionFields } from './requests.ts';

/** Makes the object of the parts of an upload, in the order of their numbers. */
export default operation({
  name: 'storage.completeMultipartUpload',
  summary: 'Make the object of the parts of an upload',
  input: z.strictObject({
    ...UploadFields,
    parts: z
      .array(PartInfo.omit({ size: true }))
      .min(1)
      .max(10_000),
    size: Count.optional().describe('how many bytes the whole object must have'),
    ...WriteConditionFields,
  }),
  output: ObjectVersion,
  errors: [
    'StorageError.BucketNotFound',
    'StorageError.UploadNotFound',
    'StorageError.InvalidPart',
    'StorageError.InvalidPartOrder',
    'StorageError.PartTooSmall',
    'StorageError.PreconditionFailed',
  ],
  idempotency: 'request',
  example: {
    bucket: 'models',
    key: 'sentiment/2.onnx',
    uploadId: '01KB0000000000000000000000',
    parts: [{ partNumber: 1, etag: '9a0364b9e99bb480dd25e1f0284c8555' }],
  },
  run: ({ bucket, key, uploadId, parts, size, ifMatch, ifNoneMatch }, storage) =>
    storage.completeUpload({ bucket, key, uploadId }, parts, { size, ...conditionsOf({ ifMatch, ifNoneMatch }) }),
});
