import { z } from 'zod';
import { Bytes } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { ObjectVersion } from '../../shared/types/objects.ts';
import { conditionsOf, KeptFields, LARGEST_INLINE, ObjectFields, WriteConditionFields } from './requests.ts';

/** Stores a small object whose content travels in the request; `storage.putObjectStream` takes larger ones. */
export default operation({
  name: 'storage.putObject',
  summary: 'Store a small object',
  input: z.strictObject({
    ...ObjectFields,
    data: Bytes.refine(
      (data) => data.length <= LARGEST_INLINE,
      `at most ${LARGEST_INLINE} bytes expected; larger content goes through the URL that storage.putObjectStream gives`,
    ).describe('base64'),
    ...KeptFields,
    ...WriteConditionFields,
  }),
  output: ObjectVersion,
  errors: [
    'StorageError.BucketNotFound',
    'StorageError.InvalidObjectName',
    'StorageError.PreconditionFailed',
    'StorageError.AccessDenied',
    'StorageError.QuotaExceeded',
    'StorageError.UploadFailed',
  ],
  idempotency: 'request',
  example: {
    bucket: 'models',
    key: 'sentiment/labels.txt',
    data: 'cG9zaXRpdmUKbmVnYXRpdmUK',
    metadata: { lang: 'en' },
  },
  run: ({ bucket, key, data, ifMatch, ifNoneMatch, ...kept }, storage) =>
    storage.putObject(bucket, key, data, { size: data.length, ...kept, ...conditionsOf({ ifMatch, ifNoneMatch }) }),
});
