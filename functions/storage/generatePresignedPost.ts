import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { PresignedCondition, PresignedPost } from '../../shared/types/storage.ts';
import { ObjectFields, PresignedFor } from './requests.ts';

/** Makes the fields of an HTML form with which anyone may upload an object that fulfils the conditions, until it expires. */
export default operation({
  name: 'storage.generatePresignedPost',
  summary: 'Make a form with which anyone may upload an object until it expires',
  input: z.strictObject({
    ...ObjectFields,
    expires: PresignedFor,
    conditions: z.array(PresignedCondition).max(100).default([]),
  }),
  output: PresignedPost,
  errors: ['StorageError.BucketNotFound', 'StorageError.InvalidObjectName'],
  idempotency: 'read',
  example: {
    bucket: 'uploads',
    key: 'photos/1.jpg',
    expires: 'PT1H',
    conditions: [{ kind: 'ContentLengthRange', min: 1, max: 10485760 }],
  },
  run: ({ bucket, key, expires, conditions }, storage) =>
    storage.presignPost(bucket, key, expires.milliseconds, conditions),
});
