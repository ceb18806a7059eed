import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { ObjectVersion } from '../../shared/types/objects.ts';
import { conditionsOf, KeptFields, ObjectFields, VersionFields, WriteConditionFields } from './requests.ts';

/** Copies an object within the provider; what is given of metadata, headers or tags replaces the source's. */
export default operation({
  name: 'storage.copyObject',
  summary: 'Copy an object',
  input: z.strictObject({
    source: z.strictObject(VersionFields),
    target: z.strictObject(ObjectFields),
    ...KeptFields,
    ...WriteConditionFields,
  }),
  output: ObjectVersion,
  errors: [
    'StorageError.BucketNotFound',
    'StorageError.ObjectNotFound',
    'StorageError.VersionNotFound',
    'StorageError.InvalidObjectState',
    'StorageError.PreconditionFailed',
  ],
  idempotency: 'request',
  example: {
    source: { bucket: 'models', key: 'sentiment/2.onnx' },
    target: { bucket: 'models', key: 'sentiment/live.onnx' },
  },
  run: ({ source, target, ifMatch, ifNoneMatch, ...kept }, storage) =>
    storage.copyObject(source, target, {
      ...kept,
      ...((kept.metadata || kept.headers) && { replaceMetadata: true }),
      ...(kept.tags && { replaceTags: true }),
      ...conditionsOf({ ifMatch, ifNoneMatch }),
    }),
});
