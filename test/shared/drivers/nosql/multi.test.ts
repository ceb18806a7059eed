import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Capabilities, capabilities, refusing } from '../../../../shared/drivers/capabilities.ts';
import { NOSQL_GATES, type NoSQLPort } from '../../../../shared/drivers/nosql/port.ts';
import { multi } from '../../../../shared/multi.ts';
import { openStore, type Store } from './local/store.ts';

const id = { name: 'id', type: 'String' } as const;
const key = { id: 'a' };

/** A driver that has no transactions, no streams and no parallel scans. */
type Plain = NoSQLPort & {
  capabilities: Capabilities<typeof NOSQL_GATES, 'globalIndexes' | 'images' | 'consistentReads'>;
};

let store: Store;
let plain: Plain;
beforeAll(() => {
  store = openStore();
  const declared = capabilities(NOSQL_GATES, ['globalIndexes', 'images', 'consistentReads']);
  plain = refusing('plain', store.driver, declared) as Plain;
});
afterAll(() => store.close());

// What does not compile is checked by the compiler: a line that did would make `@ts-expect-error` an error.
describe('tables of two providers', () => {
  const unimplemented = { code: 'Unimplemented' };

  test('have what both have, each alone and both together', async () => {
    const both = multi(store.driver, plain);
    const program = async (tables: typeof both, name: string): Promise<unknown> => {
      const index = { name: 'by-color', partitionKey: { name: 'color', type: 'String' as const } };
      await tables.createTable({ name, partitionKey: id, globalIndexes: [index] });
      await tables.putItem(name, { ...key, color: 'red' }, { returning: 'Old' });
      const { items } = await tables.query(name, [{ kind: 'KeyEquals', key: 'color', value: 'red' }], {
        index: 'by-color',
      });
      return items;
    };
    const found = [{ ...key, color: 'red' }];
    expect(await program(both, 'of-both')).toEqual(found);
    expect(await program(store.driver, 'of-one')).toEqual(found);
    expect(await program(plain, 'of-the-other')).toEqual(found);
  });

  test('have no transactions when one has none', async () => {
    const both = multi(store.driver, plain);
    // @ts-expect-error: plain has no transactions.
    await expect(both.transactWrite([{ kind: 'Delete', table: 'none', key }])).rejects.toMatchObject(unimplemented);
    await expect(store.driver.transactWrite([{ kind: 'Delete', table: 'none', key }])).rejects.toMatchObject({
      code: 'DatabaseError.TableNotFound',
    });
  });

  test('have no option that one lacks', async () => {
    const both = multi(store.driver, plain);
    const streaming = { name: 'streaming', partitionKey: id, stream: 'Keys' as const };
    // @ts-expect-error: plain has no streams.
    await expect(both.createTable(streaming)).rejects.toMatchObject(unimplemented);
    // @ts-expect-error: plain has no parallel scans.
    const scan = both.scan('none', undefined, { segment: { index: 0, of: 2 } });
    await expect(scan).rejects.toMatchObject(unimplemented);
    expect(await store.driver.listTables()).not.toContain('streaming');
  });
});
