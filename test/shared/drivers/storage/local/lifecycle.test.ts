import { describe, expect, test } from '@jest/globals';
import { VirtualClock } from '../../../../../shared/core/clock.ts';
import type { LocalStorage } from '../../../../../shared/drivers/storage/local/index.ts';
import type { StorageEvent } from '../../../../../shared/drivers/storage/local/outbox.ts';
import { textOf, trialBucket, trialDirectory, trialStore } from './trialStore.ts';

const NOON = new Date('2026-03-01T12:00:00Z');
const at = (text: string): Date => new Date(`${text}Z`);
const put = (store: LocalStorage, key: string) => store.putObject('bbb', key, Buffer.from('v'));
const keys = async (store: LocalStorage) => (await store.listObjects('bbb')).entries.map(({ key }) => key);
const states = async (store: LocalStorage) =>
  (await store.listVersions('bbb')).entries.map((entry) => `${entry.key}${'size' in entry ? '' : ' deleted'}`);

/** Turns the clock, and lets what falls due on the way come to its end. */
async function turn(clock: VirtualClock, target: Date): Promise<void> {
  for (let next = clock.next(); next && next < target; next = clock.next()) {
    await clock.advanceTo(next);
    await settled();
  }
  await clock.advanceTo(target);
  await settled();
}

async function settled(): Promise<void> {
  for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve));
}

async function ruled(
  rule: object,
  versioning = 'Disabled',
): Promise<{ store: LocalStorage; clock: VirtualClock; events: StorageEvent[] }> {
  const clock = new VirtualClock(NOON);
  const events: StorageEvent[] = [];
  const publish = async (more: StorageEvent[]) => events.push(...more);
  const store = await trialBucket({ versioning, lifecycleRules: [{ id: 'r', ...rule }] }, { clock, publish });
  return { store, clock, events };
}

describe('a lifecycle rule', () => {
  test('expires objects with its prefix at the midnight UTC after their days are over', async () => {
    const { store, clock } = await ruled({ prefix: 'logs/', expirationDays: 3 });
    await put(store, 'logs/a');
    await put(store, 'other');
    await turn(clock, at('2026-03-04T23:59:59'));
    expect(await keys(store)).toEqual(['logs/a', 'other']);
    await turn(clock, at('2026-03-05T00:00:01'));
    expect(await keys(store)).toEqual(['other']);
  });

  test('that is not enabled does nothing', async () => {
    const { store, clock } = await ruled({ enabled: false, expirationDays: 1 });
    await put(store, 'a');
    await turn(clock, at('2026-04-01T00:00:01'));
    expect(await keys(store)).toEqual(['a']);
  });

  test('leaves a delete marker where versions are kept, and removes it when nothing else is left', async () => {
    const { store, clock } = await ruled({ expirationDays: 1, noncurrentVersionExpirationDays: 5 }, 'Enabled');
    await put(store, 'a');
    await turn(clock, at('2026-03-03T00:00:01'));
    expect(await states(store)).toEqual(['a deleted', 'a']);
    await turn(clock, at('2026-03-07T23:00:00'));
    expect(await states(store)).toEqual(['a deleted', 'a']);
    await turn(clock, at('2026-03-09T00:00:01'));
    expect(await states(store)).toEqual([]);
  });

  test('counts the days of noncurrent versions from when they were replaced', async () => {
    const { store, clock } = await ruled({ noncurrentVersionExpirationDays: 2 }, 'Enabled');
    await put(store, 'a');
    await turn(clock, at('2026-03-10T12:00:00'));
    await put(store, 'a');
    await turn(clock, at('2026-03-12T23:00:00'));
    expect(await states(store)).toEqual(['a', 'a']);
    await turn(clock, at('2026-03-13T00:00:01'));
    expect(await states(store)).toEqual(['a']);
  });

  test('moves objects on to the class that is due, and never back', async () => {
    const transitions = [
      { days: 30, storageClass: 'StandardIA' },
      { days: 60, storageClass: 'Glacier' },
    ];
    const { store, clock, events } = await ruled({ transitions });
    await put(store, 'a');
    await store.putObject('bbb', 'deep', Buffer.from('v'), { storageClass: 'GlacierDeepArchive' });
    const classes = async () => (await store.listObjects('bbb')).entries.map(({ storageClass }) => storageClass);
    await turn(clock, at('2026-04-01T00:00:01'));
    expect(await classes()).toEqual(['StandardIA', 'GlacierDeepArchive']);
    await turn(clock, at('2026-05-02T00:00:01'));
    expect(await classes()).toEqual(['Glacier', 'GlacierDeepArchive']);
    const told = events.filter(({ type }) => type.endsWith('transitioned')).map(({ data }) => data.storageClass);
    expect(told).toEqual(['StandardIA', 'Glacier']);
  });

  test('ends uploads that were never completed', async () => {
    const { store, clock } = await ruled({ abortIncompleteMultipartUploadDays: 2 });
    const upload = await store.startUpload('bbb', 'a');
    await store.uploadPart(upload, 1, Buffer.from('v'));
    await turn(clock, at('2026-03-03T23:00:00'));
    expect((await store.listUploads('bbb')).entries).toHaveLength(1);
    await turn(clock, at('2026-03-04T00:00:01'));
    expect((await store.listUploads('bbb')).entries).toEqual([]);
  });

  test('goes through more objects than one commit takes, and tells of each once', async () => {
    const { store, clock, events } = await ruled({ expirationDays: 1 });
    await Promise.all(Array.from({ length: 1203 }, (_, index) => put(store, `k${index}`)));
    await turn(clock, at('2026-03-03T01:00:00'));
    expect(await keys(store)).toEqual([]);
    await store.close();
    const expired = events.filter(({ type }) => type === 'cloudlib.storage.object.expired').map(({ data }) => data.key);
    expect(new Set(expired).size).toBe(expired.length);
  });

  test('is caught up with when the store was closed at midnight', async () => {
    const clock = new VirtualClock(NOON);
    const rule = { id: 'r', expirationDays: 1 };

    const directory = await trialDirectory();
    const first = await trialBucket({ lifecycleRules: [rule] }, { clock, directory });
    await put(first, 'a');
    await first.close();
    await turn(clock, at('2026-03-20T09:00:00'));
    const second = await trialStore({ clock, directory });
    await turn(clock, at('2026-03-20T09:00:01'));
    expect(await keys(second)).toEqual([]);
  });
});

