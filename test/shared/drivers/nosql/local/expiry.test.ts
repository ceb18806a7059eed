import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { VirtualClock } from '../../../../../shared/core/clock.ts';
import { eventually } from '../../../../eventually.ts';
import { openStore, type Store } from './store.ts';

const table = {
  name: 'sessions',
  partitionKey: { name: 'id', type: 'String' },
  timeToLive: 'until',
  stream: 'Images',
} as const;

describe('items whose time is up', () => {
  let clock: VirtualClock;
  let store: Store;

  beforeEach(async () => {
    clock = new VirtualClock(1_000_000);
    store = openStore({ clock });
    await store.driver.createTable({ ...table });
  });
  afterEach(() => store.close());

  const deleted = (): unknown[] =>
    store.published.filter(({ kind }) => kind === 'deleted').map(({ data }) => [data.key.id, data.expired]);

  test('are deleted at that time, which is published as such', async () => {
    await store.driver.putItem('sessions', { id: 'a', until: 1_010 });
    await store.driver.putItem('sessions', { id: 'b', until: 1_020 });
    await clock.advanceTo(new Date(1_009_999));
    expect(await store.driver.getItem('sessions', { id: 'a' })).toBeDefined();
    await clock.advanceTo(new Date(1_010_000));
    expect(await store.driver.getItem('sessions', { id: 'a' })).toBeUndefined();
    await eventually(() => expect(deleted()).toEqual([['a', true]]));
    await clock.advanceTo(new Date(1_020_000));
    await eventually(() =>
      expect(deleted()).toEqual([
        ['a', true],
        ['b', true],
      ]),
    );
    expect(store.published.at(-1)!.data.old).toEqual({ id: 'b', until: 1_020 });
  });

  test('a deletion by the caller is not published as an expiry', async () => {
    await store.driver.putItem('sessions', { id: 'a', until: 1_010 });
    await store.driver.deleteItem('sessions', { id: 'a' });
    expect(deleted()).toEqual([['a', undefined]]);
  });

  test('are gone before another one takes their place', async () => {
    await store.driver.putItem('sessions', { id: 'a', until: 900, n: 1 });
    const { version } = await store.driver.updateItem('sessions', { id: 'a' }, {}, { add: { n: 1 } });
    expect(await store.driver.getItem('sessions', { id: 'a' })).toEqual({ item: { id: 'a', n: 1 }, version });
    expect(store.published.map(({ kind }) => kind)).toEqual(['created', 'deleted', 'created']);
  });

  test('do not fulfil the condition that they are there', async () => {
    await store.driver.putItem('sessions', { id: 'a', until: 900 });
    const write = store.driver.putItem('sessions', { id: 'a' }, { conditions: [{ kind: 'Exists', attribute: 'id' }] });
    await expect(write).rejects.toMatchObject({ code: 'Conflict' });
  });

  test('are not deleted once they have been given more time', async () => {
    await store.driver.putItem('sessions', { id: 'a', until: 1_010 });
    await store.driver.updateItem('sessions', { id: 'a' }, { until: 2_000 });
    await clock.advanceTo(new Date(1_500_000));
    expect(await store.driver.getItem('sessions', { id: 'a' })).toBeDefined();
    expect(deleted()).toEqual([]);
  });

  test('are deleted however many they are', async () => {
    const items = Array.from({ length: 450 }, (_, n) => ({ id: `item-${n}`, until: 1_010 }));
    await store.driver.batchWrite(items.map((item) => ({ kind: 'Put', table: 'sessions', item })));
    await clock.advanceTo(new Date(1_010_000));
    await eventually(() => expect(deleted()).toHaveLength(450));
  });

  test('after as many years as a Date can hold do not expire', async () => {
    await store.driver.putItem('sessions', { id: 'a', until: 9e15 });
    await clock.advance(1_000);
    expect(await store.driver.getItem('sessions', { id: 'a' })).toBeDefined();
  });
});

test('what expired while nobody was there is deleted by the next start', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-nosql-'));
  const before = openStore({ clock: new VirtualClock(1_000_000), directory });
  await before.driver.createTable({ ...table });
  await before.driver.putItem('sessions', { id: 'a', until: 1_010 });
  await before.close();
  const after = openStore({ clock: new VirtualClock(2_000_000), directory });
  await eventually(() => expect(after.published.map(({ data }) => [data.key.id, data.expired])).toEqual([['a', true]]));
  await after.close();
  rmSync(directory, { recursive: true });
});
