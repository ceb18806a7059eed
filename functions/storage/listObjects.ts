import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import { ObjectVersion } from '../../shared/types/objects.ts';
import { PageFields } from './requests.ts';

/** Lists a page of the objects of a bucket in the order of their keys' bytes. */
export default operation({
  name: 'storage.listObjects',
  summary: 'List objects, a page at a time',
  input: z.strictObject({ bucket: NonEmpty, ...PageFields }),
  output: z.strictObject({
    objects: z.array(ObjectVersion),
    commonPrefixes: z.array(z.string()),
    next: z.string().optional().describe('what to give as "after" for the next page; absent on the last one'),
  }),
  errors: ['StorageError.BucketNotFound'],
  idempotency: 'read',
  example: { bucket: 'models', prefix: 'sentiment/', delimiter: '/' },
  async run({ bucket, ...page }, storage) {
    const { entries, commonPrefixes, next } = await storage.listObjects(bucket, page);
    return { objects: entries, commonPrefixes, ...(next !== undefined && { next }) };
  },
});
