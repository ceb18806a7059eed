import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../../../../../infra/local/store/database.ts';
import { type Clock, systemClock } from '../../../../../shared/core/clock.ts';
import { type LocalItemChange, LocalNoSQL } from '../../../../../shared/drivers/nosql/local/index.ts';
import { GroupCommit } from '../../../../../shared/drivers/sqlite/groupCommit.ts';
import type { DriverUnderTest } from '../../../../conformance/nosql.ts';

/** The tables of this machine in a database of their own, with what they published. */
export interface Store extends DriverUnderTest {
  driver: LocalNoSQL;
  database: DatabaseSync;
  directory: string;
  published: LocalItemChange[];
}

/** A driver over a database, in which changes share their commits. */
export function openDriver(
  database: DatabaseSync,
  clock: Clock = systemClock,
  listener: (change: LocalItemChange) => void = () => undefined,
): LocalNoSQL {
  const commits = new GroupCommit(database);
  return new LocalNoSQL({ database, clock, commit: (make) => commits.run(make), listener: () => listener });
}

/** Opens tables in a directory, a new one when it is left out, which goes when they are closed. */
export function openStore({ clock = systemClock, directory = '' }: { clock?: Clock; directory?: string } = {}): Store {
  const place = directory || mkdtempSync(join(tmpdir(), 'cloudlib-nosql-'));
  const database = openDatabase(place);
  const published: LocalItemChange[] = [];
  const driver = openDriver(database, clock, (change) => published.push(change));
  driver.start();
  return {
    driver,
    database,
    directory: place,
    published,
    changes: async (table) => published.filter(({ data }) => data.table === table),
    async close() {
      await driver.close();
      database.close();
      if (!directory) rmSync(place, { recursive: true });
    },
  };
}
