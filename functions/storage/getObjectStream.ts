import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { PresignedRequest, TransferFor, VersionFields } from './requests.ts';

/** Gives a URL that answers a GET with the content of an object, until it expires. */
export default operation({
  name: 'storage.getObjectStream',
  summary: 'Give a URL of the content of an object',
  input: z.strictObject({ ...VersionFields, expires: TransferFor }),
  output: PresignedRequest,
  errors: ['StorageError.BucketNotFound', 'StorageError.InvalidObjectName'],
  idempotency: 'read',
  example: { bucket: 'models', key: 'sentiment/2.onnx' },
  run: async ({ bucket, key, versionId, expires }, storage) => ({
    url: await storage.presignUrl(bucket, key, { method: 'GET', expiresIn: expires.milliseconds, versionId }),
    method: 'GET',
  }),
});
