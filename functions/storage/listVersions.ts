import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { DeleteMarker, ObjectVersion } from '../../shared/types/objects.ts';
import { PageFields } from './requests.ts';

/** Lists a page of the versions and delete markers of a bucket, the newest of each key first. */
export default operation({
  name: 'storage.listVersions',
  summary: 'List the versions of objects, a page at a time',
  input: z.strictObject({
    bucket: NonEmpty,
    ...PageFields,
    afterVersion: NonEmpty.optional().describe('the "nextVersion" of the page before'),
  }),
  output: z.strictObject({
    versions: z.array(z.union([ObjectVersion, DeleteMarker])),
    commonPrefixes: z.array(z.string()),
    next: z.string().optional().describe('what to give as "after" for the next page; absent on the last one'),
    nextVersion: z.string().optional().describe('what to give as "afterVersion" with it'),
  }),
  errors: ['StorageError.BucketNotFound'],
  idempotency: 'read',
  example: { bucket: 'models', prefix: 'sentiment/' },
  async run({ bucket, ...page }, storage) {
    const { entries, ...rest } = await storage.listVersions(bucket, page);
    return { versions: entries, ...rest };
  },
});
