import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { ObjectFields, PresignedRequest, TransferFor } from './requests.ts';

/** Gives a URL that takes the content of an object as the body of a PUT, until it expires. */
export default operation({
  name: 'storage.putObjectStream',
  summary: 'Give a URL that takes the content of an object',
  input: z.strictObject({
    ...ObjectFields,
    headers: z.record(z.string(), z.string()).optional().describe('that the request must carry, such as content-type'),
    expires: TransferFor,
  }),
  output: PresignedRequest,
  errors: ['StorageError.BucketNotFound', 'StorageError.InvalidObjectName'],
  idempotency: 'read',
  example: { bucket: 'models', key: 'sentiment/2.onnx' },
  run: async ({ bucket, key, headers, expires }, storage) => ({
    url: await storage.presignUrl(bucket, key, { method: 'PUT', expiresIn: expires.milliseconds, headers }),
    method: 'PUT',
  }),
});
