import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { LocalStorage } from '../../../../../shared/drivers/storage/local/index.ts';
import { bytesOf, patterned, textOf, trialBucket, trialDirectory, trialStore } from './trialStore.ts';

const ours = { type: 'CustomerProvidedKey', key: patterned(32, 1) } as const;
const others = { key: patterned(32, 2) };

/** Everything that lies in the directory of a store, by file. */
async function lyingIn(directory: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(await Promise.all(files.map(async (path) => [path, await readFile(path)] as const)));
}

describe('what lies on the disk', () => {
  test.each([
    ['small content', 100],
    ['large content', 300_000],
  ])('does not show %s', async (_, size) => {
    const directory = await trialDirectory();
    const store = await trialBucket({}, { directory });
    const secret = 'tell nobody of this';
    const content = Buffer.alloc(size, secret);
    await store.putObject('bbb', 'k', content);
    await store.putObject('bbb', 'k2', content, { encryption: ours });
    await store.close();
    for (const bytes of (await lyingIn(directory)).values()) {
      expect(bytes.includes(secret)).toBe(false);
      expect(bytes.includes(ours.key)).toBe(false);
    }
  });

  test('is the managed key, for its owner alone', async () => {
    const directory = await trialDirectory();
    await trialBucket({}, { directory });
    expect((await stat(join(directory, 'managed.key'))).mode & 0o777).toBe(0o600);
  });

  test('cannot be read without the managed key, and no other one is made in its place', async () => {
    const directory = await trialDirectory();
    await (await trialBucket({}, { directory })).close();
    const key = await readFile(join(directory, 'managed.key'));
    await rm(join(directory, 'managed.key'));
    await expect(LocalStorage.open({ directory })).rejects.toMatchObject({ code: 'StorageError.DownloadFailed' });
    await writeFile(join(directory, 'managed.key'), patterned(32));
    await expect(LocalStorage.open({ directory })).rejects.toThrow('is not the key');
    await writeFile(join(directory, 'managed.key'), key);
    await trialStore({ directory });
  });
});

describe('a customer-provided key', () => {
  test.each([0, 10, 300_000])('opens %d bytes; another is AccessDenied, and none is InvalidInput', async (size) => {
    const store = await trialBucket();
    const object = await store.putObject('bbb', 'k', patterned(size), { encryption: ours });
    expect(object.encryption).toEqual({ type: 'CustomerProvidedKey', keyMd5: expect.stringMatching(/^.{22}==$/) });
    expect(
      (await bytesOf((await store.getObject('bbb', 'k', { customerKey: ours })).content)).equals(patterned(size)),
    ).toBe(true);
    await expect(store.getObject('bbb', 'k', { customerKey: others })).rejects.toMatchObject({
      code: 'StorageError.AccessDenied',
    });
    await expect(store.headObject('bbb', 'k', { customerKey: others })).rejects.toMatchObject({
      code: 'StorageError.AccessDenied',
    });
    await expect(store.getObject('bbb', 'k')).rejects.toMatchObject({ code: 'InvalidInput' });
    await expect(store.headObject('bbb', 'k')).rejects.toMatchObject({ code: 'InvalidInput' });
  });

  test('has 32 bytes', async () => {
    const store = await trialBucket();
    const put = store.putObject('bbb', 'k', Buffer.from('v'), { encryption: { ...ours, key: patterned(31) } });
    await expect(put).rejects.toThrow('32 bytes');
  });

  test('is refused for an object that has none', async () => {
    const store = await trialBucket();
    await store.putObject('bbb', 'k', Buffer.from('v'));
    await expect(store.getObject('bbb', 'k', { customerKey: ours })).rejects.toMatchObject({ code: 'InvalidInput' });
  });

  test('is needed for each part of an upload that was started with it', async () => {
    const store = await trialBucket();
    const upload = await store.startUpload('bbb', 'k', { encryption: ours });
    await expect(store.uploadPart(upload, 1, patterned(9))).rejects.toMatchObject({ code: 'InvalidInput' });
    const wrong = store.uploadPart(upload, 1, patterned(9), { customerKey: others });
    await expect(wrong).rejects.toMatchObject({ code: 'StorageError.AccessDenied' });
    const part = await store.uploadPart(upload, 1, patterned(9), { customerKey: ours });
    await store.completeUpload(upload, [{ partNumber: 1, etag: part.etag }]);
    expect(
      (await bytesOf((await store.getObject('bbb', 'k', { customerKey: ours })).content)).equals(patterned(9)),
    ).toBe(true);
  });

  test('is exchanged by a copy', async () => {
    const store = await trialBucket();
    await store.putObject('bbb', 'k', Buffer.from('v'), { encryption: ours });
    const source = { bucket: 'bbb', key: 'k' };
    await expect(store.copyObject(source, { bucket: 'bbb', key: 'c' })).rejects.toMatchObject({ code: 'InvalidInput' });
    await store.copyObject(source, { bucket: 'bbb', key: 'c' }, { sourceCustomerKey: ours });
    expect(await textOf(store, 'c')).toBe('v');
  });
});

