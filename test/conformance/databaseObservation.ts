import { expect } from '@jest/globals';
import { eventually } from '../eventually.ts';
import type { DatabaseRule } from './database.ts';

const always = () => ({ start: new Date(0), end: new Date(Date.now() + 60_000) });

/** Rules for what can be seen of an instance. */
export const databaseObservationRules: DatabaseRule[] = [
  {
    rule: 'every metric has a sample with its name, its unit and the instance, and a number of zero or more',
    async check(trial) {
      const { driver, made } = trial;
      const instance = await trial.shared();
      const samples = await driver.metrics(instance, { metrics: made.metrics, ...always() });
      expect(new Set(samples.map(({ name }) => name))).toEqual(new Set(made.metrics));
      for (const sample of samples) {
        expect(sample).toMatchObject({ unit: expect.any(String), dimensions: { instance } });
        expect(sample.value).toBeGreaterThanOrEqual(0);
      }
    },
  },
  {
    rule: 'a metric that there is not is refused with those that there are',
    async check(trial) {
      const request = trial.driver.metrics(await trial.shared(), { metrics: ['Weather'], ...always() });
      await expect(request).rejects.toMatchObject({
        code: 'DatabaseError.InvalidConfiguration',
        details: { field: 'metrics', value: 'Weather' },
        message: expect.stringContaining(trial.made.metrics[0]!),
      });
    },
  },
  {
    rule: 'a time in which nothing was measured has no samples',
    async check(trial) {
      const request = { metrics: trial.made.metrics, start: new Date(0), end: new Date(1) };
      expect(await trial.driver.metrics(await trial.shared(), request)).toEqual([]);
    },
  },
  {
    rule: 'the number of connections follows those that are open',
    async check(trial) {
      const instance = await trial.shared();
      const connections = async (): Promise<number> => {
        const samples = await trial.driver.metrics(instance, { metrics: ['DatabaseConnections'], ...always() });
        return samples.at(-1)!.value;
      };
      const before = await connections();
      for (let opened = 0; opened < 3; opened++) await trial.content(instance);
      await eventually(async () => expect(await connections()).toBeGreaterThanOrEqual(before + 3));
    },
  },
  {
    rule: 'log entries have a time and a text, the oldest first',
    async check(trial) {
      const entries = await trial.driver.logs(await trial.shared(), { logType: trial.made.logType, ...always() });
      expect(entries.length).toBeGreaterThan(1);
      const times = entries.map(({ timestamp }) => timestamp.getTime());
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(entries.every(({ message }) => message.length > 0)).toBe(true);
    },
  },
  {
    rule: 'a limit gives the newest log entries, and a range only those in it',
    async check(trial) {
      const instance = await trial.shared();
      const { logType } = trial.made;
      const all = await trial.driver.logs(instance, { logType, ...always() });
      const newest = await trial.driver.logs(instance, { logType, ...always(), limit: 2 });
      expect(newest.map(({ message }) => message)).toEqual(all.slice(-2).map(({ message }) => message));
      const first = all[0]!.timestamp;
      const early = await trial.driver.logs(instance, { logType, start: new Date(0), end: first });
      expect(early).toEqual(all.filter(({ timestamp }) => timestamp <= first));
      expect(await trial.driver.logs(instance, { logType, start: new Date(0), end: new Date(1) })).toEqual([]);
    },
  },
  {
    rule: 'a log that there is not is refused with those that there are',
    async check(trial) {
      const request = trial.driver.logs(await trial.shared(), { logType: 'diary', ...always() });
      await expect(request).rejects.toMatchObject({
        code: 'DatabaseError.InvalidConfiguration',
        details: { field: 'logType', value: 'diary' },
        message: expect.stringContaining(trial.made.logType),
      });
    },
  },
  {
    rule: 'no log has the password in it',
    async check(trial) {
      const instance = await trial.shared();
      const password = decodeURIComponent(new URL(await trial.driver.connectionString(instance)).password);
      const entries = await trial.driver.logs(instance, { logType: trial.made.logType, ...always() });
      expect(entries.filter(({ message }) => message.includes(password))).toEqual([]);
    },
  },
  {
    rule: 'an instance with backups has an automated snapshot soon after it is there, which ends with it',
    async check(trial) {
      const { driver, made } = trial;
      const instance = await trial.fresh({ backupRetention: 1 });
      const automated = async () => (await driver.listSnapshots(instance)).filter(({ type }) => type === 'automated');
      await eventually(
        async () => expect((await automated()).map(({ snapshot }) => snapshot.status)).toEqual(['Available']),
        { within: made.patience },
      );
      await trial.remove(instance);
      expect(await automated()).toEqual([]);
    },
  },
  {
    rule: 'every engine of the specification is offered with a version, or the reason why not',
    async check({ driver }) {
      const offers = await driver.engines();
      expect(offers.map(({ engine }) => engine).sort()).toEqual(
        ['Cassandra', 'DynamoDB', 'MongoDB', 'MySQL', 'PostgreSQL', 'Redis'].sort(),
      );
      for (const offer of offers) expect('version' in offer ? offer.version : offer.reason).toMatch(/\S/);
    },
  },
];
