import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { UploadFields } from './requests.ts';

/** Ends an upload in parts; what arrived of it is removed. */
export default operation({
  name: 'storage.abortMultipartUpload',
  summary: 'End an upload in parts and remove what arrived of it',
  input: z.strictObject(UploadFields),
  output: z.strictObject({}),
  errors: ['StorageError.BucketNotFound', 'StorageError.UploadNotFound'],
  idempotency: 'request',
  example: { bucket: 'models', key: 'sentiment/2.onnx', uploadId: '01KB0000000000000000000000' },
  async run({ bucket, key, uploadId }, storage) {
    await storage.abortUpload({ bucket, key, uploadId });
    return {};
  },
});
