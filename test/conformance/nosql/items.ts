import { expect } from '@jest/globals';
import { decimal } from '../../../shared/core/decimal.ts';
import type { Item } from '../../../shared/types/nosql.ts';
import { type NoSQLRule, refused } from './fixture.ts';

const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(values);

/** A value that lists lie around, one in the other. */
const nested = (depth: number): Item[string] => (depth === 0 ? 'deep' : [nested(depth - 1)]);

/** A rule that a value is read as it was written. */
const keeps = (what: string, value: Item[string]): NoSQLRule => ({
  rule: `${what} is read as it was written`,
  check: async (tables) => expect(await tables.kept(value)).toEqual(value),
});

/** A rule that a value is refused, and nothing is written. */
const refuses = (what: string, value: Item[string], message: RegExp): NoSQLRule => ({
  rule: `${what} is refused, and nothing is written`,
  async check(tables) {
    const table = await tables.table();
    await refused(tables.driver.putItem(table, { id: 'a', value }), message);
    expect(await tables.item(table, { id: 'a' })).toBeUndefined();
  },
});

/** A rule that a key is refused. */
const refusesKey = (
  what: string,
  type: 'String' | 'Number' | 'Binary',
  id: Item[string],
  message: RegExp,
): NoSQLRule => ({
  rule: `a key that is ${what} is refused, written and read`,
  async check(tables) {
    const table = await tables.table({ partitionKey: { name: 'id', type } });
    await refused(tables.driver.putItem(table, { id }), message);
    await refused(tables.driver.getItem(table, { id }), message);
  },
});

/** What an item can hold. */
export const valueRules: NoSQLRule[] = [
  keeps('a text', 'text with "quotes", \u0000, \ud83d\ude00 and ümläuts'),
  keeps('an empty text', ''),
  keeps('true', true),
  keeps('false', false),
  keeps('null', null),
  keeps('binary', bytes(0, 1, 255)),
  keeps('empty binary', bytes()),
  keeps('0', 0),
  keeps('a fraction', -1.5),
  keeps('a number of 38 digits', decimal('12345678901234567890.123456789012345678')),
  keeps('a whole number that JavaScript would round', decimal('9007199254740993')),
  keeps('the largest number', decimal(`${'9'.repeat(38)}e88`)),
  keeps('the smallest number', decimal('1e-130')),
  keeps('a list', ['a', 1, null, [true]]),
  keeps('an empty list', []),
  keeps('a map', { b: 1, a: { c: ['d'] } }),
  keeps('an empty map', {}),
  keeps('a map whose names look like the JSON form of a type', { $set: [1], nested: { $number: '1' } }),
  keeps('a map of one name that looks like the JSON form of a type', { $binary: 'AAE=' }),
  keeps('a set of texts', new Set(['b', 'a'])),
  keeps('a set of numbers', new Set([2, 1, decimal('1e38')])),
  keeps('a set of binary', new Set([bytes(2), bytes(1)])),
  keeps('a value 32 deep', nested(32)),
  {
    rule: 'minus zero is zero, and 1.50 is 1.5',
    async check(tables) {
      expect(await tables.kept(-0)).toBe(0);
      expect(await tables.kept(decimal('1.50'))).toBe(1.5);
    },
  },
  refuses('a value 33 deep', nested(33), /32 deep/),
  refuses('a number that is not a number', Number.NaN, /NaN/),
  refuses('infinity', Number.POSITIVE_INFINITY, /Infinity/),
  refuses('a number that is too large', 1e300, /JavaScript number|too large/),
  refuses('a number that is too near to 0', 1e-200, /too near/),
  refuses('a whole number beyond what JavaScript holds exactly', 2 ** 60, /decimal/),
  refuses('an empty set', new Set<string>(), /empty/),
  refuses('a set of two types', new Set(['a', 1]) as never, /all/),
  refuses('a set of lists', new Set([['a']]) as never, /all/),
  refuses('half of a surrogate pair', '\ud83d', /surrogate/),
  refuses('a date', new Date(0) as never, /Date/),
  refuses('undefined', { a: undefined } as never, /undefined/),
  {
    rule: 'an error names the attribute in which the wrong value lies',
    async check(tables) {
      const table = await tables.table();
      await refused(tables.driver.putItem(table, { id: 'a', list: [{ deep: Number.NaN }] }), /list\[0\]\.deep/);
    },
  },
  {
    rule: 'an item of 400 KB is kept, and one of a byte more refused',
    async check(tables) {
      const table = await tables.table();
      const most = 400 * 1024 - 'id'.length - 'a'.length - 'text'.length;
      await tables.driver.putItem(table, { id: 'a', text: 'x'.repeat(most) });
      await refused(tables.driver.putItem(table, { id: 'b', text: 'x'.repeat(most + 1) }), /409600/);
      expect(((await tables.item(table, { id: 'a' }))!.text as string).length).toBe(most);
    },
  },
  {
    rule: 'an item counts by its UTF-8 bytes',
    async check(tables) {
      const table = await tables.table();
      await refused(tables.driver.putItem(table, { id: 'a', text: 'ü'.repeat(205_000) }), /409600/);
    },
  },
];

