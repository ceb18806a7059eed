import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ObjectStorage } from '../../../functions/storage/index.ts';
import { LARGEST_INLINE } from '../../../functions/storage/requests.ts';
import { findHost } from '../../../infra/local/connect.ts';
import { LocalHost } from '../../../infra/local/host.ts';
import { Duration } from '../../../shared/core/duration.ts';
import type { Host } from '../../../shared/host.ts';
import { local } from '../../../shared/provider.ts';
import { patterned } from '../../conformance/storage/trial.ts';

const MIB = 1024 * 1024;
const directory = mkdtempSync(join(tmpdir(), 'cloudlib-storage-'));
let host: LocalHost;

beforeAll(async () => {
  host = await LocalHost.start({ directory, port: 0 });
});
afterAll(async () => {
  await host.close();
  rmSync(directory, { recursive: true });
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Content in pieces of 1 MiB, which breaks off after `until` bytes where that is given. */
async function* streamed(content: Uint8Array, until = content.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < until; at += MIB) yield content.subarray(at, Math.min(until, at + MIB));
  if (until < content.length) throw new Error('the line went dead');
}

async function all<T>(listing: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of listing) found.push(one);
  return found;
}

const WAYS: [how: string, host: () => Host][] = [
  ['in this process', () => host],
  ['in another process', () => findHost(directory)!],
];

