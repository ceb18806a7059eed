import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { ChecksumAlgorithm, UploadDescription } from '../../shared/types/objects.ts';
import { KeptFields, ObjectFields } from './requests.ts';

/** Begins an upload in parts. */
export default operation({
  name: 'storage.startMultipartUpload',
  summary: 'Begin an upload in parts',
  input: z.strictObject({
    ...ObjectFields,
    ...KeptFields,
    checksum: z.strictObject({ algorithm: ChecksumAlgorithm, type: z.enum(['FULL_OBJECT', 'COMPOSITE']) }).optional(),
  }),
  output: UploadDescription,
  errors: ['StorageError.BucketNotFound', 'StorageError.InvalidObjectName', 'StorageError.AccessDenied'],
  idempotency: 'request',
  example: { bucket: 'models', key: 'sentiment/2.onnx' },
  run: ({ bucket, key, ...options }, storage) => storage.startUpload(bucket, key, options),
});
