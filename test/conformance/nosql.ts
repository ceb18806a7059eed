import { describe, expect, test } from '@jest/globals';
import type { NoSQLCapability, NoSQLPort } from '../../shared/drivers/nosql/port.ts';
import { NOSQL_GATES } from '../../shared/drivers/nosql/port.ts';
import { changeRules, expiryRules } from './nosql/changes.ts';
import { type DriverUnderTest, Fixture, type NoSQLRule, newName } from './nosql/fixture.ts';
import { indexRules } from './nosql/indexes.ts';
import { itemRules, valueRules } from './nosql/items.ts';
import { batchRules, scanRules, transactionRules } from './nosql/many.ts';
import { queryRules } from './nosql/queries.ts';
import { tableRules } from './nosql/tables.ts';
import { conditionRules, updateRules } from './nosql/writes.ts';

export type { DriverUnderTest, PublishedChange } from './nosql/fixture.ts';

/** What the tables of every provider hold, by what it is about. */
export const nosqlRules: Record<string, NoSQLRule[]> = {
  tables: tableRules,
  values: valueRules,
  items: itemRules,
  updates: updateRules,
  'conditions and versions': conditionRules,
  queries: queryRules,
  indexes: indexRules,
  scans: scanRules,
  batches: batchRules,
  transactions: transactionRules,
  changes: changeRules,
  expiry: expiryRules,
};

const key = { name: 'id', type: 'String' } as const;
const spec = (): { name: string; partitionKey: typeof key } => ({ name: newName(), partitionKey: key });
const other = { name: 'other', type: 'String' } as const;

/** A call of each method and option that a capability opens. */
const USES: Record<(typeof NOSQL_GATES)[NoSQLCapability][number], (driver: NoSQLPort) => Promise<unknown>> = {
  'createTable.globalIndexes': (driver) =>
    driver.createTable({ ...spec(), globalIndexes: [{ name: 'index', partitionKey: other }] }),
  'createTable.localIndexes': (driver) =>
    driver.createTable({ ...spec(), sortKey: other, localIndexes: [{ name: 'index', sortKey: key }] }),
  'createTable.timeToLive': (driver) => driver.createTable({ ...spec(), timeToLive: 'until' }),
  'createTable.stream': (driver) => driver.createTable({ ...spec(), stream: 'Keys' }),
  'getItem.consistent': (driver) => driver.getItem(newName(), { id: 'a' }, { consistent: true }),
  'query.consistent': (driver) =>
    driver.query(newName(), [{ kind: 'KeyEquals', key: 'id', value: 'a' }], { consistent: true }),
  'scan.consistent': (driver) => driver.scan(newName(), undefined, { consistent: true }),
  'scan.segment': (driver) => driver.scan(newName(), undefined, { segment: { index: 0, of: 2 } }),
  'putItem.returning': (driver) => driver.putItem(newName(), { id: 'a' }, { returning: 'Old' }),
  'updateItem.returning': (driver) => driver.updateItem(newName(), { id: 'a' }, {}, { returning: 'New' }),
  'deleteItem.returning': (driver) => driver.deleteItem(newName(), { id: 'a' }, { returning: 'Old' }),
  transactWrite: (driver) => driver.transactWrite([{ kind: 'Put', table: newName(), item: { id: 'a' } }]),
};

/** Runs the suite on a driver. `capabilities` are those that it is to declare, and is tested for; what it lacks, it must refuse. */
export function conforms(tested: () => DriverUnderTest, capabilities: ReadonlySet<NoSQLCapability>): void {
  test('it declares the capabilities that it is said to', () => {
    expect([...tested().driver.capabilities].sort()).toEqual([...capabilities].sort());
  });

  for (const [title, rules] of Object.entries(nosqlRules)) {
    const asked = rules.filter(({ needs }) => needs === undefined || capabilities.has(needs));
    if (asked.length === 0) continue;
    describe(title, () => {
      test.each(asked)('$rule', ({ check }) => check(new Fixture(tested())));
    });
  }

  const lacking = (Object.keys(NOSQL_GATES) as NoSQLCapability[]).filter((each) => !capabilities.has(each));
  const refusals = lacking.flatMap((capability) => NOSQL_GATES[capability].map((opened) => ({ capability, opened })));
  if (refusals.length === 0) return;
  test.each(refusals)('without $capability it refuses $opened', async ({ capability, opened }) => {
    await expect(USES[opened](tested().driver)).rejects.toMatchObject({
      code: 'Unimplemented',
      details: { capability },
    });
  });
}
