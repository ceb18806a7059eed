import { createHash, randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { broken, MIB, patterned, pieces, refused, rule, type StorageRule } from './trial.ts';

const md5 = (content: Uint8Array | string): string => createHash('md5').update(content).digest('hex');

const SIZES = [0, 1, 1023, 16 * 1024, 64 * 1024, 64 * 1024 + 1, MIB + 7];

/** What holds of objects: their content, their metadata, their end. */
export const objectRules: StorageRule[] = [
  ...SIZES.map((size) =>
    rule(`${size} bytes are read back as they were stored`, async (trial) => {
      const bucket = await trial.bucket();
      const content = patterned(size);
      const { etag, size: stored } = await trial.put(bucket, 'a', content);
      expect({ etag, stored }).toEqual({ etag: md5(content), stored: size });
      expect((await trial.bytes(bucket, 'a')).equals(content)).toBe(true);
    }),
  ),
  rule('the ETag of no bytes is the MD5 of RFC 1321', async (trial) => {
    const bucket = await trial.bucket();
    expect((await trial.put(bucket, 'a', '')).etag).toBe('d41d8cd98f00b204e9800998ecf8427e');
  }),
  rule('the ETag of "abc" is the MD5 of RFC 1321', async (trial) => {
    const bucket = await trial.bucket();
    expect((await trial.put(bucket, 'a', 'abc')).etag).toBe('900150983cd24fb0d6963f7d28e17f72');
  }),
  rule('content that comes in pieces is one object', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a', pieces('one ', '', 'two ', 'three'));
    expect(await trial.text(bucket, 'a')).toBe('one two three');
  }),
  rule('content that breaks off leaves nothing', async (trial) => {
    const bucket = await trial.bucket();
    await expect(trial.put(bucket, 'a', broken())).rejects.toThrow();
    expect(await trial.keys(bucket)).toEqual([]);
  }),
  rule('content that breaks off leaves the earlier object', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a', 'earlier');
    await expect(trial.put(bucket, 'a', broken())).rejects.toThrow();
    expect(await trial.text(bucket, 'a')).toBe('earlier');
  }),
  ...[3, 8].map((size) =>
    rule(`content that has not the ${size} bytes that were announced is refused and leaves nothing`, async (trial) => {
      const bucket = await trial.bucket();
      await refused(trial.put(bucket, 'a', pieces('12345'), { size }), 'StorageError.IncompleteContent');
      expect(await trial.keys(bucket)).toEqual([]);
    }),
  ),
  rule('an object that is stored again is replaced as a whole', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a', 'a long first content', { metadata: { first: 'yes' } });
    await trial.put(bucket, 'a', 'short');
    const { version } = await trial.driver.headObject(bucket, 'a');
    expect(version).toMatchObject({ size: 5, metadata: {} });
    expect(await trial.text(bucket, 'a')).toBe('short');
  }),
  rule('of many that write one key at once, one is read, whole', async (trial) => {
    const bucket = await trial.bucket();
    const contents = Array.from({ length: 16 }, (_, seed) => patterned(20_000, seed + 1));
    await Promise.all(contents.map((content) => trial.put(bucket, 'a', content)));
    const read = await trial.bytes(bucket, 'a');
    expect(contents.some((content) => content.equals(read))).toBe(true);
    expect((await trial.driver.headObject(bucket, 'a')).version.etag).toBe(md5(read));
  }),
  rule('what was begun to be read is read to its end, though it is replaced meanwhile', async (trial) => {
    const bucket = await trial.bucket();
    const first = patterned(2 * MIB, 3);
    await trial.put(bucket, 'a', first);
    const { content } = await trial.driver.getObject(bucket, 'a');
    const reader = content.getReader();
    const read = [(await reader.read()).value!];
    await trial.put(bucket, 'a', 'replaced');
    for (let next = await reader.read(); !next.done; next = await reader.read()) read.push(next.value);
    expect(Buffer.concat(read).equals(first)).toBe(true);
  }),
  rule('a reader that goes away early hinders nobody', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a', patterned(2 * MIB));
    const { content } = await trial.driver.getObject(bucket, 'a');
    await content.cancel();
    await trial.driver.deleteObject(bucket, 'a');
    expect(await trial.keys(bucket)).toEqual([]);
  }),
  rule('what is stored can be read at once and stands in the listing at once', async (trial) => {
    const bucket = await trial.bucket();
    for (let index = 0; index < 10; index++) {
      await trial.put(bucket, `k${index}`, `${index}`);
      expect(await trial.text(bucket, `k${index}`)).toBe(`${index}`);
      expect(await trial.keys(bucket)).toContain(`k${index}`);
    }
  }),
  rule('a description is that of the object, without reading it', async (trial) => {
    const bucket = await trial.bucket();
    const stored = await trial.put(bucket, 'a', 'content');
    const { version } = await trial.driver.headObject(bucket, 'a');
    expect(version).toMatchObject({ key: 'a', size: 7, etag: stored.etag, latest: true, storageClass: 'Standard' });
    expect(Math.abs(version.lastModified.getTime() - stored.lastModified.getTime())).toBeLessThan(1000);
  }),
  rule('user metadata is kept, and its names are small letters', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a', 'x', { metadata: { author: 'somebody', 'a-b_c.d': ' v ' } });
    expect((await trial.driver.headObject(bucket, 'a')).version.metadata).toMatchObject({ author: 'somebody' });
  }),
  rule('2,048 bytes of user metadata are kept', async (trial) => {
    const bucket = await trial.bucket();
    const metadata = { name: 'v'.repeat(2044) };
    await trial.put(bucket, 'a', 'x', { metadata });
    expect((await trial.driver.headObject(bucket, 'a')).version.metadata).toEqual(metadata);
  }),
  rule('more than 2,048 bytes of user metadata are refused and leave nothing', async (trial) => {
    const bucket = await trial.bucket();
    await refused(trial.put(bucket, 'a', 'x', { metadata: { name: 'v'.repeat(2045) } }), 'InvalidInput');
    expect(await trial.keys(bucket)).toEqual([]);
  }),
  rule('an object without user metadata has none', async (trial) => {
    const bucket = await trial.bucket();
    expect((await trial.put(bucket, 'a')).metadata).toEqual({});
  }),
  rule('content headers are kept', async (trial) => {
    const bucket = await trial.bucket();
    const headers = {
      contentType: 'text/csv; charset=utf-8',
      contentEncoding: 'gzip',
      contentDisposition: 'attachment; filename="a.csv"',
      contentLanguage: 'de',
      cacheControl: 'max-age=60',
    };
    await trial.put(bucket, 'a', 'x', { headers });
    expect((await trial.driver.headObject(bucket, 'a')).version.headers).toMatchObject(headers);
  }),
  rule('content with the encoding gzip is given as it was stored', async (trial) => {
    const bucket = await trial.bucket();
    const content = Buffer.from([0x1f, 0x8b, 0x08, 0, 1, 2, 3]);
    await trial.put(bucket, 'a', content, { headers: { contentEncoding: 'gzip' } });
    expect(await trial.bytes(bucket, 'a')).toEqual(content);
  }),
  rule('an object that does not exist is not found', async (trial) => {
    const bucket = await trial.bucket();
    await refused(trial.driver.getObject(bucket, 'none'), 'StorageError.ObjectNotFound');
    await refused(trial.driver.headObject(bucket, 'none'), 'StorageError.ObjectNotFound');
  }),
  rule('a bucket that does not exist is not an object that does not exist', async ({ driver }) =>
    refused(driver.getObject(`none-${randomUUID()}`, 'a'), 'StorageError.BucketNotFound'),
  ),
  rule('a folder is no object', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a/b');
    await refused(trial.driver.getObject(bucket, 'a'), 'StorageError.ObjectNotFound');
    await refused(trial.driver.getObject(bucket, 'a/'), 'StorageError.ObjectNotFound');
  }),
  rule('a deleted object is gone', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a');
    expect(await trial.driver.deleteObject(bucket, 'a')).toMatchObject({ deleteMarker: false });
    await refused(trial.driver.getObject(bucket, 'a'), 'StorageError.ObjectNotFound');
  }),
  rule('deleting what does not exist is no error', async (trial) => {
    const bucket = await trial.bucket();
    await trial.driver.deleteObject(bucket, 'none');
    await trial.driver.deleteObject(bucket, 'none');
  }),
  rule('deleting in a bucket that does not exist says so', async ({ driver }) =>
    refused(driver.deleteObject(`none-${randomUUID()}`, 'a'), 'StorageError.BucketNotFound'),
  ),
  rule('the content must have the MD5 that was announced (RFC 1864)', async (trial) => {
    const bucket = await trial.bucket();
    const contentMd5 = createHash('md5').update('content').digest('base64');
    await trial.put(bucket, 'a', 'content', { contentMd5 });
    await refused(trial.put(bucket, 'b', 'contenT', { contentMd5 }), 'StorageError.ChecksumMismatch');
    expect(await trial.keys(bucket)).toEqual(['a']);
  }),
  ...(['StandardIA', 'ReducedRedundancy', 'OneZoneIA', 'IntelligentTiering'] as const).map((storageClass) =>
    rule(
      `an object of the class ${storageClass} says so and can be read`,
      async (trial) => {
        const bucket = await trial.bucket();
        await trial.put(bucket, 'a', 'content', { storageClass });
        expect((await trial.driver.headObject(bucket, 'a')).version.storageClass).toBe(storageClass);
        expect(await trial.text(bucket, 'a')).toBe('content');
      },
      ['storageClasses'],
    ),
  ),
  ...(['Glacier', 'GlacierDeepArchive'] as const).map((storageClass) =>
    rule(
      `an object of the class ${storageClass} is described, and cannot be read before it is restored`,
      async (trial) => {
        const bucket = await trial.bucket();
        await trial.put(bucket, 'a', 'content', { storageClass });
        expect((await trial.driver.headObject(bucket, 'a')).version.storageClass).toBe(storageClass);
        await refused(trial.driver.getObject(bucket, 'a'), 'StorageError.InvalidObjectState');
      },
      ['storageClasses'],
    ),
  ),
  rule(
    'an object that is not archived cannot be restored',
    async (trial) => {
      const bucket = await trial.bucket();
      await trial.put(bucket, 'a');
      await refused(trial.driver.restoreObject({ bucket, key: 'a' }, 1), 'StorageError.InvalidObjectState');
    },
    ['storageClasses'],
  ),
  rule(
    'an object that does not exist cannot be restored',
    async (trial) => {
      const bucket = await trial.bucket();
      await refused(trial.driver.restoreObject({ bucket, key: 'none' }, 1), 'StorageError.ObjectNotFound');
    },
    ['storageClasses'],
  ),
];
