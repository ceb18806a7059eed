import { afterAll, afterEach, beforeAll, describe, test } from '@jest/globals';
import { findProgram } from '../../../../../shared/drivers/database/local/programs.ts';
import type { EngineKind } from '../../../../../shared/drivers/database/port.ts';
import { type DatabaseTrial, databaseRules } from '../../../../conformance/database.ts';
import { DatabaseMachine } from './machine.ts';

/** The servers of which one has to be on the PATH; PostgreSQL comes with the packages of this repository. */
const SERVERS: Partial<Record<EngineKind, string[]>> = {
  MySQL: ['mysqld', 'mariadbd'],
  Redis: ['redis-server', 'valkey-server'],
};

/** `describe` where an engine is installed; elsewhere it says so, and skips. */
export function describeWith(kind: EngineKind): typeof describe.skip {
  const servers = SERVERS[kind];
  if (!servers || findProgram(servers)) return describe;
  console.warn(`SKIPPED: the tests of ${kind} on this machine, because neither ${servers.join(' nor ')} is installed`);
  return describe.skip;
}

/** Checks every rule of databases over one engine of this machine. */
export function checkRules(kind: EngineKind): void {
  describeWith(kind)(`the database driver of this machine, with ${kind}`, () => {
    let trial: DatabaseTrial;

    beforeAll(async () => {
      trial = await new DatabaseMachine().trial(kind);
    });
    afterEach(() => trial.closeContents());
    afterAll(() => trial.made.close());

    test.each(databaseRules)('$rule', ({ check }) => check(trial));
  });
}
