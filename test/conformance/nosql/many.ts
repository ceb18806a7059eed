import { expect } from '@jest/globals';
import type { BatchOperation, Item, TransactAction } from '../../../shared/types/nosql.ts';
import { CONFLICT, type NoSQLRule, refused, sortedOf, valuesOf } from './fixture.ts';

const numbered = (count: number): Item[] => Array.from({ length: count }, (_, n) => ({ id: `item-${n}`, n }));
const putsInto = (table: string, items: Item[]): BatchOperation[] =>
  items.map((item) => ({ kind: 'Put', table, item }));

/** Scans. */
export const scanRules: NoSQLRule[] = [
  {
    rule: 'a scan gives every item once',
    async check(tables) {
      const table = await tables.with(numbered(12));
      expect(sortedOf(await tables.scan(table), 'id')).toEqual(sortedOf(numbered(12), 'id'));
    },
  },
  {
    rule: 'a scan gives the items for which every condition of its filter holds',
    async check(tables) {
      const table = await tables.with(numbered(12));
      const found = await tables.scan(table, {
        conditions: [
          { kind: 'GreaterThan', attribute: 'n', value: 3 },
          { kind: 'LessThanOrEqual', attribute: 'n', value: 6 },
          { kind: 'NotEquals', attribute: 'n', value: 5 },
        ],
      });
      expect(valuesOf(found, 'n').toSorted()).toEqual([4, 6]);
    },
  },
  {
    rule: 'the pages of a scan have at most as many items as its limit, and every item once',
    async check(tables) {
      const table = await tables.with(numbered(7));
      expect((await tables.driver.scan(table, undefined, { limit: 3 })).items.length).toBeLessThanOrEqual(3);
      expect(sortedOf(await tables.scan(table, undefined, { limit: 3 }), 'id')).toEqual(sortedOf(numbered(7), 'id'));
    },
  },
  {
    rule: 'the segments of a scan have every item once, all together',
    needs: 'parallelScans',
    async check(tables) {
      const table = await tables.table();
      await tables.driver.batchWrite(putsInto(table, numbered(600)));
      const parts = await Promise.all(
        [0, 1, 2].map((index) => tables.scan(table, undefined, { segment: { index, of: 3 }, limit: 100 })),
      );
      expect(sortedOf(parts.flat(), 'id')).toEqual(sortedOf(numbered(600), 'id'));
    },
  },
  {
    rule: 'a scan token that was changed, or is one of another filter, is refused',
    async check(tables) {
      const table = await tables.with(numbered(3));
      const { nextPageToken = '' } = await tables.driver.scan(table, undefined, { limit: 1 });
      await refused(tables.driver.scan(table, undefined, { pageToken: `${nextPageToken}x` }), /pageToken/);
      const filter = { conditions: [{ kind: 'Exists' as const, attribute: 'n' }] };
      await refused(tables.driver.scan(table, filter, { pageToken: nextPageToken }), /pageToken/);
    },
  },
];