/** Keys, and the writing and reading of one item. */
export const itemRules: NoSQLRule[] = [
  {
    rule: 'an item that was put is read whole',
    async check(tables) {
      const item = { id: 'a', one: 1, two: { three: [3] } };
      const table = await tables.with([item]);
      expect(await tables.item(table, { id: 'a' })).toEqual(item);
    },
  },
  {
    rule: 'an item that is not there is undefined',
    check: async (tables) => expect(await tables.item(await tables.table(), { id: 'a' })).toBeUndefined(),
  },
  {
    rule: 'a put replaces the whole item',
    async check(tables) {
      const table = await tables.with([
        { id: 'a', old: 1 },
        { id: 'a', new: 2 },
      ]);
      expect(await tables.item(table, { id: 'a' })).toEqual({ id: 'a', new: 2 });
    },
  },
  {
    rule: 'items with the same partition key and another sort key are two',
    async check(tables) {
      const table = await tables.sorted();
      await tables.put(table, [
        { id: 'a', at: 1 },
        { id: 'a', at: 2 },
      ]);
      expect(await tables.item(table, { id: 'a', at: 2 })).toEqual({ id: 'a', at: 2 });
      expect(await tables.scan(table)).toHaveLength(2);
    },
  },
  {
    rule: 'keys may be numbers and binary',
    async check(tables) {
      const table = await tables.sorted('Binary', { partitionKey: { name: 'id', type: 'Number' } });
      await tables.put(table, [
        { id: -1.5, at: bytes(0) },
        { id: -1.5, at: bytes(0, 0) },
      ]);
      expect(await tables.item(table, { id: -1.5, at: bytes(0) })).toEqual({ id: -1.5, at: bytes(0) });
      expect(await tables.item(table, { id: decimal('-1.50'), at: bytes(0, 0) })).toBeDefined();
    },
  },
  refusesKey('an empty text', 'String', '', /empty/),
  refusesKey('empty binary', 'Binary', bytes(), /empty/),
  refusesKey('longer than 2,048 bytes', 'String', 'x'.repeat(2049), /2048/),
  refusesKey('of the wrong type', 'Number', '1', /Number/),
  refusesKey('a list', 'String', ['a'], /String/),
  {
    rule: 'a sort key of 1,024 bytes is kept, and one of a byte more refused',
    async check(tables) {
      const table = await tables.sorted('String');
      await tables.put(table, [{ id: 'a', at: 'x'.repeat(1024) }]);
      await refused(tables.driver.putItem(table, { id: 'a', at: 'x'.repeat(1025) }), /1024/);
    },
  },
  {
    rule: 'an item without its whole key is refused',
    async check(tables) {
      const table = await tables.sorted();
      await refused(tables.driver.putItem(table, { id: 'a' }), /"at" is missing/);
    },
  },
  {
    rule: 'a key with more than the key in it is refused',
    async check(tables) {
      const table = await tables.table();
      for (const call of [
        tables.driver.getItem(table, { id: 'a', more: 1 }),
        tables.driver.deleteItem(table, { id: 'a', more: 1 }),
        tables.driver.updateItem(table, { id: 'a', more: 1 }, { b: 1 }),
      ])
        await refused(call, /"more"/);
    },
  },
  {
    rule: 'a deleted item is gone, and deleting it again is no error',
    async check(tables) {
      const table = await tables.with([{ id: 'a' }]);
      await tables.driver.deleteItem(table, { id: 'a' });
      await tables.driver.deleteItem(table, { id: 'a' });
      expect(await tables.item(table, { id: 'a' })).toBeUndefined();
    },
  },
  {
    rule: 'a consistent read sees the write that was acknowledged before it',
    needs: 'consistentReads',
    async check(tables) {
      const table = await tables.table();
      const { driver } = tables;
      for (let value = 0; value < 20; value += 1) {
        await driver.putItem(table, { id: 'a', value });
        const read = await driver.getItem(table, { id: 'a' }, { consistent: true });
        expect(read!.item.value).toBe(value);
      }
    },
  },
  {
    rule: 'a put gives back the item that was there, where that is asked for',
    needs: 'images',
    async check(tables) {
      const table = await tables.table();
      const first = await tables.driver.putItem(table, { id: 'a', n: 1 }, { returning: 'Old' });
      const second = await tables.driver.putItem(table, { id: 'a', n: 2 }, { returning: 'Old' });
      expect([first.item, second.item]).toEqual([undefined, { id: 'a', n: 1 }]);
    },
  },
  {
    rule: 'a delete gives back the item that was there, where that is asked for',
    needs: 'images',
    async check(tables) {
      const table = await tables.with([{ id: 'a', n: 1 }]);
      expect((await tables.driver.deleteItem(table, { id: 'a' }, { returning: 'Old' })).item).toEqual({
        id: 'a',
        n: 1,
      });
      expect((await tables.driver.deleteItem(table, { id: 'a' }, { returning: 'Old' })).item).toBeUndefined();
    },
  },
];
