import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { PartInfo } from '../../shared/types/storage.ts';
import { PresignedRequest, TransferFor, UploadFields } from './requests.ts';

/** Gives a URL that takes one part of an upload as the body of a PUT, until it expires. */
export default operation({
  name: 'storage.uploadPart',
  summary: 'Give a URL that takes one part of an upload',
  input: z.strictObject({ ...UploadFields, partNumber: PartInfo.shape.partNumber, expires: TransferFor }),
  output: PresignedRequest,
  errors: ['StorageError.BucketNotFound', 'StorageError.UploadNotFound'],
  idempotency: 'read',
  example: { bucket: 'models', key: 'sentiment/2.onnx', uploadId: '01KB0000000000000000000000', partNumber: 1 },
  run: async ({ bucket, key, uploadId, partNumber, expires }, storage) => ({
    url: await storage.presignUrl(bucket, key, {
      method: 'PUT',
      expiresIn: expires.milliseconds,
      part: { uploadId, partNumber },
    }),
    method: 'PUT',
  }),
});