/** Batches. */
export const batchRules: NoSQLRule[] = [
  {
    rule: 'a batch of more than 25 writes is done whole',
    async check(tables) {
      const table = await tables.table();
      const result = await tables.driver.batchWrite(putsInto(table, numbered(60)));
      expect(result).toEqual({ processed: 60, unprocessed: [] });
      expect(await tables.scan(table)).toHaveLength(60);
    },
  },
  {
    rule: 'a batch puts and deletes, in several tables',
    async check(tables) {
      const [one, two] = [await tables.with(numbered(2)), await tables.table()];
      await tables.driver.batchWrite([
        { kind: 'Delete', table: one, key: { id: 'item-0' } },
        { kind: 'Put', table: two, item: { id: 'new' } },
      ]);
      expect(valuesOf(await tables.scan(one), 'id')).toEqual(['item-1']);
      expect(valuesOf(await tables.scan(two), 'id')).toEqual(['new']);
    },
  },
  {
    rule: 'a batch that names one item twice is refused, and nothing of it done',
    async check(tables) {
      const table = await tables.table();
      const operations: BatchOperation[] = [
        ...putsInto(table, numbered(2)),
        { kind: 'Delete', table, key: { id: 'item-1' } },
      ];
      await refused(tables.driver.batchWrite(operations), /twice/);
      expect(await tables.scan(table)).toEqual([]);
    },
  },
  {
    rule: 'a batch that names one item twice is refused, in whatever order its key is written',
    async check(tables) {
      const table = await tables.sorted();
      const operations: BatchOperation[] = [
        { kind: 'Put', table, item: { id: 'a', at: 1 } },
        { kind: 'Delete', table, key: { at: 1, id: 'a' } },
      ];
      await refused(tables.driver.batchWrite(operations), /twice/);
    },
  },
  {
    rule: 'a batch with one item that cannot be is refused, and nothing of it done',
    async check(tables) {
      const table = await tables.table();
      await refused(tables.driver.batchWrite(putsInto(table, [...numbered(30), { wrong: 1 }])), /"id" is missing/);
      expect(await tables.scan(table)).toEqual([]);
    },
  },
  {
    rule: 'an empty batch is refused',
    check: (tables) => refused(tables.driver.batchWrite([]), /1 to/),
  },
];

const add = (table: string, id: string, n: number): TransactAction => ({
  kind: 'Update',
  table,
  key: { id },
  update: {},
  add: { n },
});

