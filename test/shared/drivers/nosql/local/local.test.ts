import { afterAll, beforeAll, describe } from '@jest/globals';
import { capabilities, refusing } from '../../../../../shared/drivers/capabilities.ts';
import { NOSQL_GATES, type NoSQLCapability } from '../../../../../shared/drivers/nosql/port.ts';
import { conforms, type DriverUnderTest } from '../../../../conformance/nosql.ts';
import { openStore, type Store } from './store.ts';

const EVERY = new Set(Object.keys(NOSQL_GATES) as NoSQLCapability[]);

describe('the tables of this machine', () => {
  let store: Store;
  beforeAll(() => {
    store = openStore();
  });
  afterAll(() => store.close());

  conforms(() => store, EVERY);
});

describe('tables that lack every capability', () => {
  let store: Store;
  let tested: DriverUnderTest;
  beforeAll(() => {
    store = openStore();
    // The rules are the same ones as above; this time the disk need not keep up.
    store.database.exec('pragma synchronous = off');
    tested = { ...store, driver: refusing('plain', store.driver, capabilities(NOSQL_GATES, [])) };
  });
  afterAll(() => store.close());

  conforms(() => tested, new Set());
});
