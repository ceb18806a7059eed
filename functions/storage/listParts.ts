import { z } from 'zod';
import { Count } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { StoredPart, UploadDescription } from '../../shared/types/objects.ts';
import { UploadFields } from './requests.ts';

/** Lists the parts of an upload that have arrived, in the order of their numbers. */
export default operation({
  name: 'storage.listParts',
  summary: 'List the parts of an upload that have arrived',
  input: z.strictObject({
    ...UploadFields,
    after: Count.optional().describe('the "next" of the page before'),
    limit: Count.min(1).max(1000).optional(),
  }),
  output: z.strictObject({ upload: UploadDescription, parts: z.array(StoredPart), next: Count.optional() }),
  errors: ['StorageError.BucketNotFound', 'StorageError.UploadNotFound'],
  idempotency: 'read',
  example: { bucket: 'models', key: 'sentiment/2.onnx', uploadId: '01KB0000000000000000000000' },
  run: ({ bucket, key, uploadId, ...page }, storage) => storage.listParts({ bucket, key, uploadId }, page),
});