/** Transactions. */
export const transactionRules: NoSQLRule[] = (
  [
    {
      rule: 'a transaction puts, updates, deletes and checks, in several tables',
      async check(tables) {
        const [one, two] = [await tables.with(numbered(3)), await tables.table()];
        await tables.driver.transactWrite([
          { kind: 'Put', table: two, item: { id: 'new' } },
          add(one, 'item-0', 10),
          { kind: 'Delete', table: one, key: { id: 'item-1' } },
          { kind: 'Check', table: one, key: { id: 'item-2' }, conditions: [{ kind: 'Exists', attribute: 'n' }] },
        ]);
        expect(valuesOf(await tables.scan(one), 'n').toSorted()).toEqual([10, 2]);
        expect(await tables.item(two, { id: 'new' })).toEqual({ id: 'new' });
      },
    },
    {
      rule: 'a transaction of which one condition fails does nothing, and gives the reason of each action',
      async check(tables) {
        const table = await tables.with(numbered(2));
        const version = await tables.version(table, { id: 'item-1' });
        const run = tables.driver.transactWrite([
          add(table, 'item-0', 1),
          { ...add(table, 'item-1', 1), conditions: [{ kind: 'Equals', attribute: 'n', value: 7 }] } as TransactAction,
        ]);
        await expect(run).rejects.toMatchObject({
          code: 'Conflict',
          details: { reasons: [{ kind: 'None' }, { kind: 'ConditionFailed', version }] },
        });
        expect(valuesOf(await tables.scan(table), 'n').toSorted()).toEqual([0, 1]);
      },
    },
    {
      rule: 'a check that fails cancels a transaction',
      async check(tables) {
        const table = await tables.table();
        const run = tables.driver.transactWrite([
          { kind: 'Put', table, item: { id: 'a' } },
          { kind: 'Check', table, key: { id: 'b' }, conditions: [{ kind: 'Exists', attribute: 'id' }] },
        ]);
        await expect(run).rejects.toMatchObject({
          ...CONFLICT,
          details: { reasons: [{ kind: 'None' }, { kind: 'ConditionFailed' }] },
        });
        expect(await tables.scan(table)).toEqual([]);
      },
    },
    {
      rule: 'a transaction expects versions',
      async check(tables) {
        const table = await tables.with(numbered(1));
        const expectedVersion = await tables.version(table, { id: 'item-0' });
        const put = (n: number): Promise<void> =>
          tables.driver.transactWrite([{ kind: 'Put', table, item: { id: 'item-0', n }, expectedVersion }]);
        await put(1);
        await expect(put(2)).rejects.toMatchObject(CONFLICT);
        expect(valuesOf(await tables.scan(table), 'n')).toEqual([1]);
      },
    },
    {
      rule: 'an update that does not fit the item cancels a transaction with its reason',
      async check(tables) {
        const table = await tables.with([{ id: 'a', n: 'text' }]);
        const run = tables.driver.transactWrite([{ kind: 'Put', table, item: { id: 'b' } }, add(table, 'a', 1)]);
        await expect(run).rejects.toMatchObject({
          details: { reasons: [{ kind: 'None' }, { kind: 'InvalidUpdate' }] },
        });
        expect(await tables.scan(table)).toHaveLength(1);
      },
    },
    {
      rule: 'a transaction with the token of one that was done changes nothing',
      async check(tables) {
        const table = await tables.table();
        const actions = [add(table, 'a', 1)];
        const clientToken = crypto.randomUUID();
        await tables.driver.transactWrite(actions, { clientToken });
        await tables.driver.transactWrite(actions, { clientToken });
        expect(await tables.item(table, { id: 'a' })).toEqual({ id: 'a', n: 1 });
      },
    },
    {
      rule: 'a token that was used for another transaction is refused',
      async check(tables) {
        const table = await tables.table();
        const clientToken = crypto.randomUUID();
        await tables.driver.transactWrite([add(table, 'a', 1)], { clientToken });
        await refused(tables.driver.transactWrite([add(table, 'a', 2)], { clientToken }), /another transaction/);
        expect(await tables.item(table, { id: 'a' })).toEqual({ id: 'a', n: 1 });
      },
    },
    {
      rule: 'a transaction that was cancelled can be tried again with its token',
      async check(tables) {
        const table = await tables.table();
        const clientToken = crypto.randomUUID();
        const actions: TransactAction[] = [
          { kind: 'Check', table, key: { id: 'a' }, conditions: [{ kind: 'Exists', attribute: 'id' }] },
          { kind: 'Put', table, item: { id: 'b' } },
        ];
        await expect(tables.driver.transactWrite(actions, { clientToken })).rejects.toMatchObject(CONFLICT);
        await tables.driver.putItem(table, { id: 'a' });
        await tables.driver.transactWrite(actions, { clientToken });
        expect(await tables.item(table, { id: 'b' })).toEqual({ id: 'b' });
      },
    },
    {
      rule: 'a transaction that names one item twice is refused',
      async check(tables) {
        const table = await tables.table();
        await refused(tables.driver.transactWrite([add(table, 'a', 1), add(table, 'a', 1)]), /twice/);
      },
    },
    {
      rule: 'a transaction of no or of more than 100 actions is refused',
      async check(tables) {
        const table = await tables.table();
        await refused(tables.driver.transactWrite([]), /1 to 100/);
        await refused(
          tables.driver.transactWrite(Array.from({ length: 101 }, (_, n) => add(table, `item-${n}`, 1))),
          /1 to 100/,
        );
      },
    },
    {
      rule: 'money that transactions move between items at the same time is neither made nor lost',
      async check(tables) {
        const ids = ['a', 'b', 'c'];
        const table = await tables.with(ids.map((id) => ({ id, n: 100 })));
        const moves = Array.from({ length: 30 }, (_, at) => [ids[at % 3]!, ids[(at + 1) % 3]!] as const);
        const moved = ([from, to]: readonly [string, string]): Promise<void> =>
          tables.driver
            .transactWrite([add(table, from, -1), add(table, to, 1)])
            .catch((error) => (error.code === 'Conflict' ? moved([from, to]) : Promise.reject(error)));
        await Promise.all(moves.map(moved));
        expect(valuesOf(await tables.scan(table), 'n')).toEqual([100, 100, 100]);
      },
    },
  ] satisfies NoSQLRule[]
).map((rule) => ({ ...rule, needs: 'transactions' }));
