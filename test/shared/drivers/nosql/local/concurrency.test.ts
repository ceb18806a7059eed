import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { BatchOperation } from '../../../../../shared/types/nosql.ts';
import { openStore, type Store } from './store.ts';

const id = { name: 'id', type: 'String' } as const;

let store: Store;
beforeEach(async () => {
  store = openStore();
  await store.driver.createTable({ name: 'things', partitionKey: id });
});
afterEach(() => store.close());

describe('1,000 concurrent writers of one item', () => {
  test('that add to it all have their effect, once each and in order', async () => {
    const { driver, published } = store;
    const writes = await Promise.all(
      Array.from({ length: 1_000 }, () =>
        driver.updateItem('things', { id: 'a' }, {}, { add: { n: 1 }, returning: 'New' }),
      ),
    );
    expect((await driver.getItem('things', { id: 'a' }))!.item).toEqual({ id: 'a', n: 1_000 });
    expect(new Set(writes.map(({ item }) => item!.n)).size).toBe(1_000);
    expect(published.map(({ data }) => Number(data.sequence))).toEqual(published.map((_, at) => at + 1));
    expect(published).toHaveLength(1_000);
  });

  test('that expect the same version: one is done, and the others learn the new version', async () => {
    const { driver } = store;
    const { version: expectedVersion } = await driver.putItem('things', { id: 'a' });
    const writes = await Promise.allSettled(
      Array.from({ length: 1_000 }, (_, n) => driver.putItem('things', { id: 'a', n }, { expectedVersion })),
    );
    const done = writes.flatMap((write) => (write.status === 'fulfilled' ? [write.value.version] : []));
    expect(done).toHaveLength(1);
    const current = (await driver.getItem('things', { id: 'a' }))!.version;
    const told = writes.flatMap((write) => (write.status === 'rejected' ? [write.reason.details.version] : []));
    expect(new Set(told)).toEqual(new Set([current]));
  });

  test('that read, change and write again on a Conflict lose nothing', async () => {
    const { driver } = store;
    await driver.putItem('things', { id: 'a', n: 0 });
    const increment = async (): Promise<void> => {
      const { item, version } = (await driver.getItem('things', { id: 'a' }))!;
      await driver
        .putItem('things', { id: 'a', n: Number(item.n) + 1 }, { expectedVersion: version })
        .catch((error) => (error.code === 'Conflict' ? increment() : Promise.reject(error)));
    };
    await Promise.all(Array.from({ length: 50 }, increment));
    expect((await driver.getItem('things', { id: 'a' }))!.item.n).toBe(50);
  });
});

test('writers that come at once share their commits', async () => {
  const { driver, database } = store;
  const statements: string[] = [];
  const { exec } = database;
  database.exec = (sql) => {
    statements.push(sql);
    exec.call(database, sql);
  };
  await Promise.all(Array.from({ length: 100 }, (_, n) => driver.putItem('things', { id: `item-${n}` })));
  expect(statements.filter((sql) => sql === 'commit')).toHaveLength(1);
});

describe('a disk that is full', () => {
  const puts = (count: number): BatchOperation[] =>
    Array.from({ length: count }, (_, n) => ({
      kind: 'Put',
      table: 'things',
      item: { id: `item-${n}`, text: 'x'.repeat(100_000) },
    }));

  test('leaves writes of a batch unprocessed, which can be written later', async () => {
    const { driver, database } = store;
    const pages = database.prepare('pragma page_count').get()!.page_count as number;
    database.exec(`pragma max_page_count = ${pages + 4_000}`);
    const first = await driver.batchWrite(puts(300));
    expect(first.processed).toBeGreaterThan(0);
    expect(first.unprocessed.length).toBeGreaterThan(0);
    expect(first.processed + first.unprocessed.length).toBe(300);
    database.exec('pragma max_page_count = 1000000');
    expect(await driver.batchWrite(first.unprocessed)).toEqual({
      processed: first.unprocessed.length,
      unprocessed: [],
    });
    for (const operation of puts(300)) {
      const { item } = operation as Extract<BatchOperation, { kind: 'Put' }>;
      expect((await driver.getItem('things', { id: item.id! }))?.item).toEqual(item);
    }
  });

  test('fails a single write with what to do, and writes nothing of it', async () => {
    const { driver, database } = store;
    const pages = database.prepare('pragma page_count').get()!.page_count as number;
    database.exec(`pragma max_page_count = ${pages}`);
    const write = driver.putItem('things', { id: 'a', text: 'x'.repeat(400_000) });
    await expect(write).rejects.toMatchObject({ code: 'Unavailable', retry: 'backoff' });
    expect(await driver.getItem('things', { id: 'a' })).toBeUndefined();
  });
});