describe('a customer-managed key', () => {
  test('is named by the bucket or the object, and outlives the process', async () => {
    const directory = await trialDirectory();
    const store = await trialBucket({ encryption: { type: 'CustomerManagedKey', keyId: 'accounts' } }, { directory });
    expect((await store.putObject('bbb', 'k', Buffer.from('v'))).encryption).toEqual({
      type: 'CustomerManagedKey',
      keyId: 'accounts',
    });
    const other = { encryption: { type: 'CustomerManagedKey', keyId: 'other' } } as const;
    expect((await store.putObject('bbb', 'k2', Buffer.from('w'), other)).encryption?.keyId).toBe('other');
    await store.close();
    const again = await trialStore({ directory });
    expect([await textOf(again, 'k'), await textOf(again, 'k2')]).toEqual(['v', 'w']);
  });
});

describe('damage of stored content is DownloadFailed, never wrong bytes', () => {
  const CHUNK = 128 * 1024 + 16;

  /** A store with one object in a file that was changed behind its back. */
  async function damaged(change: (bytes: Buffer) => Buffer): Promise<LocalStorage> {
    const directory = await trialDirectory();
    const store = await trialBucket({}, { directory });
    await store.putObject('bbb', 'k', patterned(500_000));
    const [[path, bytes]] = [...(await lyingIn(join(directory, 'content')))] as [[string, Buffer]];
    await writeFile(path, change(bytes));
    return store;
  }

  const flip = (bytes: Buffer, at: number): Buffer => {
    bytes[at]! ^= 1;
    return bytes;
  };

  test.each([
    ['a bit in the first chunk', (bytes: Buffer) => flip(bytes, 0), 0],
    ['a bit in the third chunk', (bytes: Buffer) => flip(bytes, 2 * CHUNK + 99), 2],
    ['a bit in a tag', (bytes: Buffer) => flip(bytes, CHUNK - 1), 0],
    ['a truncation within a chunk', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1), 3],
    ['a truncation between chunks', (bytes: Buffer) => bytes.subarray(0, 3 * CHUNK), 3],
    [
      'two chunks that changed places',
      (bytes: Buffer) =>
        Buffer.concat([bytes.subarray(CHUNK, 2 * CHUNK), bytes.subarray(0, CHUNK), bytes.subarray(2 * CHUNK)]),
      0,
    ],
  ])('%s', async (_, change, whole) => {
    const store = await damaged(change);
    const { content } = await store.getObject('bbb', 'k');
    const received: Uint8Array[] = [];
    const reading = (async () => {
      for await (const piece of content) received.push(piece);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'StorageError.DownloadFailed' });
    const right = patterned(500_000).subarray(0, whole * 128 * 1024);
    expect(right.subarray(0, Buffer.concat(received).length).equals(Buffer.concat(received))).toBe(true);
  });

  test('a file that is gone', async () => {
    const directory = await trialDirectory();
    const store = await trialBucket({}, { directory });
    await store.putObject('bbb', 'k', patterned(500_000));
    await rm(join(directory, 'content'), { recursive: true });
    const { content } = await store.getObject('bbb', 'k');
    await expect(bytesOf(content)).rejects.toMatchObject({ code: 'StorageError.DownloadFailed' });
  });

  test('small content in the index', async () => {
    const directory = await trialDirectory();
    const store = await trialBucket({}, { directory });
    await store.putObject('bbb', 'k', patterned(100));
    await store.close();
    const index = new DatabaseSync(join(directory, 'index.db'));
    index.exec(`update segments set sealed = zeroblob(length(sealed))`);
    index.close();
    const again = await trialStore({ directory });
    await expect(bytesOf((await again.getObject('bbb', 'k')).content)).rejects.toMatchObject({
      code: 'StorageError.DownloadFailed',
    });
  });

  test('a size in the index', async () => {
    const directory = await trialDirectory();
    const store = await trialBucket({}, { directory });
    await store.putObject('bbb', 'k', patterned(300_000));
    await store.close();
    const index = new DatabaseSync(join(directory, 'index.db'));
    index.exec('update segments set size = 131072; update versions set size = 131072');
    index.close();
    const again = await trialStore({ directory });
    await expect(again.getObject('bbb', 'k')).rejects.toMatchObject({ code: 'StorageError.DownloadFailed' });
  });

  test('a page of the index', async () => {
    const directory = await trialDirectory();
    const store = await trialBucket({}, { directory });
    for (let key = 0; key < 50; key++) await store.putObject('bbb', `k${key}`, patterned(2000));
    await store.close();
    const path = join(directory, 'index.db');
    const bytes = await readFile(path);
    const file = Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(4096 - 100, 0xff), bytes.subarray(4096)]);
    await writeFile(path, file);
    await expect(LocalStorage.open({ directory })).rejects.toMatchObject({
      code: 'StorageError.DownloadFailed',
      message: expect.stringContaining('index of the object store'),
    });
    for (let at = 4096; at < bytes.length; at += 4096) bytes.fill(0xff, at, at + 8);
    await writeFile(path, bytes);
    const reading = LocalStorage.open({ directory }).then((again) => again.listObjects('bbb'));
    await expect(reading).rejects.toMatchObject({ code: 'StorageError.DownloadFailed' });
  });
});
