import { expect } from '@jest/globals';
import { databaseInstanceRules } from './databaseInstances.ts';
import { databaseObservationRules } from './databaseObservation.ts';
import { databaseSnapshotRules } from './databaseSnapshots.ts';
import type { DatabaseTrial } from './databaseTrial.ts';

export { type DatabaseDriverUnderTest, DatabaseTrial } from './databaseTrial.ts';

/** One rule that the database driver of every provider holds. */
export interface DatabaseRule {
  rule: string;
  check(trial: DatabaseTrial): Promise<void>;
}

const missing = { code: 'DatabaseError.InstanceNotFound', details: { instance: 'nobody' } };
const range = { start: new Date(0), end: new Date() };

/** Everything that is asked of an instance that does not exist. */
const questions: Record<string, (trial: DatabaseTrial) => Promise<unknown>> = {
  describe: ({ driver }) => driver.describe('nobody'),
  modify: (trial) => trial.driver.modify('nobody', trial.config()),
  start: ({ driver }) => driver.start('nobody'),
  stop: ({ driver }) => driver.stop('nobody'),
  reboot: ({ driver }) => driver.reboot('nobody', false),
  delete: ({ driver }) => driver.delete('nobody'),
  createSnapshot: ({ driver }) => driver.createSnapshot('nobody', 'no-snapshot'),
  metrics: ({ driver, made }) => driver.metrics('nobody', { metrics: made.metrics, ...range }),
  logs: ({ driver, made }) => driver.logs('nobody', { logType: made.logType, ...range }),
  connectionString: ({ driver }) => driver.connectionString('nobody'),
  testConnection: ({ driver }) => driver.testConnection('nobody'),
};

const missingInstanceRules: DatabaseRule[] = Object.entries(questions).map(([operation, ask]) => ({
  rule: `${operation} of an instance that does not exist is InstanceNotFound`,
  check: (trial) => expect(ask(trial)).rejects.toMatchObject(missing),
}));

/** What every database driver must do, and what it must refuse. */
export const databaseRules: DatabaseRule[] = [
  ...databaseInstanceRules,
  ...missingInstanceRules,
  ...databaseSnapshotRules,
  ...databaseObservationRules,
];
