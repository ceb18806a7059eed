import { expect } from '@jest/globals';
import { eventually } from '../../eventually.ts';
import type { Fixture, NoSQLRule, PublishedChange } from './fixture.ts';

/** The changes of a table, as soon as there are so many. */
const published = (tables: Fixture, table: string, count: number): Promise<PublishedChange[]> =>
  eventually(async () => {
    const changes = await tables.changes(table);
    expect(changes.length).toBeGreaterThanOrEqual(count);
    return changes;
  });

/** The stream of changes. */
export const changeRules: NoSQLRule[] = (
  [
    {
      rule: 'creating, updating and deleting an item are published once each, in order',
      async check(tables) {
        const table = await tables.table({ stream: 'Keys' });
        await tables.driver.putItem(table, { id: 'a' });
        await tables.driver.putItem(table, { id: 'a', n: 1 });
        await tables.driver.updateItem(table, { id: 'a' }, { n: 2 });
        await tables.driver.deleteItem(table, { id: 'a' });
        await tables.driver.putItem(table, { id: 'last' });
        const changes = await published(tables, table, 5);
        expect(changes.map(({ kind }) => kind)).toEqual(['created', 'updated', 'updated', 'deleted', 'created']);
        expect(changes[0]!.data).toMatchObject({ table, key: { id: 'a' } });
      },
    },
    {
      rule: 'a stream of images has the item as it was and as it is',
      async check(tables) {
        const table = await tables.table({ stream: 'Images' });
        await tables.driver.putItem(table, { id: 'a', n: 1 });
        await tables.driver.updateItem(table, { id: 'a' }, { n: 2 });
        await tables.driver.deleteItem(table, { id: 'a' });
        const changes = await published(tables, table, 3);
        expect(changes.map(({ data }) => [data.old, data.new])).toEqual([
          [undefined, { id: 'a', n: 1 }],
          [
            { id: 'a', n: 1 },
            { id: 'a', n: 2 },
          ],
          [{ id: 'a', n: 2 }, undefined],
        ]);
      },
    },
    {
      rule: 'a stream of keys has no images',
      async check(tables) {
        const table = await tables.table({ stream: 'Keys' });
        await tables.driver.putItem(table, { id: 'a', n: 1 });
        const [change] = await published(tables, table, 1);
        expect(change!.data).not.toHaveProperty('new');
      },
    },
    {
      rule: 'each change has a sequence of its own, and those of one item are in the order of its writes',
      async check(tables) {
        const table = await tables.table({ stream: 'Images' });
        await Promise.all(
          Array.from({ length: 30 }, (_, at) =>
            tables.driver.updateItem(table, { id: `item-${at % 3}` }, {}, { add: { n: 1 } }),
          ),
        );
        const changes = await published(tables, table, 30);
        expect(new Set(changes.map(({ data }) => data.sequence)).size).toBe(30);
        for (const id of ['item-0', 'item-1', 'item-2']) {
          const counts = changes.filter(({ data }) => data.key.id === id).map(({ data }) => data.new!.n);
          expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        }
      },
    },
    {
      rule: 'a write that was refused, and a deletion of nothing, are not published',
      async check(tables) {
        const table = await tables.table({ stream: 'Keys' });
        const conditions = [{ kind: 'Exists' as const, attribute: 'id' }];
        await tables.driver.putItem(table, { id: 'a' }, { conditions }).catch(() => undefined);
        await tables.driver.deleteItem(table, { id: 'a' });
        await tables.driver.putItem(table, { id: 'last' });
        const changes = await published(tables, table, 1);
        expect(changes.map(({ data }) => data.key.id)).toEqual(['last']);
      },
    },
    {
      rule: 'a write that leaves the item as it was is not published',
      async check(tables) {
        const table = await tables.table({ stream: 'Keys' });
        for (let time = 0; time < 2; time += 1) await tables.driver.putItem(table, { id: 'a', n: 1 });
        await tables.driver.putItem(table, { id: 'last' });
        const changes = await published(tables, table, 2);
        expect(changes.map(({ data }) => data.key.id)).toEqual(['a', 'last']);
      },
    },
    {
      rule: 'the writes of a batch are published',
      async check(tables) {
        const table = await tables.table({ stream: 'Keys' });
        await tables.driver.batchWrite(['a', 'b'].map((id) => ({ kind: 'Put', table, item: { id } })));
        expect(await published(tables, table, 2)).toHaveLength(2);
      },
    },
    {
      rule: 'a table without a stream publishes nothing',
      async check(tables) {
        const [silent, other] = [await tables.table({ stream: 'None' }), await tables.table({ stream: 'Keys' })];
        await tables.driver.putItem(silent, { id: 'a' });
        await tables.driver.putItem(other, { id: 'a' });
        await published(tables, other, 1);
        expect(await tables.changes(silent)).toEqual([]);
      },
    },
  ] satisfies NoSQLRule[]
).map((rule) => ({ ...rule, needs: 'streams' }));

const HOUR = 3_600;
const seconds = (): number => Math.floor(Date.now() / 1000);

/** Items whose time is up; the clock of the driver shows the time of day, or an earlier one that is less than an hour off. */
export const expiryRules: NoSQLRule[] = (
  [
    {
      rule: 'an item whose time is up is not read, found or scanned any more',
      async check(tables) {
        const table = await tables.table({ timeToLive: 'until' });
        await tables.put(table, [
          { id: 'old', until: seconds() - 2 * HOUR },
          { id: 'new', until: seconds() + 2 * HOUR },
        ]);
        expect(await tables.item(table, { id: 'old' })).toBeUndefined();
        expect(await tables.query(table, [{ kind: 'KeyEquals', key: 'id', value: 'old' }])).toEqual([]);
        expect((await tables.scan(table)).map(({ id }) => id)).toEqual(['new']);
      },
    },
    {
      rule: 'an item without the attribute, or with a text in it, does not expire',
      async check(tables) {
        const table = await tables.table({ timeToLive: 'until' });
        await tables.put(table, [{ id: 'a' }, { id: 'b', until: '1' }]);
        expect(await tables.item(table, { id: 'a' })).toBeDefined();
        expect(await tables.item(table, { id: 'b' })).toBeDefined();
      },
    },
    {
      rule: 'an item that is given more time stays',
      async check(tables) {
        const table = await tables.table({ timeToLive: 'until' });
        await tables.put(table, [{ id: 'a', until: seconds() + HOUR }]);
        await tables.driver.updateItem(table, { id: 'a' }, { until: seconds() + 3 * HOUR });
        expect(await tables.item(table, { id: 'a' })).toBeDefined();
      },
    },
  ] satisfies NoSQLRule[]
).map((rule) => ({ ...rule, needs: 'timeToLive' }));
