import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { digestOf } from '../../../../../shared/drivers/storage/local/digests.ts';
import type { LocalStorage } from '../../../../../shared/drivers/storage/local/index.ts';
import type { Checksum, UploadOptions } from '../../../../../shared/drivers/storage/port.ts';
import { bytesOf, patterned, trialBucket, trialDirectory } from './trialStore.ts';

const MB = 1024 * 1024;
const md5 = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest();

/** An upload with parts of these sizes that arrived, the last one first. */
async function uploaded(store: LocalStorage, sizes: number[], options: UploadOptions = {}) {
  const upload = await store.startUpload('bbb', 'k', options);
  const contents = sizes.map((size, index) => patterned(size, index + 1));
  const parts = [];
  for (const [index, content] of [...contents.entries()].reverse()) {
    const { etag } = await store.uploadPart(upload, index + 1, content);
    parts.unshift({ partNumber: index + 1, etag });
  }
  return { upload, contents, parts, whole: Buffer.concat(contents) };
}

async function contentFiles(directory: string): Promise<string[]> {
  const names = await readdir(join(directory, 'content'), { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('an upload in parts', () => {
  test('becomes one object with the MD5 of the MD5s as its ETag, whatever order the parts came in', async () => {
    const store = await trialBucket();
    const { upload, parts, contents, whole } = await uploaded(store, [5 * MB, 5 * MB + 7, 11]);
    const object = await store.completeUpload(upload, parts);
    expect(object.etag).toBe(`${md5(Buffer.concat(contents.map(md5))).toString('hex')}-3`);
    expect(object.size).toBe(whole.length);
    expect((await bytesOf((await store.getObject('bbb', 'k')).content)).equals(whole)).toBe(true);
    const across = await store.getObject('bbb', 'k', { range: { start: 5 * MB - 3, end: 10 * MB + 9 } });
    expect((await bytesOf(across.content)).equals(whole.subarray(5 * MB - 3, 10 * MB + 10))).toBe(true);
    const second = await store.getObject('bbb', 'k', { partNumber: 2 });
    expect((await bytesOf(second.content)).equals(contents[1]!)).toBe(true);
    expect(second.version.parts?.map(({ size }) => size)).toEqual([5 * MB, 5 * MB + 7, 11]);
  });

  test('takes the last content of a part that is uploaded again, and only the parts that are named', async () => {
    const directory = await trialDirectory();
    const store = await trialBucket({}, { directory });
    const { upload } = await uploaded(store, [100_000, 100_000, 100_000]);
    const { etag } = await store.uploadPart(upload, 2, patterned(200_000, 9));
    await store.completeUpload(upload, [{ partNumber: 2, etag }]);
    expect((await bytesOf((await store.getObject('bbb', 'k')).content)).equals(patterned(200_000, 9))).toBe(true);

    await store.close();
    expect(await contentFiles(directory)).toHaveLength(1);
  });

  test('that is completed again with the same parts gives the same answer', async () => {
    const store = await trialBucket();
    const { upload, parts } = await uploaded(store, [100]);
    const first = await store.completeUpload(upload, parts);
    expect(await store.completeUpload(upload, parts)).toEqual(first);
    const other = [{ partNumber: 1, etag: 'f'.repeat(32) }];
    await expect(store.completeUpload(upload, other)).rejects.toMatchObject({ code: 'StorageError.UploadNotFound' });
  });

  test.each([
    ['StorageError.InvalidPart', (parts: Named) => [{ ...parts[0]!, etag: '0'.repeat(32) }]],
    ['StorageError.InvalidPart', (parts: Named) => [...parts, { partNumber: 7, etag: parts[0]!.etag }]],
    ['StorageError.InvalidPart', (parts: Named) => [{ ...parts[0]!, checksum: 'AAAAAA==' }]],
    ['StorageError.InvalidPartOrder', (parts: Named) => parts.toReversed()],
    ['StorageError.InvalidPartOrder', (parts: Named) => [parts[0]!, parts[0]!]],
    ['StorageError.PartTooSmall', (parts: Named) => parts],
    ['InvalidInput', () => []],
  ])('is refused as %s, and can still be completed rightly', async (code, wrong) => {
    const store = await trialBucket();
    const { upload, parts } = await uploaded(store, [100, 100]);
    await expect(store.completeUpload(upload, wrong(parts))).rejects.toMatchObject({ code });
    expect((await store.listObjects('bbb')).entries).toEqual([]);
    expect((await store.completeUpload(upload, [parts[1]!])).size).toBe(100);
  });

  test('that is aborted leaves nothing', async () => {
    const directory = await trialDirectory();
    const store = await trialBucket({}, { directory });
    const { upload } = await uploaded(store, [100_000, 100_000]);
    await store.abortUpload(upload);
    await expect(store.uploadPart(upload, 1, patterned(1))).rejects.toMatchObject({
      code: 'StorageError.UploadNotFound',
    });
    await expect(store.abortUpload(upload)).rejects.toMatchObject({ code: 'StorageError.UploadNotFound' });
    expect((await store.listUploads('bbb')).entries).toEqual([]);
    await store.close();
    expect(await contentFiles(directory)).toEqual([]);
  });

  test('takes parts from bytes of other objects', async () => {
    const store = await trialBucket();
    const bytes = patterned(6 * MB);
    await store.putObject('bbb', 'source', bytes);
    const upload = await store.startUpload('bbb', 'k');
    const from = { bucket: 'bbb', key: 'source' };
    const one = await store.uploadPartCopy(upload, 1, from, { range: { start: 1, end: 5 * MB } });
    const two = await store.uploadPartCopy(upload, 2, from, { range: { start: 0, end: 9 } });
    await store.completeUpload(
      upload,
      [one, two].map(({ partNumber, etag }) => ({ partNumber, etag })),
    );
    const expected = Buffer.concat([bytes.subarray(1, 5 * MB + 1), bytes.subarray(0, 10)]);
    expect((await bytesOf((await store.getObject('bbb', 'k')).content)).equals(expected)).toBe(true);
  });

  test('lists its parts in pages', async () => {
    const store = await trialBucket();
    const { upload } = await uploaded(store, [1, 2, 3]);
    const first = await store.listParts(upload, { limit: 2 });
    expect([first.parts.map(({ size }) => size), first.next]).toEqual([[1, 2], 2]);
    const second = await store.listParts(upload, { limit: 2, after: 2 });
    expect([second.parts.map(({ size }) => size), second.next]).toEqual([[3], undefined]);
  });
});

type Named = { partNumber: number; etag: string }[];

describe('the checksum of an object uploaded in parts', () => {
  test.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)('%s of the whole is that of its bytes', async (algorithm) => {
    const store = await trialBucket();
    const { upload, parts, whole } = await uploaded(store, [5 * MB, 5 * MB + 13, 1], {
      checksum: { algorithm, type: 'FULL_OBJECT' },
    });
    const digest = await digestOf(algorithm);
    digest.update(whole);
    const value = Buffer.from(await digest.digest()).toString('base64');
    const object = await store.completeUpload(upload, parts, { checksum: value });
    expect(object.checksum).toEqual({ algorithm, type: 'FULL_OBJECT', value });
  });

  test.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)(
    'a composite %s is that of the parts of the parts',
    async (algorithm) => {
      const store = await trialBucket();
      const { upload, parts } = await uploaded(store, [5 * MB, 3], { checksum: { algorithm, type: 'COMPOSITE' } });
      const digest = await digestOf(algorithm);
      for (const { checksum } of (await store.listParts(upload)).parts)
        digest.update(Buffer.from(checksum!.value, 'base64'));
      const value = `${Buffer.from(await digest.digest()).toString('base64')}-2`;
      const wrong = store.completeUpload(upload, parts, { checksum: 'AAAA' });
      await expect(wrong).rejects.toMatchObject({ code: 'StorageError.ChecksumMismatch' });
      expect((await store.completeUpload(upload, parts, { checksum: value })).checksum?.value).toBe(value);
    },
  );

  test.each<Pick<Checksum, 'algorithm' | 'type'>>([
    { algorithm: 'SHA1', type: 'FULL_OBJECT' },
    { algorithm: 'SHA256', type: 'FULL_OBJECT' },
    { algorithm: 'CRC64NVME', type: 'COMPOSITE' },
  ])('%j is refused', async (checksum) => {
    const store = await trialBucket();
    await expect(store.startUpload('bbb', 'k', { checksum })).rejects.toMatchObject({ code: 'InvalidInput' });
  });
});
