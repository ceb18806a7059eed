import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { MIB, patterned, refused, rule, type StorageRule } from './trial.ts';

/** What holds of copies, and of tags. */
export const copyRules: StorageRule[] = [
  rule('a copy has the content, the metadata, the headers and the tags of its source', async (trial) => {
    const [from, to] = [await trial.bucket(), await trial.bucket()];
    const kept = { metadata: { a: 'b' }, headers: { contentType: 'text/plain' }, tags: { t: 'v' } };
    const source = await trial.put(from, 'a', patterned(MIB), kept);
    const copy = await trial.driver.copyObject({ bucket: from, key: 'a' }, { bucket: to, key: 'b' });
    expect(copy).toMatchObject({ key: 'b', size: MIB, etag: source.etag, ...kept });
    expect((await trial.bytes(to, 'b')).equals(patterned(MIB))).toBe(true);
  }),
  rule('a copy and its source live apart', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a', 'content');
    await trial.driver.copyObject({ bucket, key: 'a' }, { bucket, key: 'b' });
    await trial.put(bucket, 'a', 'changed');
    expect(await trial.text(bucket, 'b')).toBe('content');
    await trial.driver.deleteObject(bucket, 'a');
    expect(await trial.text(bucket, 'b')).toBe('content');
  }),
  rule("a copy takes metadata that replaces the source's", async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a', 'x', { metadata: { old: '1' } });
    const options = { metadata: { new: '2' }, replaceMetadata: true };
    const copy = await trial.driver.copyObject({ bucket, key: 'a' }, { bucket, key: 'b' }, options);
    expect(copy.metadata).toEqual({ new: '2' });
  }),
  rule(
    "a copy takes tags that replace the source's",
    async (trial) => {
      const bucket = await trial.bucket();
      await trial.put(bucket, 'a', 'x', { tags: { old: '1' } });
      const options = { tags: { new: '2' }, replaceTags: true };
      await trial.driver.copyObject({ bucket, key: 'a' }, { bucket, key: 'b' }, options);
      expect(await trial.driver.getTags({ bucket, key: 'b' })).toEqual({ new: '2' });
    },
    ['tags'],
  ),
  rule('an object can be copied onto itself with other metadata', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a', 'content', { metadata: { n: '1' } });
    const place = { bucket, key: 'a' };
    await trial.driver.copyObject(place, place, { metadata: { n: '2' }, replaceMetadata: true });
    expect((await trial.driver.headObject(bucket, 'a')).version.metadata).toEqual({ n: '2' });
    expect(await trial.text(bucket, 'a')).toBe('content');
  }),
  rule('what does not exist cannot be copied', async (trial) => {
    const bucket = await trial.bucket();
    const call = trial.driver.copyObject({ bucket, key: 'none' }, { bucket, key: 'b' });
    await refused(call, 'StorageError.ObjectNotFound');
    expect(await trial.keys(bucket)).toEqual([]);
  }),
  rule('nothing is copied from or into a bucket that does not exist', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a');
    const none = { bucket: `none-${randomUUID()}`, key: 'a' };
    await refused(trial.driver.copyObject(none, { bucket, key: 'b' }), 'StorageError.BucketNotFound');
    await refused(trial.driver.copyObject({ bucket, key: 'a' }, none), 'StorageError.BucketNotFound');
  }),
  rule('a copy is made when its source has the ETag, and not else', async (trial) => {
    const bucket = await trial.bucket();
    const { etag } = await trial.put(bucket, 'a');
    const copy = (ifMatch: string[]) =>
      trial.driver.copyObject({ bucket, key: 'a' }, { bucket, key: 'b' }, { sourcePreconditions: { ifMatch } });
    await refused(copy(['other']), 'StorageError.PreconditionFailed');
    expect(await trial.keys(bucket)).toEqual(['a']);
    await copy([etag]);
    expect(await trial.keys(bucket)).toEqual(['a', 'b']);
  }),
  rule(
    'a copy replaces nothing where there must be nothing',
    async (trial) => {
      const bucket = await trial.bucket();
      await trial.put(bucket, 'a', 'new');
      await trial.put(bucket, 'b', 'old');
      const options = { preconditions: { ifNoneMatch: ['*'] } };
      const call = trial.driver.copyObject({ bucket, key: 'a' }, { bucket, key: 'b' }, options);
      await refused(call, 'StorageError.PreconditionFailed');
      expect(await trial.text(bucket, 'b')).toBe('old');
    },
    ['conditionalWrites'],
  ),
  rule(
    'an earlier version can be copied to be the newest again',
    async (trial) => {
      const bucket = await trial.bucket({ versioning: 'Enabled' });
      const { versionId } = await trial.put(bucket, 'a', 'good');
      await trial.put(bucket, 'a', 'bad');
      await trial.driver.copyObject({ bucket, key: 'a', versionId: versionId! }, { bucket, key: 'a' });
      expect(await trial.text(bucket, 'a')).toBe('good');
      expect((await trial.driver.listVersions(bucket)).entries).toHaveLength(3);
    },
    ['versioning'],
  ),
  rule('the copy of an object in parts has all of it', async (trial) => {
    const bucket = await trial.bucket();
    const contents = [patterned(5 * MIB, 4), patterned(77, 5)];
    const { upload, parts } = await trial.upload(bucket, 'a', contents);
    await trial.driver.completeUpload(upload, parts);
    await trial.driver.copyObject({ bucket, key: 'a' }, { bucket, key: 'b' });
    expect((await trial.bytes(bucket, 'b')).equals(Buffer.concat(contents))).toBe(true);
  }),
  rule(
    'tags are kept with the object and read back',
    async (trial) => {
      const bucket = await trial.bucket();
      await trial.put(bucket, 'a', 'x', { tags: { project: 'p', größe: 'groß', empty: '' } });
      expect(await trial.driver.getTags({ bucket, key: 'a' })).toEqual({ project: 'p', größe: 'groß', empty: '' });
    },
    ['tags'],
  ),
  rule(
    'tags are replaced as a whole, and no tags remove them',
    async (trial) => {
      const bucket = await trial.bucket();
      const place = { bucket, key: 'a' };
      const { etag } = await trial.put(bucket, 'a', 'x', { tags: { one: '1', two: '2' } });
      await trial.driver.putTags(place, { three: '3' });
      expect(await trial.driver.getTags(place)).toEqual({ three: '3' });
      await trial.driver.putTags(place, {});
      expect(await trial.driver.getTags(place)).toEqual({});
      expect((await trial.driver.headObject(bucket, 'a')).version.etag).toBe(etag);
    },
    ['tags'],
  ),
  rule(
    'ten tags of the longest kind are kept',
    async (trial) => {
      const bucket = await trial.bucket();
      const tags = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`${n}`.padEnd(128, 'k'), 'v'.repeat(256)]));
      await trial.put(bucket, 'a', 'x');
      await trial.driver.putTags({ bucket, key: 'a' }, tags);
      expect(await trial.driver.getTags({ bucket, key: 'a' })).toEqual(tags);
    },
    ['tags'],
  ),
  ...(
    [
      ['eleven tags', Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`k${n}`, 'v']))],
      ['a tag with a key of 129 characters', { ['k'.repeat(129)]: 'v' }],
      ['a tag with a value of 257 characters', { k: 'v'.repeat(257) }],
      ['a tag without a key', { '': 'v' }],
    ] as [string, Record<string, string>][]
  ).map(([what, tags]) =>
    rule(
      `${what} are refused`,
      async (trial) => {
        const bucket = await trial.bucket();
        await trial.put(bucket, 'a');
        await refused(trial.driver.putTags({ bucket, key: 'a' }, tags), 'InvalidInput');
        await refused(trial.put(bucket, 'b', 'x', { tags }), 'InvalidInput');
        expect(await trial.keys(bucket)).toEqual(['a']);
      },
      ['tags'],
    ),
  ),
  rule(
    'what does not exist has no tags',
    async (trial) => {
      const bucket = await trial.bucket();
      await refused(trial.driver.getTags({ bucket, key: 'none' }), 'StorageError.ObjectNotFound');
      await refused(trial.driver.putTags({ bucket, key: 'none' }, {}), 'StorageError.ObjectNotFound');
    },
    ['tags'],
  ),
];
