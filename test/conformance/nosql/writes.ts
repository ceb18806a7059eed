import { expect } from '@jest/globals';
import { decimal } from '../../../shared/core/decimal.ts';
import type { Item, ScanCondition, UpdateOptions } from '../../../shared/types/nosql.ts';
import { CONFLICT, type NoSQLRule, refused } from './fixture.ts';

/** A rule of what an update makes of `{ id: 'a', …before }`. */
const updates = (rule: string, before: Item, update: Item, options: UpdateOptions, after: Item): NoSQLRule => ({
  rule,
  async check(tables) {
    const table = await tables.with([{ id: 'a', ...before }]);
    await tables.driver.updateItem(table, { id: 'a' }, update, options);
    expect(await tables.item(table, { id: 'a' })).toEqual({ id: 'a', ...after });
  },
});

/** A rule that an update of `{ id: 'a', …before }` is refused and changes nothing. */
const refusesUpdate = (
  rule: string,
  before: Item,
  update: Item,
  options: UpdateOptions,
  message: RegExp,
): NoSQLRule => ({
  rule,
  async check(tables) {
    const table = await tables.with([{ id: 'a', ...before }]);
    await refused(tables.driver.updateItem(table, { id: 'a' }, update, options), message);
    expect(await tables.item(table, { id: 'a' })).toEqual({ id: 'a', ...before });
  },
});

/** Updates of attributes. */
export const updateRules: NoSQLRule[] = [
  updates('an update sets attributes and leaves the others', { b: 1, c: 1 }, { b: 2, d: 3 }, {}, { b: 2, c: 1, d: 3 }),
  updates('an update removes attributes, there or not', { b: 1, c: 1 }, {}, { remove: ['b', 'z'] }, { c: 1 }),
  updates('an update adds to a number', { n: 1 }, {}, { add: { n: 2.5 } }, { n: 3.5 }),
  updates('an update adds to a number that is not there as to 0', {}, {}, { add: { n: -2 } }, { n: -2 }),
  updates(
    'an addition is exact',
    { n: decimal('0.1'), m: decimal('9007199254740993') },
    {},
    { add: { n: 0.2, m: -1 } },
    { n: 0.3, m: decimal('9007199254740992') },
  ),
  updates(
    'an update adds members to a set',
    { s: new Set(['a']) },
    {},
    { add: { s: new Set(['a', 'b']) } },
    { s: new Set(['a', 'b']) },
  ),
  updates('an update adds a set where none is', {}, {}, { add: { s: new Set([1]) } }, { s: new Set([1]) }),
  updates('an update appends to a list', { l: [1] }, {}, { append: { l: [2, 'c'] } }, { l: [1, 2, 'c'] }),
  updates('an update appends to a list that is not there', {}, {}, { append: { l: [1] } }, { l: [1] }),
  updates(
    'an update takes members out of a set',
    { s: new Set([1, 2, 3]) },
    {},
    { deleteFrom: { s: new Set([2, 9]) } },
    { s: new Set([1, 3]) },
  ),
  updates(
    'a set whose last member is taken out is gone',
    { s: new Set(['a']) },
    {},
    { deleteFrom: { s: new Set(['a']) } },
    {},
  ),
  updates(
    'one update does several things',
    { n: 1, l: ['a'], gone: 1 },
    { set: true },
    { add: { n: 1 }, append: { l: ['b'] }, remove: ['gone'] },
    { set: true, n: 2, l: ['a', 'b'] },
  ),
  {
    rule: 'an update of an item that is not there makes it',
    async check(tables) {
      const table = await tables.table();
      await tables.driver.updateItem(table, { id: 'a' }, { b: 1 });
      expect(await tables.item(table, { id: 'a' })).toEqual({ id: 'a', b: 1 });
    },
  },
  {
    rule: 'an update gives back the item as it was or as it is, where that is asked for',
    needs: 'images',
    async check(tables) {
      const table = await tables.with([{ id: 'a', n: 1 }]);
      const update = (returning: 'Old' | 'New') =>
        tables.driver.updateItem(table, { id: 'a' }, {}, { add: { n: 1 }, returning });
      expect((await update('Old')).item).toEqual({ id: 'a', n: 1 });
      expect((await update('New')).item).toEqual({ id: 'a', n: 3 });
    },
  },
  refusesUpdate('a key cannot be updated', {}, { id: 'b' }, {}, /part of the key/),
  refusesUpdate('a key cannot be removed', {}, {}, { remove: ['id'] }, /part of the key/),
  refusesUpdate(
    'an attribute cannot be changed in two ways at once',
    { n: 1 },
    { n: 1 },
    { add: { n: 1 } },
    /two ways/,
  ),
  refusesUpdate('a number cannot be added to a text', { n: 'text' }, {}, { add: { n: 1 } }, /no number/),
  refusesUpdate('a text cannot be added', {}, {}, { add: { n: 'text' } }, /numbers and sets/),
  refusesUpdate(
    'a set of numbers cannot be added to one of texts',
    { s: new Set(['a']) },
    {},
    { add: { s: new Set([1]) } },
    /same type/,
  ),
  refusesUpdate('nothing can be appended to a text', { l: 'text' }, {}, { append: { l: ['a'] } }, /no list/),
  refusesUpdate(
    'only a set can be taken out of a set',
    { s: new Set(['a']) },
    {},
    { deleteFrom: { s: ['a'] } },
    /must be a set/,
  ),
  refusesUpdate(
    'a sum of more than 38 digits is refused',
    { n: decimal('1e37') },
    {},
    { add: { n: 0.5 } },
    /39 significant digits/,
  ),
  refusesUpdate(
    'an update that makes the item too large is refused',
    { t: 'x'.repeat(400_000) },
    { u: 'x'.repeat(10_000) },
    {},
    /409600/,
  ),
];

