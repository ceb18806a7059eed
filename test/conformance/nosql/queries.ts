import { expect } from '@jest/globals';
import { decimal } from '../../../shared/core/decimal.ts';
import type { Item, QueryCondition } from '../../../shared/types/nosql.ts';
import { type NoSQLRule, refused, valuesOf } from './fixture.ts';

const of = (id: string): QueryCondition => ({ kind: 'KeyEquals', key: 'id', value: id });
const numbered = (count: number, id = 'a'): Item[] => Array.from({ length: count }, (_, at) => ({ id, at }));

/** A rule that a query is refused. */
const refuses = (what: string, conditions: QueryCondition[], message: RegExp): NoSQLRule => ({
  rule: `a query ${what} is refused`,
  check: async (tables) => refused(tables.driver.query(await tables.sorted(), conditions), message),
});

/** Queries of a table. */
export const queryRules: NoSQLRule[] = [
  {
    rule: 'a query gives the items of its partition and no others',
    async check(tables) {
      const table = await tables.sorted();
      await tables.put(table, [...numbered(3), ...numbered(2, 'b'), ...numbered(2, 'aa')]);
      expect(await tables.query(table, [of('a')])).toEqual(numbered(3));
    },
  },
  {
    rule: 'a query of a partition that is empty gives nothing',
    check: async (tables) => expect(await tables.query(await tables.sorted(), [of('a')])).toEqual([]),
  },
  {
    rule: 'KeyEquals of the sort key gives the one item',
    async check(tables) {
      const table = await tables.sorted();
      await tables.put(table, numbered(3));
      expect(await tables.query(table, [of('a'), { kind: 'KeyEquals', key: 'at', value: 1 }])).toEqual([
        { id: 'a', at: 1 },
      ]);
    },
  },
  {
    rule: 'KeyBetween gives the items from the first to the second value, both included',
    async check(tables) {
      const table = await tables.sorted();
      await tables.put(table, numbered(6));
      const found = await tables.query(table, [of('a'), { kind: 'KeyBetween', key: 'at', start: 1, end: 3 }]);
      expect(valuesOf(found, 'at')).toEqual([1, 2, 3]);
    },
  },
  {
    rule: 'BeginsWith gives the items whose sort key begins so',
    async check(tables) {
      const table = await tables.sorted('String');
      await tables.put(
        table,
        ['2026', '2026-01', '2026-02', '2027', '20260'].map((at) => ({ id: 'a', at })),
      );
      const found = await tables.query(table, [of('a'), { kind: 'BeginsWith', key: 'at', prefix: '2026-' }]);
      expect(valuesOf(found, 'at')).toEqual(['2026-01', '2026-02']);
    },
  },
  {
    rule: 'BeginsWith with a prefix at the end of Unicode finds what begins so, in both orders',
    async check(tables) {
      const table = await tables.sorted('String');
      const last = '\u{10ffff}';
      await tables.put(
        table,
        ['a', last, `${last}b`].map((at) => ({ id: 'a', at })),
      );
      const conditions: QueryCondition[] = [of('a'), { kind: 'BeginsWith', key: 'at', prefix: last }];
      expect(valuesOf(await tables.query(table, conditions), 'at')).toEqual([last, `${last}b`]);
      expect(valuesOf(await tables.query(table, conditions, { order: 'Descending' }), 'at')).toEqual([
        `${last}b`,
        last,
      ]);
    },
  },
  {
    rule: 'Contains gives the items of the partition whose attribute has the value in it',
    async check(tables) {
      const table = await tables.sorted();
      await tables.put(table, [
        { id: 'a', at: 1, tags: new Set(['sea', 'sun']) },
        { id: 'a', at: 2, tags: ['sea'] },
        { id: 'a', at: 3, tags: 'seaside' },
        { id: 'a', at: 4, tags: ['lake'] },
        { id: 'a', at: 5 },
        { id: 'b', at: 6, tags: ['sea'] },
      ]);
      const found = await tables.query(table, [of('a'), { kind: 'Contains', key: 'tags', value: 'sea' }]);
      expect(valuesOf(found, 'at')).toEqual([1, 2, 3]);
    },
  },
  {
    rule: 'Contains can be asked of the sort key',
    async check(tables) {
      const table = await tables.sorted('String');
      await tables.put(
        table,
        ['lake', 'seaside', 'oversea'].map((at) => ({ id: 'a', at })),
      );
      const found = await tables.query(table, [of('a'), { kind: 'Contains', key: 'at', value: 'sea' }]);
      expect(valuesOf(found, 'at')).toEqual(['oversea', 'seaside']);
    },
  },
  {
    rule: 'numbers are in the order of their values',
    async check(tables) {
      const table = await tables.sorted();
      const ordered = [
        decimal('-1e100'),
        -1000,
        -10.5,
        -10,
        -9.99,
        -1,
        decimal('-1e-100'),
        0,
        decimal('1e-100'),
        0.5,
        1,
        9,
        10,
        10.01,
        99,
        100,
        decimal('9007199254740993'),
        decimal('9007199254740994'),
      ];
      await tables.put(
        table,
        ordered.toSorted().map((at) => ({ id: 'a', at })),
      );
      expect(valuesOf(await tables.query(table, [of('a')]), 'at')).toEqual(ordered);
    },
  },
  {
    rule: 'texts are in the order of their UTF-8 bytes',
    async check(tables) {
      const table = await tables.sorted('String');
      const ordered = ['\u0000', 'A', 'B', 'a', 'aa', 'b', 'ä', '\uffff', '\u{10000}'];
      await tables.put(
        table,
        ordered.toReversed().map((at) => ({ id: 'a', at })),
      );
      expect(valuesOf(await tables.query(table, [of('a')]), 'at')).toEqual(ordered);
    },
  },
  {
    rule: 'binary is in the order of its unsigned bytes',
    async check(tables) {
      const table = await tables.sorted('Binary');
      const ordered = [[0], [0, 0], [1], [127, 255], [128], [255], [255, 255]].map((bytes) => new Uint8Array(bytes));
      await tables.put(
        table,
        ordered.toReversed().map((at) => ({ id: 'a', at })),
      );
      expect(valuesOf(await tables.query(table, [of('a')]), 'at')).toEqual(ordered);
    },
  },
  {
    rule: 'a descending query gives the same items from the last to the first',
    async check(tables) {
      const table = await tables.sorted();
      await tables.put(table, [...numbered(5), ...numbered(2, 'b')]);
      const between: QueryCondition = { kind: 'KeyBetween', key: 'at', start: 1, end: 3 };
      const descending = { order: 'Descending' } as const;
      expect(valuesOf(await tables.query(table, [of('a')], descending), 'at')).toEqual([4, 3, 2, 1, 0]);
      expect(valuesOf(await tables.query(table, [of('a'), between], descending), 'at')).toEqual([3, 2, 1]);
    },
  },
  {
    rule: 'a page has at most as many items as its limit, and its token leads to the rest',
    async check(tables) {
      const table = await tables.sorted();
      await tables.put(table, numbered(5));
      for (const order of ['Ascending', 'Descending'] as const) {
        const first = await tables.driver.query(table, [of('a')], { limit: 2, order });
        expect(first.items.length).toBeLessThanOrEqual(2);
        expect(first.nextPageToken).toBeDefined();
        const rest = await tables.query(table, [of('a')], { limit: 2, order });
        expect(rest).toEqual(order === 'Ascending' ? numbered(5) : numbered(5).toReversed());
      }
    },
  },
  {
    rule: 'a page goes on behind the item that it ended with, even where that one was deleted meanwhile',
    async check(tables) {
      const table = await tables.sorted();
      await tables.put(table, numbered(4));
      const { nextPageToken } = await tables.driver.query(table, [of('a')], { limit: 2 });
      await tables.driver.deleteItem(table, { id: 'a', at: 1 });
      const rest = await tables.driver.query(table, [of('a')], { limit: 2, pageToken: nextPageToken! });
      expect(valuesOf(rest.items, 'at')).toEqual([2, 3]);
    },
  },
  {
    rule: 'a page token that was changed is refused',
    async check(tables) {
      const table = await tables.sorted();
      await tables.put(table, numbered(3));
      const { nextPageToken = '' } = await tables.driver.query(table, [of('a')], { limit: 1 });
      const other = nextPageToken[2] === 'A' ? 'B' : 'A';
      for (const pageToken of [`${nextPageToken.slice(0, 2)}${other}${nextPageToken.slice(3)}`, 'nonsense'])
        await refused(tables.driver.query(table, [of('a')], { pageToken }), /pageToken/);
    },
  },
  {
    rule: 'a page token of another query is refused',
    async check(tables) {
      const table = await tables.sorted();
      await tables.put(table, [...numbered(3), ...numbered(3, 'b')]);
      const { nextPageToken = '' } = await tables.driver.query(table, [of('a')], { limit: 1 });
      await refused(tables.driver.query(table, [of('b')], { pageToken: nextPageToken }), /pageToken/);
    },
  },
  {
    rule: 'many large items come in several pages, each once and in order',
    async check(tables) {
      const table = await tables.sorted();
      const items = numbered(8).map((item) => ({ ...item, text: 'x'.repeat(300_000) }));
      await tables.put(table, items);
      expect((await tables.driver.query(table, [of('a')])).nextPageToken).toBeDefined();
      expect(valuesOf(await tables.query(table, [of('a')]), 'at')).toEqual(valuesOf(items, 'at'));
    },
  },
  refuses('without its partition', [{ kind: 'KeyBetween', key: 'at', start: 1, end: 2 }], /partition key "id"/),
  refuses('over a range of partitions', [{ kind: 'BeginsWith', key: 'id', prefix: 'a' }], /partition key "id"/),
  refuses('of two partitions', [of('a'), of('b')], /one KeyEquals/),
  refuses(
    'with two conditions on the sort key',
    [of('a'), { kind: 'KeyEquals', key: 'at', value: 1 }, { kind: 'KeyBetween', key: 'at', start: 1, end: 2 }],
    /one condition on the sort key/,
  ),
  refuses(
    'whose range ends before it starts',
    [of('a'), { kind: 'KeyBetween', key: 'at', start: 2, end: 1 }],
    /ends before/,
  ),
  refuses('with a key of the wrong type', [{ kind: 'KeyEquals', key: 'id', value: 1 }], /String/),
  refuses(
    'that asks for the beginning of a number',
    [of('a'), { kind: 'BeginsWith', key: 'at', prefix: '1' }],
    /BeginsWith/,
  ),
  refuses('with a condition on what is no key', [of('a'), { kind: 'KeyEquals', key: 'z', value: 1 }], /no key/),
  {
    rule: 'a query of an index that the table does not have is refused',
    check: async (tables) =>
      refused(tables.driver.query(await tables.sorted(), [of('a')], { index: 'none' }), /no index "none"/),
  },
];
