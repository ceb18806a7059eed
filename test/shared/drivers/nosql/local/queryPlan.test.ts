import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { LocalNoSQL } from '../../../../../shared/drivers/nosql/local/index.ts';
import { openDriver, openStore, type Store } from './store.ts';

const id = { name: 'id', type: 'String' } as const;
const at = { name: 'at', type: 'Number' } as const;
const ofA = { kind: 'KeyEquals', key: 'id', value: 'a' } as const;
const key = { id: 'a', at: 1 };

let store: Store;
let prepared: string[];

beforeAll(async () => {
  store = openStore();
  prepared = [];
  const { prepare } = store.database;
  store.database.prepare = (sql) => {
    prepared.push(sql);
    return prepare.call(store.database, sql);
  };
  await store.driver.createTable({
    name: 'things',
    partitionKey: id,
    sortKey: at,
    timeToLive: 'until',
    globalIndexes: [{ name: 'by-color', partitionKey: { name: 'color', type: 'String' } }],
    localIndexes: [{ name: 'by-size', sortKey: { name: 'size', type: 'Number' } }],
  });
  await store.driver.putItem('things', { ...key, color: 'red', size: 1 });
});
afterAll(() => store.close());

/** How SQLite would do each statement on items or entries that was prepared. */
function plans(): string[] {
  const statements = prepared.filter((sql) => /^\s*(select|update|delete)\b.*nosql_(items|entries)/s.test(sql));
  return statements.flatMap((sql) =>
    store.database
      .prepare(`explain query plan ${sql}`)
      .all(...Array.from({ length: sql.split('?').length - 1 }, () => 0))
      .map(({ detail }) => String(detail)),
  );
}

const CALLS: [string, (driver: LocalNoSQL) => Promise<unknown>][] = [
  ['a read', (driver) => driver.getItem('things', key)],
  ['a read of what is not there', (driver) => driver.getItem('things', { id: 'b', at: 1 })],
  ['a query', (driver) => driver.query('things', [ofA, { kind: 'KeyBetween', key: 'at', start: 0, end: 9 }])],
  ['a descending query', (driver) => driver.query('things', [ofA], { order: 'Descending' })],
  [
    'a query of a global index',
    (driver) => driver.query('things', [{ kind: 'KeyEquals', key: 'color', value: 'red' }], { index: 'by-color' }),
  ],
  ['a query of a local index', (driver) => driver.query('things', [ofA], { index: 'by-size', order: 'Descending' })],
  ['a segment of a scan', (driver) => driver.scan('things', undefined, { segment: { index: 0, of: 4 } })],
  ['an update', (driver) => driver.updateItem('things', key, { color: 'blue' }, { remove: ['size'] })],
  ['a deletion', (driver) => driver.deleteItem('things', key)],
];

test.each(CALLS)('%s goes by keys and reads no table in full', async (_what, call) => {
  prepared.length = 0;
  // A driver that has prepared no statement yet, on the same table.
  await call(openDriver(store.database));
  const steps = plans();
  expect(steps.length).toBeGreaterThan(0);
  expect(steps.filter((step) => /^SCAN/.test(step) || /TEMP B-TREE/.test(step))).toEqual([]);
});