describe.each(WAYS)('ObjectStorage with its host %s', (_how, reach) => {
  const storage = new ObjectStorage(local(), { host: async () => reach() });
  let bucket: string;

  beforeAll(async () => {
    bucket = `class-${randomUUID()}`;
    await storage.createBucket(bucket);
  });

  test('makes, describes, configures, lists and deletes buckets', async () => {
    const name = `made-${randomUUID()}`;
    const made = await storage.createBucket(name, { versioning: 'Enabled' });
    expect(made).toMatchObject({ name, versioning: 'Enabled', creationDate: expect.any(Date) });
    expect(await storage.getBucket(name)).toEqual(made);
    const rules = [{ id: 'r', expirationDays: 1 }];
    const config = await storage.updateBucketConfig(name, { lifecycleRules: rules, encryption: null });
    expect(config.lifecycleRules).toMatchObject(rules);
    expect(await storage.getBucketConfig(name)).toEqual(config);
    expect((await storage.listBuckets()).map((one) => one.name)).toContain(name);
    await storage.deleteBucket(name);
    await expect(storage.getBucket(name)).rejects.toMatchObject({ code: 'StorageError.BucketNotFound' });
  });

  test.each([0, 1000, LARGEST_INLINE, LARGEST_INLINE + 1, 9 * MIB])('stores and reads %d bytes', async (size) => {
    const content = patterned(size, size);
    const info = await storage.putObject(bucket, `of/${size}`, content, { author: 'somebody', size: 'groß' });
    expect(info).toMatchObject({ key: `of/${size}`, size, metadata: { author: 'somebody', size: 'groß' } });
    const { info: read, data, metadata } = await storage.getObject(bucket, `of/${size}`);
    expect(Buffer.from(data).equals(content)).toBe(true);
    expect([read.etag, metadata]).toEqual([info.etag, info.metadata]);
  });

  test('reads a part of an object', async () => {
    await storage.putObject(bucket, 'letters', bytes('abcdef'));
    const read = async (range: object) =>
      Buffer.from((await storage.getObject(bucket, 'letters', { range })).data).toString();
    expect(await read({ start: 1, end: 2 })).toBe('bc');
    expect(await read({ end: 2 })).toBe('ef');
    const beyond = storage.getObject(bucket, 'letters', { range: { start: 10 } });
    await expect(beyond).rejects.toMatchObject({ code: 'StorageError.InvalidRange' });
  });

  test('says what is wrong before anything is stored', async () => {
    const calls: [Promise<unknown>, string][] = [
      [storage.putObject(bucket, 'a', 'text' as never), 'InvalidInput'],
      [storage.putObject(bucket, 'a', bytes('x'), { n: 1 } as never), 'InvalidInput'],
      [storage.putObject(bucket, '', bytes('x')), 'StorageError.InvalidObjectName'],
      [storage.createBucket('No Name'), 'InvalidInput'],
      [storage.putObject('none', 'a', bytes('x')), 'StorageError.BucketNotFound'],
      [storage.getObject(bucket, 'none'), 'StorageError.ObjectNotFound'],
      [storage.generatePresignedUrl(bucket, 'a', 'PATCH', Duration.minutes(1)), 'InvalidInput'],
      [storage.generatePresignedUrl(bucket, 'a', 'GET', Duration.days(8)), 'InvalidInput'],
    ];
    for (const [call, code] of calls) await expect(call).rejects.toMatchObject({ code });
    expect(await storage.listObjects(bucket, 'a')).toEqual([]);
  });

  test('stores only where nothing is, or what it knows', async () => {
    const { etag } = await storage.putObject(bucket, 'cas', bytes('1'), {}, { ifNoneMatch: '*' });
    const again = storage.putObject(bucket, 'cas', bytes('2'), {}, { ifNoneMatch: '*' });
    await expect(again).rejects.toMatchObject({ code: 'StorageError.PreconditionFailed' });
    await storage.putObject(bucket, 'cas', bytes('3'), {}, { ifMatch: etag });
  });

  test('copies, tags, lists and deletes objects', async () => {
    for (const key of ['l/b', 'l/a', 'l/c/d'])
      await storage.putObject(bucket, key, bytes(key), {}, { tags: { of: 'a' } });
    await storage.copyObject(bucket, 'l/a', bucket, 'l/e', { metadata: { copied: 'yes' } });
    expect((await storage.listObjects(bucket, 'l/')).map(({ key }) => key)).toEqual(['l/a', 'l/b', 'l/c/d', 'l/e']);
    const { folders, objects } = await storage.listFolder(bucket, 'l/');
    expect([folders, objects.map(({ key }) => key)]).toEqual([['l/c/'], ['l/a', 'l/b', 'l/e']]);
    expect((await storage.headObject(bucket, 'l/e')).metadata).toEqual({ copied: 'yes' });
    await storage.putTags(bucket, 'l/e', { of: 'e' });
    expect(await storage.getTags(bucket, 'l/e')).toEqual({ of: 'e' });
    expect(await storage.deleteObject(bucket, 'l/e')).toEqual({ deleteMarker: false });
    await expect(storage.headObject(bucket, 'l/e')).rejects.toMatchObject({ code: 'StorageError.ObjectNotFound' });
  });

  test('lists more objects than a page holds', async () => {
    const direct = new ObjectStorage(local(), { host: async () => host });
    const keys = Array.from({ length: 1003 }, (_, index) => `many/${String(index).padStart(4, '0')}`);
    await Promise.all(keys.map((key) => direct.putObject(bucket, key, bytes('x'))));
    expect((await storage.listObjects(bucket, 'many/')).map(({ key }) => key)).toEqual(keys);
  });

  test('reads, lists and deletes versions', async () => {
    await storage.updateBucketConfig(bucket, { versioning: 'Enabled' });
    await storage.putObject(bucket, 'v', bytes('1'));
    const { versionId } = await storage.headObject(bucket, 'v');
    await storage.putObject(bucket, 'v', bytes('2'));
    const { data } = await storage.getObject(bucket, 'v', { versionId: versionId! });
    expect(Buffer.from(data).toString()).toBe('1');
    await storage.deleteObject(bucket, 'v');
    const versions = [];
    for await (const version of storage.versions(bucket, { prefix: 'v' })) versions.push(version);
    expect(versions.map((version) => 'size' in version)).toEqual([false, true, true]);
    await storage.deleteVersion(bucket, 'v', versions[0]!.versionId!);
    expect(Buffer.from((await storage.getObject(bucket, 'v')).data).toString()).toBe('2');
  });

  test('streams in both directions, and tells how far it is', async () => {
    const content = patterned(17 * MIB + 5, 3);
    const progress: number[] = [];
    const info = await storage.putObjectStream(bucket, 'stream', streamed(content), content.length, {
      metadata: { way: 'stream' },
      onProgress: (stored) => progress.push(stored),
    });
    expect(info).toMatchObject({ size: content.length, metadata: { way: 'stream' } });
    expect(progress.at(-1)).toBe(content.length);
    const read = await buffer(await storage.getObjectStream(bucket, 'stream'));
    expect(read.equals(content)).toBe(true);
  });

  test('a small stream is one object with the MD5 as its ETag', async () => {
    const { etag } = await storage.putObjectStream(bucket, 'small', streamed(bytes('small')));
    expect(etag).toBe(createHash('md5').update('small').digest('hex'));
  });

  test('a stream that has not the size that was told stores nothing', async () => {
    const content = patterned(9 * MIB);
    for (const size of [1, 9 * MIB - 1, 9 * MIB + 1]) {
      const call = storage.putObjectStream(bucket, 'wrong', streamed(content), size);
      await expect(call).rejects.toMatchObject({ code: 'StorageError.IncompleteContent' });
    }
    expect(await storage.listObjects(bucket, 'wrong')).toEqual([]);
  });

  test('an upload that breaks off leaves nothing', async () => {
    const call = storage.putObjectStream(bucket, 'broken', streamed(patterned(18 * MIB), 10 * MIB));
    await expect(call).rejects.toMatchObject({ code: 'StorageError.UploadFailed', message: /the line went dead/ });
    for await (const upload of storage.listUploads(bucket, { prefix: 'broken' })) throw new Error(upload.uploadId);
  });

  test('an upload that breaks off is resumed', async () => {
    const content = patterned(18 * MIB, 5);
    const first = storage.putObjectStream(bucket, 'resumed', streamed(content, 17 * MIB), undefined, { resume: true });
    await expect(first).rejects.toMatchObject({ code: 'StorageError.UploadFailed' });
    const [upload] = await all(storage.listUploads(bucket, { prefix: 'resumed' }));
    const before = await all(storage.listParts(upload!));
    expect(before.map(({ partNumber }) => partNumber)).toEqual([1, 2]);
    await storage.putObjectStream(bucket, 'resumed', streamed(content), content.length, { resume: true });
    const { data } = await storage.getObject(bucket, 'resumed');
    expect(Buffer.from(data).equals(content)).toBe(true);
    for await (const left of storage.listUploads(bucket, { prefix: 'resumed' })) throw new Error(left.uploadId);
  });

  test('an upload that is resumed with other content has the new content', async () => {
    const first = storage.putObjectStream(bucket, 'other', streamed(patterned(10 * MIB, 6), 9 * MIB), undefined, {
      resume: true,
    });
    await expect(first).rejects.toThrow();
    const content = patterned(9 * MIB, 7);
    await storage.putObjectStream(bucket, 'other', streamed(content), content.length, { resume: true });
    expect(Buffer.from((await storage.getObject(bucket, 'other')).data).equals(content)).toBe(true);
  });

  test('uploads in parts, and aborts', async () => {
    const upload = await storage.startMultipartUpload(bucket, 'parts', { metadata: { a: 'b' } });
    expect(upload).toEqual({ uploadId: expect.any(String), bucket, key: 'parts', initiated: expect.any(Date) });
    const last = await storage.uploadPart(upload, 2, bytes('the end'));
    const first = await storage.uploadPart(upload, 1, patterned(5 * MIB));
    const info = await storage.completeMultipartUpload(upload, [first, last]);
    expect(info).toMatchObject({ size: 5 * MIB + 7, metadata: { a: 'b' } });
    const other = await storage.startMultipartUpload(bucket, 'parts');
    await storage.abortMultipartUpload(other);
    const call = storage.uploadPart(other, 1, bytes('x'));
    await expect(call).rejects.toMatchObject({ code: 'StorageError.UploadNotFound' });
  });

  test('gives URLs and forms that work without credentials', async () => {
    const put = await storage.generatePresignedUrl(bucket, 'by url', 'PUT', Duration.minutes(1));
    expect((await fetch(put, { method: 'PUT', body: 'from outside' })).status).toBe(200);
    const get = await storage.generatePresignedUrl(bucket, 'by url', 'GET', Duration.minutes(1));
    expect(await (await fetch(get)).text()).toBe('from outside');
    const { url, fields } = await storage.generatePresignedPost(bucket, 'by form', Duration.minutes(1), [
      { kind: 'ContentLengthRange', min: 1, max: 10 },
    ]);
    const send = (content: string): Promise<Response> => {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', new Blob([content]), 'file');
      return fetch(url, { method: 'POST', body: form });
    };
    expect((await send('longer than that')).ok).toBe(false);
    expect((await send('fits')).ok).toBe(true);
    expect(Buffer.from((await storage.getObject(bucket, 'by form')).data).toString()).toBe('fits');
  });

  test('this machine has no regions, and says so', () => {
    expect(() => storage.withRegion('us-west-2')).toThrow(expect.objectContaining({ code: 'Unimplemented' }));
  });
});

test('a key that the customer provides works within a process, and never goes to a host in another one', async () => {
  const customerKey = { key: new Uint8Array(32).fill(7) };
  const options = { encryption: { type: 'CustomerProvidedKey' as const, ...customerKey } };
  const inside = new ObjectStorage(local(), { host: async () => host });
  await inside.createBucket('sealed');
  await inside.putObject('sealed', 'a', bytes('secret'), {}, options);
  expect(Buffer.from((await inside.getObject('sealed', 'a', { customerKey })).data).toString()).toBe('secret');
  const outside = new ObjectStorage(local(), { host: async () => findHost(directory)! });
  const call = outside.putObject('sealed', 'b', bytes('secret'), {}, options);
  await expect(call).rejects.toMatchObject({ code: 'Unimplemented' });
});
