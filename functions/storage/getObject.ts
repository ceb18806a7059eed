import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import { Bytes, Count } from '../../shared/core/codecs.ts';
import { CloudError } from '../../shared/core/errors.ts';
import { operation } from '../../shared/operation.ts';
import { ObjectVersion } from '../../shared/types/objects.ts';
import { LARGEST_INLINE, VersionFields } from './requests.ts';

/** Reads a small object, or a small part of one, whose content travels in the answer; `storage.getObjectStream` gives larger ones. */
export default operation({
  name: 'storage.getObject',
  summary: 'Read a small object, or a part of one',
  input: z.strictObject({
    ...VersionFields,
    range: z
      .strictObject({ start: Count.optional(), end: Count.optional() })
      .optional()
      .describe('offsets, both included; only "end": that many last bytes'),
  }),
  output: z.strictObject({ info: ObjectVersion, data: Bytes.describe('base64') }),
  errors: [
    'StorageError.BucketNotFound',
    'StorageError.ObjectNotFound',
    'StorageError.VersionNotFound',
    'StorageError.InvalidRange',
    'StorageError.InvalidObjectState',
    'StorageError.AccessDenied',
    'StorageError.DownloadFailed',
  ],
  idempotency: 'read',
  example: { bucket: 'models', key: 'sentiment/labels.txt' },
  async run({ bucket, key, versionId, range }, storage) {
    const { version, range: held, content } = await storage.getObject(bucket, key, { versionId, range });
    const size = held ? held.end - held.start + 1 : version.size;
    if (size > LARGEST_INLINE) {
      await content.cancel();
      throw tooLarge(key, size);
    }
    return { info: version, data: new Uint8Array(await buffer(content)) };
  },
});

function tooLarge(key: string, size: number): CloudError {
  return new CloudError(
    'InvalidInput',
    `object "${key}": ${size} bytes are more than the ${LARGEST_INLINE} that travel in an answer; ask for a range, or read it through the URL that storage.getObjectStream gives`,
    { details: { issues: [{ path: 'key', value: key, message: 'the object is too large for an answer' }] } },
  );
}
