import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { HttpMethod } from '../../shared/types/scalars.ts';
import { PresignedFor, PresignedRequest, VersionFields } from './requests.ts';

/** Makes a URL with which anyone may do one request to an object, until it expires. */
export default operation({
  name: 'storage.generatePresignedUrl',
  summary: 'Make a URL with which anyone may do one request until it expires',
  input: z.strictObject({
    ...VersionFields,
    method: HttpMethod.extract(['GET', 'HEAD', 'PUT', 'DELETE']),
    expires: PresignedFor,
    headers: z.record(z.string(), z.string()).optional().describe('that the request must carry'),
  }),
  output: PresignedRequest,
  errors: ['StorageError.BucketNotFound', 'StorageError.InvalidObjectName'],
  idempotency: 'read',
  example: { bucket: 'models', key: 'sentiment/labels.txt', method: 'GET', expires: 'PT15M' },
  run: async ({ bucket, key, method, versionId, expires, headers }, storage) => ({
    url: await storage.presignUrl(bucket, key, { method, expiresIn: expires.milliseconds, versionId, headers }),
    method,
  }),
});
