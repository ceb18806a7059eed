import { expect } from '@jest/globals';
import { INVALID, type NoSQLRule, newName, refused } from './fixture.ts';

const id = { name: 'id', type: 'String' } as const;

/** Tables themselves. */
export const tableRules: NoSQLRule[] = [
  {
    rule: 'a table that was created is described as it was asked for',
    async check({ driver }) {
      const name = newName();
      await driver.createTable({ name, partitionKey: id, sortKey: { name: 'at', type: 'Number' } });
      const description = await driver.describeTable(name);
      expect(description).toMatchObject({ name, partitionKey: id, sortKey: { name: 'at', type: 'Number' } });
      expect(description.createdAt).toBeInstanceOf(Date);
    },
  },
  {
    rule: 'a table that was created is in the list, whose names are in order',
    async check(tables) {
      const names = [await tables.table(), await tables.table()];
      const listed = await tables.driver.listTables();
      expect(listed).toEqual(expect.arrayContaining(names));
      expect(listed).toEqual(listed.toSorted());
    },
  },
  {
    rule: 'a table whose name is taken is refused, and the first one stays as it is',
    async check(tables) {
      const name = await tables.with([{ id: 'a' }]);
      await expect(tables.driver.createTable({ name, partitionKey: id })).rejects.toMatchObject({
        code: 'DatabaseError.TableAlreadyExists',
        details: { table: name },
      });
      expect(await tables.item(name, { id: 'a' })).toEqual({ id: 'a' });
    },
  },
  {
    rule: 'a table that was deleted is gone with its items, and its name can be used again',
    async check(tables) {
      const name = await tables.with([{ id: 'a' }]);
      await tables.driver.deleteTable(name);
      expect(await tables.driver.listTables()).not.toContain(name);
      await tables.driver.createTable({ name, partitionKey: id });
      expect(await tables.scan(name)).toEqual([]);
    },
  },
  {
    rule: 'whatever is asked of a table that does not exist ends with TableNotFound',
    async check({ driver }) {
      const name = newName();
      const unknown = { code: 'DatabaseError.TableNotFound', details: { table: name } };
      const calls = [
        () => driver.describeTable(name),
        () => driver.deleteTable(name),
        () => driver.putItem(name, { id: 'a' }),
        () => driver.getItem(name, { id: 'a' }),
        () => driver.updateItem(name, { id: 'a' }, { b: 1 }),
        () => driver.deleteItem(name, { id: 'a' }),
        () => driver.query(name, [{ kind: 'KeyEquals', key: 'id', value: 'a' }]),
        () => driver.scan(name),
        () => driver.batchWrite([{ kind: 'Put', table: name, item: { id: 'a' } }]),
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject(unknown);
    },
  },
  {
    rule: 'a name that is too short or has a blank in it is refused',
    async check({ driver }) {
      for (const name of ['ab', 'two words', 'x'.repeat(256)])
        await expect(driver.createTable({ name, partitionKey: id })).rejects.toMatchObject(INVALID);
    },
  },
  {
    rule: 'a partition key that is the sort key as well is refused',
    check: ({ driver }) =>
      refused(driver.createTable({ name: newName(), partitionKey: id, sortKey: id }), /partition key and the sort key/),
  },
  {
    rule: 'an attribute that is of one type in one key and of another in another is refused',
    needs: 'globalIndexes',
    check: ({ driver }) =>
      refused(
        driver.createTable({
          name: newName(),
          partitionKey: id,
          globalIndexes: [{ name: 'other', partitionKey: { name: 'id', type: 'Number' } }],
        }),
        /cannot be a Number here and a String/,
      ),
  },
  {
    rule: 'two indexes with one name are refused',
    needs: 'globalIndexes',
    check: ({ driver }) =>
      refused(
        driver.createTable({
          name: newName(),
          partitionKey: id,
          globalIndexes: ['a', 'b'].map((name) => ({ name: 'same', partitionKey: { name, type: 'String' as const } })),
        }),
        /same name/,
      ),
  },
  {
    rule: 'a local index of a table without a sort key is refused',
    needs: 'localIndexes',
    check: ({ driver }) =>
      refused(
        driver.createTable({
          name: newName(),
          partitionKey: id,
          localIndexes: [{ name: 'other', sortKey: { name: 'b', type: 'String' } }],
        }),
        /sort key/,
      ),
  },
];
