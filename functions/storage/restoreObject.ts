import { z } from 'zod';
import { Count } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { VersionFields } from './requests.ts';

/** Makes a copy of an archived object that can be read for some days. */
export default operation({
  name: 'storage.restoreObject',
  summary: 'Make an archived object readable for some days',
  input: z.strictObject({ ...VersionFields, days: Count.min(1).max(36_500) }),
  output: z.strictObject({}),
  errors: [
    'StorageError.BucketNotFound',
    'StorageError.ObjectNotFound',
    'StorageError.VersionNotFound',
    'StorageError.InvalidObjectState',
  ],
  idempotency: 'natural',
  example: { bucket: 'models', key: 'sentiment/1.onnx', days: 7 },
  async run({ days, ...reference }, storage) {
    await storage.restoreObject(reference, days);
    return {};
  },
});
