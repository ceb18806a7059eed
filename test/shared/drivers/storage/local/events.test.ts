import { describe, expect, test } from '@jest/globals';
import { VirtualClock } from '../../../../../shared/core/clock.ts';
import type { StorageEvent } from '../../../../../shared/drivers/storage/local/outbox.ts';
import { eventually } from '../../../../eventually.ts';
import { trialBucket, trialDirectory, trialStore } from './trialStore.ts';

const clock = () => new VirtualClock(new Date('2026-03-01T12:00:00Z'));
const identity = ({ source, id }: StorageEvent): string => `${source} ${id}`;

describe('the events of objects', () => {
  test('say what happened, to which object and version', async () => {
    const told: StorageEvent[] = [];
    const publish = async (events: StorageEvent[]) => told.push(...events);
    const store = await trialBucket({ versioning: 'Enabled' }, { publish, clock: clock() });
    const put = await store.putObject('bbb', 'a/b', Buffer.from('four'));
    const upload = await store.startUpload('bbb', 'parts');
    const part = await store.uploadPart(upload, 1, Buffer.from('v'));
    const whole = await store.completeUpload(upload, [{ partNumber: 1, etag: part.etag }]);
    const marker = await store.deleteObject('bbb', 'a/b');
    await store.deleteObject('bbb', 'a/b', { versionId: put.versionId! });
    await store.deleteObject('bbb', 'none', { versionId: 'null' });
    await eventually(() => expect(told).toHaveLength(4));
    expect(
      told.map(({ type, subject, data }) => [type.slice('cloudlib.storage.object.'.length), subject, data]),
    ).toEqual([
      [
        'created',
        'a/b',
        { bucket: 'bbb', key: 'a/b', size: 4, etag: put.etag, versionId: put.versionId, storageClass: 'Standard' },
      ],
      [
        'created',
        'parts',
        {
          bucket: 'bbb',
          key: 'parts',
          size: 1,
          etag: whole.etag,
          versionId: whole.versionId,
          storageClass: 'Standard',
        },
      ],
      [
        'deleted',
        'a/b',
        { bucket: 'bbb', key: 'a/b', size: 0, etag: '', versionId: marker.versionId, deleteMarker: true },
      ],
      [
        'deleted',
        'a/b',
        { bucket: 'bbb', key: 'a/b', size: 4, etag: put.etag, versionId: put.versionId, storageClass: 'Standard' },
      ],
    ]);
    expect(told[0]).toMatchObject({ source: '/storage/bbb', time: new Date('2026-03-01T12:00:00Z') });
  });

  test('are told again under the same identity until that went well', async () => {
    const turned = clock();
    const tries: StorageEvent[][] = [];
    const publish = async (events: StorageEvent[]) => {
      tries.push(events);
      if (tries.length < 4) throw new Error('the bus is away');
    };
    const store = await trialBucket({}, { publish, clock: turned });
    await store.putObject('bbb', 'k', Buffer.from('v'));
    for (const wait of [500, 1000, 2000]) {
      const before = tries.length;
      await eventually(() => expect(turned.next()!.getTime() - turned.now().getTime()).toBe(wait));
      await turned.advance(wait);
      await eventually(() => expect(tries.length).toBe(before + 1));
    }
    expect(new Set(tries.flat().map(identity)).size).toBe(1);
  });

  test('are not tried again before it is time, however many come meanwhile', async () => {
    let tries = 0;
    const publish = async () => {
      tries += 1;
      throw new Error('the bus is away');
    };
    const store = await trialBucket({}, { publish, clock: clock() });
    for (let count = 0; count < 10; count++) await store.putObject('bbb', 'k', Buffer.from('v'));
    await store.close();
    expect(tries).toBe(1);
  });

  test('that a process could not tell are told by the next one', async () => {
    const directory = await trialDirectory();
    const tried: StorageEvent[] = [];
    const away = async (events: StorageEvent[]) => {
      tried.push(...events);
      throw new Error('the bus is away');
    };
    const first = await trialBucket({}, { directory, publish: away });
    await first.putObject('bbb', 'k', Buffer.from('v'));
    await first.close();
    const told: StorageEvent[] = [];
    await trialStore({ directory, publish: async (events) => told.push(...events) });
    await eventually(() => expect(told).toHaveLength(1));
    expect(tried.map(identity)).toContain(identity(told[0]!));
  });

  test('have ids that no later event and no other store uses', async () => {
    const told: StorageEvent[] = [];
    const publish = async (events: StorageEvent[]) => told.push(...events);
    for (let store = 0; store < 2; store++) {
      const directory = await trialDirectory();
      for (let life = 0; life < 2; life++) {
        const opened =
          life === 0 ? await trialBucket({}, { directory, publish }) : await trialStore({ directory, publish });
        const before = told.length;
        await opened.putObject('bbb', 'k', Buffer.from('v'));
        await eventually(() => expect(told.length).toBe(before + 1));
        await opened.close();
      }
    }
    expect(new Set(told.map(identity)).size).toBe(4);
  });
});
