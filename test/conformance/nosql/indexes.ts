import { expect } from '@jest/globals';
import type { GlobalIndex, Item, LocalIndex, QueryCondition } from '../../../shared/types/nosql.ts';
import { type NoSQLRule, refused, sortedOf, valuesOf } from './fixture.ts';

const of = (id: string): QueryCondition => ({ kind: 'KeyEquals', key: 'id', value: id });
const byColor: GlobalIndex = {
  name: 'by-color',
  partitionKey: { name: 'color', type: 'String' },
  sortKey: { name: 'size', type: 'Number' },
};
const bySize: LocalIndex = { name: 'by-size', sortKey: { name: 'size', type: 'Number' } };
const colored = (color: string): QueryCondition => ({ kind: 'KeyEquals', key: 'color', value: color });

/** Queries of indexes. */
export const indexRules: NoSQLRule[] = [
  {
    rule: 'a global index finds items by other attributes, in the order of its sort key',
    needs: 'globalIndexes',
    async check(tables) {
      const table = await tables.with(
        [
          { id: 'a', color: 'red', size: 3 },
          { id: 'b', color: 'red', size: 1 },
          { id: 'c', color: 'blue', size: 2 },
        ],
        { globalIndexes: [byColor] },
      );
      const query = (order: 'Ascending' | 'Descending') =>
        tables.query(table, [colored('red')], { index: 'by-color', order });
      expect(valuesOf(await query('Ascending'), 'id')).toEqual(['b', 'a']);
      expect(valuesOf(await query('Descending'), 'id')).toEqual(['a', 'b']);
    },
  },
  {
    rule: 'an item that lacks a key of an index is not in it',
    needs: 'globalIndexes',
    async check(tables) {
      const items: Item[] = [
        { id: 'a', color: 'red' },
        { id: 'b', size: 1 },
        { id: 'c', color: 'red', size: 1 },
      ];
      const table = await tables.with(items, { globalIndexes: [byColor] });
      expect(valuesOf(await tables.query(table, [colored('red')], { index: 'by-color' }), 'id')).toEqual(['c']);
      expect(await tables.scan(table)).toHaveLength(3);
    },
  },
  {
    rule: 'an index follows updates and deletions',
    needs: 'globalIndexes',
    async check(tables) {
      const items = ['a', 'b', 'c', 'd'].map((id) => ({ id, color: 'red', size: 1 }));
      const table = await tables.with(items, { globalIndexes: [byColor] });
      await tables.driver.updateItem(table, { id: 'a' }, { color: 'blue' });
      await tables.driver.updateItem(table, { id: 'b' }, {}, { remove: ['size'] });
      await tables.driver.deleteItem(table, { id: 'c' });
      await tables.driver.updateItem(table, { id: 'd' }, { other: true });
      const found = (color: string) => tables.query(table, [colored(color)], { index: 'by-color' });
      expect(await found('red')).toEqual([{ id: 'd', color: 'red', size: 1, other: true }]);
      expect(valuesOf(await found('blue'), 'id')).toEqual(['a']);
    },
  },
  {
    rule: 'many items with the same key of an index are all found, over pages',
    needs: 'globalIndexes',
    async check(tables) {
      const ids = Array.from({ length: 7 }, (_, at) => `item-${at}`);
      const table = await tables.with(
        ids.map((id) => ({ id, color: 'red', size: 1 })),
        { globalIndexes: [byColor] },
      );
      for (const order of ['Ascending', 'Descending'] as const) {
        const found = await tables.query(table, [colored('red')], { index: 'by-color', limit: 3, order });
        expect(sortedOf(found, 'id')).toEqual(ids);
      }
    },
  },
  {
    rule: 'a global index takes conditions on its sort key',
    needs: 'globalIndexes',
    async check(tables) {
      const items = [1, 2, 3, 4].map((size) => ({ id: `item-${size}`, color: 'red', size }));
      const table = await tables.with(items, { globalIndexes: [byColor] });
      const between: QueryCondition = { kind: 'KeyBetween', key: 'size', start: 2, end: 3 };
      expect(valuesOf(await tables.query(table, [colored('red'), between], { index: 'by-color' }), 'size')).toEqual([
        2, 3,
      ]);
    },
  },
  {
    rule: 'an item with a key of the wrong type for an index is refused',
    needs: 'globalIndexes',
    async check(tables) {
      const table = await tables.table({ globalIndexes: [byColor] });
      await refused(tables.driver.putItem(table, { id: 'a', color: 1 }), /by-color.*String/);
      await refused(tables.driver.putItem(table, { id: 'a', color: '' }), /empty/);
      await tables.driver.putItem(table, { id: 'a', color: 'red' });
      await refused(tables.driver.updateItem(table, { id: 'a' }, { size: 'large' }), /by-color.*Number/);
    },
  },
  {
    rule: 'a consistent read of a global index is refused',
    needs: 'globalIndexes',
    async check(tables) {
      if (!tables.driver.capabilities.has('consistentReads')) return;
      const table = await tables.table({ globalIndexes: [byColor] });
      const query = tables.driver.query(table, [colored('red')], { index: 'by-color', consistent: true });
      await refused(query, /consistent/);
    },
  },
  {
    rule: 'a local index gives the items of a partition in another order',
    needs: 'localIndexes',
    async check(tables) {
      const table = await tables.sorted('Number', { localIndexes: [bySize] });
      await tables.put(table, [
        { id: 'a', at: 1, size: 30 },
        { id: 'a', at: 2, size: 10 },
        { id: 'a', at: 3 },
        { id: 'b', at: 4, size: 20 },
      ]);
      expect(valuesOf(await tables.query(table, [of('a')], { index: 'by-size' }), 'at')).toEqual([2, 1]);
    },
  },
];
