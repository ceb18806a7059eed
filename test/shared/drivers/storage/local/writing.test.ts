import { createHash } from 'node:crypto';
import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { digestOf } from '../../../../../shared/drivers/storage/local/digests.ts';
import type { PutOptions } from '../../../../../shared/drivers/storage/port.ts';
import { bytesOf, patterned, textOf, trialBucket, trialDirectory } from './trialStore.ts';

async function checksumOf(algorithm: Parameters<typeof digestOf>[0], bytes: Uint8Array): Promise<string> {
  const digest = await digestOf(algorithm);
  digest.update(bytes);
  return Buffer.from(await digest.digest()).toString('base64');
}

/** The names of the files that hold content. */
async function contentFiles(directory: string): Promise<string[]> {
  const entries = await readdir(join(directory, 'content'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('checksums', () => {
  // The check values of the catalogue of parametrised CRC algorithms, and of RFC 6234, for "123456789".
  test.each([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
    ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['SHA256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
  ] as const)('%s is computed, kept and given back', async (algorithm, hex) => {
    const store = await trialBucket();
    const value = Buffer.from(hex, 'hex').toString('base64');
    await store.putObject('bbb', 'k', Buffer.from('123456789'), { checksum: { algorithm, value } });
    expect((await store.headObject('bbb', 'k')).version.checksum).toEqual({ algorithm, value, type: 'FULL_OBJECT' });
  });

  test.each<[string, PutOptions]>([
    ['StorageError.ChecksumMismatch', { checksum: { algorithm: 'CRC32', value: 'AAAAAA==' } }],
    ['StorageError.ChecksumMismatch', { checksum: { algorithm: 'SHA256', value: () => `${'A'.repeat(43)}=` } }],
    ['StorageError.ChecksumMismatch', { contentMd5: createHash('md5').update('other').digest('base64') }],
    ['InvalidInput', { contentMd5: 'not base64' }],
    ['InvalidInput', { checksum: { algorithm: 'CRC32', value: 'AAAA' } }],
    ['StorageError.IncompleteContent', { size: 300_001 }],
    ['StorageError.IncompleteContent', { size: 299_999 }],
    ['StorageError.ObjectTooLarge', { size: 5 * 1024 ** 3 + 1 }],
    ['InvalidInput', { metadata: { a: 'x'.repeat(2048) } }],
    ['InvalidInput', { tags: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`t${index}`, ''])) }],
    ['InvalidInput', { tags: { ['x'.repeat(129)]: '' } }],
    ['InvalidInput', { tags: { a: 'x'.repeat(257) } }],
  ])('%s leaves nothing: %j', async (code, options) => {
    const directory = await trialDirectory();
    const store = await trialBucket({}, { directory });
    await expect(store.putObject('bbb', 'k', patterned(300_000), options)).rejects.toMatchObject({ code });
    expect((await store.listObjects('bbb')).entries).toEqual([]);
    await store.close();
    expect(await contentFiles(directory)).toEqual([]);
  });

  test('one that is known only after the content holds for content that is streamed', async () => {
    const store = await trialBucket();
    const bytes = patterned(2_000_000);
    let trailer: string | undefined;
    async function* content() {
      yield bytes.subarray(0, 1_500_000);
      yield bytes.subarray(1_500_000);
      trailer = await checksumOf('CRC32C', bytes);
    }
    const put = await store.putObject('bbb', 'k', content(), {
      checksum: { algorithm: 'CRC32C', value: () => trailer },
    });
    expect(put.checksum?.value).toBe(trailer);
  });
});

describe('what is kept with an object', () => {
  const kept = {
    metadata: { owner: 'ö', empty: '' },
    headers: { contentType: 'text/plain', cacheControl: 'no-store' },
    tags: { team: 'red' },
    storageClass: 'StandardIA',
  } as const;

  test('comes back with it', async () => {
    const store = await trialBucket();
    await store.putObject('bbb', 'k', Buffer.from('v'), kept);
    expect((await store.headObject('bbb', 'k')).version).toMatchObject(kept);
  });

  test('is copied with it, or replaced', async () => {
    const store = await trialBucket();
    await store.putObject('bbb', 'k', patterned(200_000), kept);
    const source = { bucket: 'bbb', key: 'k' };
    const copy = await store.copyObject(source, { bucket: 'bbb', key: 'copy' });
    expect(copy).toMatchObject({
      metadata: kept.metadata,
      headers: kept.headers,
      tags: kept.tags,
      storageClass: 'Standard',
    });
    const changed = { metadata: { a: 'b' }, tags: { c: 'd' }, replaceMetadata: true, replaceTags: true };
    const onto = await store.copyObject(source, source, changed);
    expect(onto).toMatchObject({ metadata: { a: 'b' }, headers: {}, tags: { c: 'd' } });
    expect((await bytesOf((await store.getObject('bbb', 'k')).content)).equals(patterned(200_000))).toBe(true);
  });

  test('a copy is made only of a source that fulfils its conditions', async () => {
    const store = await trialBucket();
    const { etag } = await store.putObject('bbb', 'k', Buffer.from('v'));
    const source = { bucket: 'bbb', key: 'k' };
    for (const sourcePreconditions of [{ ifMatch: ['x'] }, { ifNoneMatch: [etag] }]) {
      const copy = store.copyObject(source, { bucket: 'bbb', key: 'copy' }, { sourcePreconditions });
      await expect(copy).rejects.toMatchObject({ code: 'StorageError.PreconditionFailed' });
    }
  });

  test('tags are replaced without a new version', async () => {
    const store = await trialBucket({ versioning: 'Enabled' });
    const { versionId } = await store.putObject('bbb', 'k', Buffer.from('v'), { tags: { a: 'b' } });
    await store.putTags({ bucket: 'bbb', key: 'k' }, { c: 'd' });
    expect(await store.getTags({ bucket: 'bbb', key: 'k', versionId: versionId! })).toEqual({ c: 'd' });
    expect((await store.listVersions('bbb')).entries).toHaveLength(1);
  });
});

describe('readers and writers at the same time', () => {
  test('of 100 writers of one key one wins, whole, and nothing else stays', async () => {
    const directory = await trialDirectory();
    const store = await trialBucket({}, { directory });
    const contents = Array.from({ length: 100 }, (_, index) => patterned(20_000 + index, index));
    await Promise.all(contents.map((content) => store.putObject('bbb', 'k', content)));
    const { version, content } = await store.getObject('bbb', 'k');
    const bytes = await bytesOf(content);
    expect(createHash('md5').update(bytes).digest('hex')).toBe(version.etag);
    expect(contents.some((each) => each.equals(bytes))).toBe(true);
    await store.close();
    expect(await contentFiles(directory)).toHaveLength(1);
  });

  test('a read goes on to its end when the object is replaced and deleted meanwhile', async () => {
    const directory = await trialDirectory();
    const store = await trialBucket({}, { directory });
    const bytes = patterned(5_000_000);
    await store.putObject('bbb', 'k', bytes);
    const { content } = await store.getObject('bbb', 'k');
    const reader = content.getReader();
    const first = await reader.read();
    await store.putObject('bbb', 'k', Buffer.from('new'));
    await store.deleteObject('bbb', 'k');
    const pieces = [first.value!];
    for (let next = await reader.read(); !next.done; next = await reader.read()) pieces.push(next.value);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    await store.close();
    expect(await contentFiles(directory)).toEqual([]);
  });

  test('a read that is given up lets go of what it read', async () => {
    const directory = await trialDirectory();
    const store = await trialBucket({}, { directory });
    await store.putObject('bbb', 'k', patterned(5_000_000));
    const { content } = await store.getObject('bbb', 'k');
    const reader = content.getReader();
    await reader.read();
    await store.deleteObject('bbb', 'k');
    expect(await contentFiles(directory)).toHaveLength(1);
    await reader.cancel();
    await store.close();
    expect(await contentFiles(directory)).toEqual([]);
    expect(await openFiles(directory)).toEqual([]);
  });

  test('an upload whose source fails leaves nothing', async () => {
    const directory = await trialDirectory();
    const store = await trialBucket({}, { directory });
    async function* broken() {
      yield patterned(3_000_000);
      throw new Error('the client went away');
    }
    await expect(store.putObject('bbb', 'k', broken())).rejects.toThrow('the client went away');
    await expect(textOf(store, 'k')).rejects.toMatchObject({ code: 'StorageError.ObjectNotFound' });
    await store.close();
    expect(await contentFiles(directory)).toEqual([]);
    expect(await openFiles(directory)).toEqual([]);
  });
});

/** The files under a directory that this process has open, where the system tells. */
async function openFiles(directory: string): Promise<string[]> {
  const descriptors = await readdir('/proc/self/fd').catch(() => []);
  const targets = await Promise.all(descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
  return targets.filter((target) => target.startsWith(join(directory, 'content')));
}

test('a read that took all bytes has closed its file, though nobody asked for more', async () => {
  const directory = await trialDirectory();
  const store = await trialBucket({}, { directory });
  await store.putObject('bbb', 'k', patterned(200_000));
  const reader = (await store.getObject('bbb', 'k')).content.getReader();
  for (let left = 200_000; left > 0; ) left -= (await reader.read()).value!.length;
  await store.deleteObject('bbb', 'k');
  await store.close();
  expect(await contentFiles(directory)).toEqual([]);
  expect(await openFiles(directory)).toEqual([]);
});