describe('an archived object', () => {
  const archived = async () => {
    const { store, clock, events } = await ruled({ expirationDays: 999 });
    await store.putObject('bbb', 'a', Buffer.from('v'), { storageClass: 'Glacier' });
    return { store, clock, events };
  };
  const reference = { bucket: 'bbb', key: 'a' };

  test('is read once it is restored, and until the restored copy expires', async () => {
    const { store, clock, events } = await archived();
    await expect(textOf(store, 'a')).rejects.toMatchObject({ code: 'StorageError.InvalidObjectState' });
    await store.restoreObject(reference, 2);
    expect((await store.headObject('bbb', 'a')).version.restore).toEqual({ ongoing: true });
    await expect(textOf(store, 'a')).rejects.toMatchObject({ code: 'StorageError.InvalidObjectState' });
    await turn(clock, at('2026-03-01T12:00:01'));
    expect(await textOf(store, 'a')).toBe('v');
    expect((await store.headObject('bbb', 'a')).version.restore).toEqual({
      ongoing: false,
      expires: at('2026-03-04T00:00:00'),
    });
    expect(events.map(({ type }) => type)).toEqual([
      'cloudlib.storage.object.created',
      'cloudlib.storage.object.restored',
    ]);
    await turn(clock, at('2026-03-04T00:00:00'));
    await expect(textOf(store, 'a')).rejects.toMatchObject({ code: 'StorageError.InvalidObjectState' });
    expect((await store.headObject('bbb', 'a')).version.restore).toBeUndefined();
  });

  test('that is restored can be kept so for longer; one that is being restored cannot be restored again', async () => {
    const { store, clock } = await archived();
    await store.restoreObject(reference, 2);
    await expect(store.restoreObject(reference, 2)).rejects.toMatchObject({ code: 'StorageError.Conflict' });
    await turn(clock, at('2026-03-01T12:00:01'));
    await store.restoreObject(reference, 10);
    expect((await store.headObject('bbb', 'a')).version.restore?.expires).toEqual(at('2026-03-12T00:00:00'));
  });

  test('is the only kind that can be restored', async () => {
    const { store } = await archived();
    await put(store, 'b');
    const restoring = store.restoreObject({ bucket: 'bbb', key: 'b' }, 1);
    await expect(restoring).rejects.toMatchObject({ code: 'StorageError.InvalidObjectState' });
  });
});
