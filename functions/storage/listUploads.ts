import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { UploadDescription } from '../../shared/types/objects.ts';
import { PageFields } from './requests.ts';

/** Lists a page of the uploads in parts that are under way. */
export default operation({
  name: 'storage.listUploads',
  summary: 'List the uploads in parts that are under way',
  input: z.strictObject({
    bucket: NonEmpty,
    ...PageFields,
    afterUpload: NonEmpty.optional().describe('the "nextUpload" of the page before'),
  }),
  output: z.strictObject({
    uploads: z.array(UploadDescription),
    commonPrefixes: z.array(z.string()),
    next: z.string().optional().describe('what to give as "after" for the next page; absent on the last one'),
    nextUpload: z.string().optional().describe('what to give as "afterUpload" with it'),
  }),
  errors: ['StorageError.BucketNotFound'],
  idempotency: 'read',
  example: { bucket: 'models' },
  async run({ bucket, afterUpload, ...page }, storage) {
    const { entries, ...rest } = await storage.listUploads(bucket, { ...page, afterVersion: afterUpload });
    return { uploads: entries, ...rest };
  },
});
