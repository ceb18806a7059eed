import { describe, expect, test } from '@jest/globals';
import type { LocalStorage } from '../../../../../shared/drivers/storage/local/index.ts';
import { textOf, trialBucket } from './trialStore.ts';

const put = async (store: LocalStorage, text: string, key = 'k') =>
  (await store.putObject('bbb', key, Buffer.from(text))).versionId!;

describe('a bucket that keeps versions', () => {
  test('gives each of them by its id, and the newest without one', async () => {
    const store = await trialBucket({ versioning: 'Enabled' });
    const ids = [await put(store, 'one'), await put(store, 'two')];
    expect(await textOf(store, 'k')).toBe('two');
    expect(await textOf(store, 'k', ids[0])).toBe('one');
    await expect(store.getObject('bbb', 'other', { versionId: ids[0]! })).rejects.toMatchObject({
      code: 'StorageError.VersionNotFound',
    });
  });

  test('hides an object behind a delete marker; without the marker it is there again', async () => {
    const store = await trialBucket({ versioning: 'Enabled' });
    await put(store, 'one');
    const marker = await store.deleteObject('bbb', 'k');
    expect(marker).toEqual({ versionId: expect.any(String), deleteMarker: true });
    await expect(store.getObject('bbb', 'k')).rejects.toMatchObject({
      code: 'StorageError.ObjectNotFound',
      details: { deleteMarker: true, versionId: marker.versionId },
    });
    expect((await store.listObjects('bbb')).entries).toEqual([]);
    expect(await store.deleteObject('bbb', 'k', { versionId: marker.versionId! })).toEqual(marker);
    expect(await textOf(store, 'k')).toBe('one');
    expect((await store.listObjects('bbb')).entries).toHaveLength(1);
  });

  test('makes the newest that is left the latest when the latest is deleted for good', async () => {
    const store = await trialBucket({ versioning: 'Enabled' });
    await put(store, 'one');
    const latest = await put(store, 'two');
    await store.deleteObject('bbb', 'k', { versionId: latest });
    expect(await textOf(store, 'k')).toBe('one');
    expect((await store.listVersions('bbb')).entries.map((entry) => entry.latest)).toEqual([true]);
  });

  test('cannot stop to have versions, only to make them', async () => {
    const store = await trialBucket({ versioning: 'Enabled' });
    await expect(store.updateBucketConfig('bbb', { versioning: 'Disabled' })).rejects.toMatchObject({
      code: 'InvalidInput',
    });
  });
});

describe('a bucket whose versioning is suspended', () => {
  test('replaces the null version and keeps the others', async () => {
    const store = await trialBucket();
    await put(store, 'before');
    await store.updateBucketConfig('bbb', { versioning: 'Enabled' });
    const kept = await put(store, 'kept');
    expect(await textOf(store, 'k', 'null')).toBe('before');
    await store.updateBucketConfig('bbb', { versioning: 'Suspended' });
    expect(await put(store, 'null one')).toBe('null');
    expect(await put(store, 'null two')).toBe('null');
    expect(await textOf(store, 'k', kept)).toBe('kept');
    const ids = (await store.listVersions('bbb')).entries.map((entry) => entry.versionId);
    expect(ids).toEqual(['null', kept]);
  });

  test('deletes by a null marker that replaces the null version', async () => {
    const store = await trialBucket({ versioning: 'Enabled' });
    const kept = await put(store, 'kept');
    await store.updateBucketConfig('bbb', { versioning: 'Suspended' });
    await put(store, 'gone');
    expect(await store.deleteObject('bbb', 'k')).toEqual({ versionId: 'null', deleteMarker: true });
    const entries = (await store.listVersions('bbb')).entries;
    expect(entries.map((entry) => ['size' in entry, entry.versionId])).toEqual([
      [false, 'null'],
      [true, kept],
    ]);
  });
});

test('a bucket that never kept versions shows no version ids, and its null version can be named', async () => {
  const store = await trialBucket();
  const object = await store.putObject('bbb', 'k', Buffer.from('v'));
  expect(object.versionId).toBeUndefined();
  expect(await textOf(store, 'k', 'null')).toBe('v');
  await store.deleteObject('bbb', 'k', { versionId: 'null' });
  await expect(store.getObject('bbb', 'k')).rejects.toMatchObject({ code: 'StorageError.ObjectNotFound' });
});

describe('conditions', () => {
  test('a write with If-None-Match: * is done once', async () => {
    const store = await trialBucket();
    const once = { preconditions: { ifNoneMatch: ['*'] } };
    const tries = Array.from({ length: 20 }, (_, index) => store.putObject('bbb', 'k', Buffer.from(`${index}`), once));
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    expect(new Set(refused)).toEqual(new Set(['StorageError.PreconditionFailed']));
  });

  test('a write with If-Match replaces that object alone', async () => {
    const store = await trialBucket();
    const { etag } = await store.putObject('bbb', 'k', Buffer.from('one'));
    await store.putObject('bbb', 'k', Buffer.from('two'), { preconditions: { ifMatch: [etag] } });
    const again = store.putObject('bbb', 'k', Buffer.from('three'), { preconditions: { ifMatch: [etag] } });
    await expect(again).rejects.toMatchObject({ code: 'StorageError.PreconditionFailed' });
    const none = store.putObject('bbb', 'none', Buffer.from('x'), { preconditions: { ifMatch: [etag] } });
    await expect(none).rejects.toMatchObject({ code: 'StorageError.ObjectNotFound' });
    expect(await textOf(store, 'k')).toBe('two');
  });

  test('a read is answered as RFC 9110 has it', async () => {
    const store = await trialBucket();
    const { etag, lastModified } = await store.putObject('bbb', 'k', Buffer.from('v'));
    const before = new Date(lastModified.getTime() - 60_000);
    const read = async (preconditions: object) =>
      store.headObject('bbb', 'k', { preconditions }).then(
        () => 'given',
        (error) => error.code.split('.')[1],
      );
    expect(await read({ ifMatch: [etag] })).toBe('given');
    expect(await read({ ifMatch: ['x'] })).toBe('PreconditionFailed');
    expect(await read({ ifNoneMatch: [etag] })).toBe('NotModified');
    expect(await read({ ifNoneMatch: ['x'] })).toBe('given');
    expect(await read({ ifModifiedSince: before })).toBe('given');
    expect(await read({ ifModifiedSince: lastModified })).toBe('NotModified');
    expect(await read({ ifUnmodifiedSince: before })).toBe('PreconditionFailed');
    expect(await read({ ifMatch: [etag], ifUnmodifiedSince: before })).toBe('given');
    expect(await read({ ifNoneMatch: ['x'], ifModifiedSince: lastModified })).toBe('given');
  });

  test('a deletion with If-Match deletes that object alone', async () => {
    const store = await trialBucket();
    const { etag } = await store.putObject('bbb', 'k', Buffer.from('v'));
    const wrong = store.deleteObject('bbb', 'k', { preconditions: { ifMatch: ['x'] } });
    await expect(wrong).rejects.toMatchObject({ code: 'StorageError.PreconditionFailed' });
    await store.deleteObject('bbb', 'k', { preconditions: { ifMatch: [etag] } });
    expect((await store.listObjects('bbb')).entries).toEqual([]);
  });
});