const ITEM = { id: 'a', n: 5, t: 'middle', b: new Uint8Array([1, 2]), l: ['x', 1], s: new Set(['x']), m: { k: 1 } };

/** Conditions that hold of ITEM, and conditions that do not. */
const HOLD: [string, ScanCondition][] = [
  ['a number that is equal', { kind: 'Equals', attribute: 'n', value: decimal('5.0') }],
  ['a set that is equal in another order', { kind: 'Equals', attribute: 's', value: new Set(['x']) }],
  ['a map that is equal', { kind: 'Equals', attribute: 'm', value: { k: 1 } }],
  ['a value of another type is not equal', { kind: 'NotEquals', attribute: 'n', value: '5' }],
  ['what is not there is not equal', { kind: 'NotEquals', attribute: 'z', value: 1 }],
  ['a number that is less', { kind: 'LessThan', attribute: 'n', value: 5.5 }],
  ['a number that is equal is less or equal', { kind: 'LessThanOrEqual', attribute: 'n', value: 5 }],
  ['a text that is more', { kind: 'GreaterThan', attribute: 't', value: 'lower' }],
  ['a number that is more or equal', { kind: 'GreaterThanOrEqual', attribute: 'n', value: -5 }],
  ['a number on the edge between two', { kind: 'Between', attribute: 'n', start: 5, end: 6 }],
  ['a text that begins with the prefix', { kind: 'BeginsWith', attribute: 't', prefix: 'mid' }],
  ['a text that contains the other', { kind: 'Contains', attribute: 't', value: 'ddl' }],
  ['a list that contains the member', { kind: 'Contains', attribute: 'l', value: 1 }],
  ['a set that contains the member', { kind: 'Contains', attribute: 's', value: 'x' }],
  ['an attribute that is there', { kind: 'Exists', attribute: 'm' }],
  ['an attribute that is not there', { kind: 'NotExists', attribute: 'z' }],
];
const FAIL: [string, ScanCondition][] = [
  ['a value of another type', { kind: 'Equals', attribute: 'n', value: '5' }],
  ['equality with what is not there', { kind: 'Equals', attribute: 'z', value: 1 }],
  ['the same value as not equal', { kind: 'NotEquals', attribute: 'n', value: 5 }],
  ['an order between types', { kind: 'LessThan', attribute: 't', value: 5 }],
  ['a number beyond the range', { kind: 'Between', attribute: 'n', start: 1, end: 4 }],
  ['another prefix', { kind: 'BeginsWith', attribute: 't', prefix: 'iddle' }],
  ['a text in a list of others', { kind: 'Contains', attribute: 'l', value: 'y' }],
  ['an attribute that is not there', { kind: 'Exists', attribute: 'z' }],
  ['an attribute that is there', { kind: 'NotExists', attribute: 'n' }],
];

