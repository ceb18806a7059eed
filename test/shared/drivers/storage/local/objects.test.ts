import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { bytesOf, patterned, textOf, trialBucket, trialDirectory, trialStore } from './trialStore.ts';

describe('content comes back as it was written', () => {
  const CHUNK = 128 * 1024;
  test.each([0, 1, 16 * 1024, 16 * 1024 + 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3_000_001])(
    '%d bytes',
    async (size) => {
      const store = await trialBucket();
      const bytes = patterned(size);
      const put = await store.putObject('bbb', 'k', bytes);
      expect(put.etag).toBe(createHash('md5').update(bytes).digest('hex'));
      expect((await bytesOf((await store.getObject('bbb', 'k')).content)).equals(bytes)).toBe(true);
    },
  );

  test('also when it arrives in pieces, and after the store was opened again', async () => {
    const directory = await trialDirectory();
    const first = await trialBucket({}, { directory });
    const bytes = patterned(700_000);
    async function* pieces() {
      for (let at = 0; at < bytes.length; at += 33_333) yield bytes.subarray(at, at + 33_333);
    }
    await first.putObject('bbb', 'k', pieces());
    await first.close();
    const second = await trialStore({ directory });
    await second.swept;
    expect((await bytesOf((await second.getObject('bbb', 'k')).content)).equals(bytes)).toBe(true);
  });
});

describe('ranges', () => {
  test.each([
    [{ start: 0, end: 0 }, 0, 1],
    [{ start: 131_070, end: 131_074 }, 131_070, 131_075],
    [{ start: 200_000 }, 200_000, 300_000],
    [{ start: 299_999, end: 9_999_999 }, 299_999, 300_000],
    [{ end: 5 }, 299_995, 300_000],
    [{ end: 999_999 }, 0, 300_000],
  ])('%j', async (range, from, to) => {
    const store = await trialBucket();
    const bytes = patterned(300_000);
    await store.putObject('bbb', 'k', bytes);
    const { content, range: answered } = await store.getObject('bbb', 'k', { range });
    expect(answered).toEqual({ start: from, end: to - 1 });
    expect((await bytesOf(content)).equals(bytes.subarray(from, to))).toBe(true);
  });

  test.each([[{ start: 10 }], [{ start: 5, end: 4 }], [{ end: 0 }]])(
    '%j of 10 bytes is InvalidRange',
    async (range) => {
      const store = await trialBucket();
      await store.putObject('bbb', 'k', patterned(10));
      await expect(store.getObject('bbb', 'k', { range })).rejects.toMatchObject({ code: 'StorageError.InvalidRange' });
    },
  );
});

describe('keys are stored as they are', () => {
  test.each(['../../etc/passwd', 'a//b', '/', '.', '\0', 'a\u0001\u001fb', 'é/ü/😀', 'x'.repeat(1024), '%2e%2e/', ' '])(
    '%j',
    async (key) => {
      const store = await trialBucket();
      await store.putObject('bbb', key, Buffer.from('v'));
      expect((await store.listObjects('bbb')).entries.map((entry) => entry.key)).toEqual([key]);
      expect(await textOf(store, key)).toBe('v');
      await store.deleteObject('bbb', key);
      expect((await store.listObjects('bbb')).entries).toEqual([]);
    },
  );

  test.each(['', 'x'.repeat(1025), 'é'.repeat(513), '\ud800'])('%j is InvalidObjectName', async (key) => {
    const store = await trialBucket();
    const put = store.putObject('bbb', key, Buffer.from('v'));
    await expect(put).rejects.toMatchObject({ code: 'StorageError.InvalidObjectName' });
  });
});