/** Conditions and versions. */
export const conditionRules: NoSQLRule[] = [
  ...HOLD.map(
    ([what, condition]): NoSQLRule => ({
      rule: `a write is done under a condition that holds: ${what}`,
      async check(tables) {
        const table = await tables.with([ITEM]);
        await tables.driver.updateItem(table, { id: 'a' }, { done: true }, { conditions: [condition] });
        expect((await tables.item(table, { id: 'a' }))!.done).toBe(true);
      },
    }),
  ),
  ...FAIL.map(
    ([what, condition]): NoSQLRule => ({
      rule: `a write is not done under a condition that does not hold: ${what}`,
      async check(tables) {
        const table = await tables.with([ITEM]);
        const version = await tables.version(table, { id: 'a' });
        const write = tables.driver.updateItem(table, { id: 'a' }, { done: true }, { conditions: [condition] });
        await expect(write).rejects.toMatchObject({ code: 'Conflict', details: { version } });
        expect(await tables.item(table, { id: 'a' })).toEqual(ITEM);
      },
    }),
  ),
  {
    rule: 'all of several conditions must hold',
    async check(tables) {
      const table = await tables.with([ITEM]);
      const [, holds] = HOLD[0]!;
      const [, fails] = FAIL[0]!;
      await expect(tables.driver.deleteItem(table, { id: 'a' }, { conditions: [holds, fails] })).rejects.toMatchObject(
        CONFLICT,
      );
      expect(await tables.item(table, { id: 'a' })).toEqual(ITEM);
    },
  },
  {
    rule: 'of puts that need the item not to be there one is done, and the others are Conflicts',
    async check(tables) {
      const table = await tables.table();
      const puts = await Promise.allSettled(
        [1, 2, 3, 4].map((n) =>
          tables.driver.putItem(table, { id: 'a', n }, { conditions: [{ kind: 'NotExists', attribute: 'id' }] }),
        ),
      );
      const failed = puts.flatMap((put) => (put.status === 'rejected' ? [put.reason] : []));
      expect(failed).toHaveLength(3);
      for (const error of failed) expect(error).toMatchObject(CONFLICT);
    },
  },
  {
    rule: 'a condition on an item that is not there is a Conflict without a version',
    async check(tables) {
      const table = await tables.table();
      const conditions: ScanCondition[] = [{ kind: 'Exists', attribute: 'id' }];
      const error = await tables.driver.putItem(table, { id: 'a' }, { conditions }).catch((thrown) => thrown);
      expect(error).toMatchObject(CONFLICT);
      expect(error.details).not.toHaveProperty('version');
      expect(await tables.item(table, { id: 'a' })).toBeUndefined();
    },
  },
  {
    rule: 'each write gives the item another version, which it answers and a read shows',
    async check(tables) {
      const table = await tables.table();
      const versions: (string | undefined)[] = [];
      for (let n = 0; n < 3; n += 1) {
        const { version } = await tables.driver.putItem(table, { id: 'a', n });
        expect(await tables.version(table, { id: 'a' })).toBe(version);
        versions.push(version);
      }
      expect(new Set(versions).size).toBe(3);
    },
  },
  {
    rule: 'a write that expects the version that is there is done',
    async check(tables) {
      const table = await tables.with([{ id: 'a' }]);
      const expectedVersion = await tables.version(table, { id: 'a' });
      await tables.driver.putItem(table, { id: 'a', n: 1 }, { expectedVersion });
      expect(await tables.item(table, { id: 'a' })).toEqual({ id: 'a', n: 1 });
    },
  },
  {
    rule: 'a write that expects an earlier version is a Conflict with the current one',
    async check(tables) {
      const table = await tables.with([{ id: 'a' }]);
      const expectedVersion = await tables.version(table, { id: 'a' });
      const { version } = await tables.driver.putItem(table, { id: 'a', n: 1 });
      for (const write of [
        tables.driver.putItem(table, { id: 'a', n: 2 }, { expectedVersion }),
        tables.driver.updateItem(table, { id: 'a' }, { n: 2 }, { expectedVersion }),
        tables.driver.deleteItem(table, { id: 'a' }, { expectedVersion }),
      ])
        await expect(write).rejects.toMatchObject({ code: 'Conflict', details: { version } });
      expect(await tables.item(table, { id: 'a' })).toEqual({ id: 'a', n: 1 });
    },
  },
  {
    rule: 'an item that was deleted and put again does not have the version that it had',
    async check(tables) {
      const table = await tables.with([{ id: 'a' }]);
      const expectedVersion = await tables.version(table, { id: 'a' });
      await tables.driver.deleteItem(table, { id: 'a' });
      await expect(tables.driver.putItem(table, { id: 'a' }, { expectedVersion })).rejects.toMatchObject(CONFLICT);
      await tables.driver.putItem(table, { id: 'a' });
      await expect(tables.driver.putItem(table, { id: 'a' }, { expectedVersion })).rejects.toMatchObject(CONFLICT);
    },
  },
  {
    rule: 'of many additions to one number at the same time none is lost',
    async check(tables) {
      const table = await tables.table();
      await Promise.all(
        Array.from({ length: 100 }, () => tables.driver.updateItem(table, { id: 'a' }, {}, { add: { n: 1 } })),
      );
      expect(await tables.item(table, { id: 'a' })).toEqual({ id: 'a', n: 100 });
    },
  },
];
