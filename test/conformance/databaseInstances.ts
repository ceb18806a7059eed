import { expect } from '@jest/globals';
import { DatabaseConfig } from '../../shared/types/database.ts';
import type { DatabaseRule } from './database.ts';
import type { DatabaseTrial } from './databaseTrial.ts';

const invalid = (field: string) => ({
  code: 'DatabaseError.InvalidConfiguration',
  details: expect.objectContaining({ field }),
});
const wrongState = (state: string) => ({
  code: 'DatabaseError.InvalidInstanceState',
  details: expect.objectContaining({ state }),
});

const NAMES = ['', 'Orders', '1st', 'a--b', 'a-', '-a', 'a_b', '../etc', 'a'.repeat(64)];

const nameRules: DatabaseRule[] = NAMES.map((name) => ({
  rule: `the name ${JSON.stringify(name.length > 20 ? `${name.length} letters` : name)} is refused`,
  check: (trial) => expect(trial.driver.create(name, trial.config())).rejects.toMatchObject(invalid('name')),
}));

const DEMANDS = {
  encryption: { encryption: true },
  standby: { multiAz: true },
  securityGroups: { vpcSecurityGroups: ['sg-1'] },
  parameterGroups: { parameterGroup: 'settings' },
} as const;

const capabilityRules: DatabaseRule[] = Object.entries(DEMANDS).map(([capability, demand]) => ({
  rule: `${Object.keys(demand)[0]} is refused as Unimplemented unless the capability ${capability} is declared`,
  async check(trial) {
    const { driver, made } = trial;
    const name = trial.name();
    const request = driver.create(name, trial.config(demand as object));
    if (made.capabilities.has(capability as never)) {
      expect(driver.capabilities).toContain(capability);
      await request;
      await trial.becomes(name, 'Available');
      await trial.remove(name);
      return;
    }
    await expect(request).rejects.toMatchObject({ code: 'Unimplemented', details: { capability } });
    expect((await driver.list()).map(({ identifier }) => identifier)).not.toContain(name);
  },
}));

async function keeps(trial: DatabaseTrial, name: string, change: () => Promise<unknown>): Promise<void> {
  await (await trial.content(name)).put('kept', 'as it was');
  await change();
  await trial.becomes(name, 'Available');
  expect(await (await trial.content(name)).get('kept')).toBe('as it was');
}

/** Rules for making, changing and ending instances. */
export const databaseInstanceRules: DatabaseRule[] = [
  {
    rule: 'an instance is Creating at first, and then Available',
    async check(trial) {
      const name = trial.name();
      expect((await trial.driver.create(name, trial.config())).status).toEqual({ kind: 'Creating' });
      expect((await trial.becomes(name, 'Available')).identifier).toBe(name);
      trial.giveBack(name);
    },
  },
  {
    rule: 'an Available instance answers a query to who has its connection string',
    async check(trial) {
      const name = await trial.shared();
      const content = await trial.content(name);
      await content.put('question', 'answer');
      expect(await content.get('question')).toBe('answer');
      expect(await trial.driver.testConnection(name)).toBe(true);
    },
  },
  {
    rule: 'an instance is described as it was asked for',
    async check(trial) {
      const config = trial.config();
      const described = await trial.driver.describe(await trial.shared());
      expect(described).toMatchObject({
        engine: config.engine,
        allocatedStorage: config.allocatedStorage,
        instanceClass: config.instanceClass,
        multiAz: false,
        backupRetention: config.backupRetention,
        createdTime: expect.any(Date),
      });
    },
  },
  {
    rule: 'its connection string leads to its endpoint, with a password of its own',
    async check(trial) {
      const name = await trial.shared();
      const { endpoint } = await trial.driver.describe(name);
      const url = new URL(await trial.driver.connectionString(name));
      expect([url.hostname, Number(url.port)]).toEqual([endpoint?.address, endpoint?.port]);
      expect(decodeURIComponent(url.password).length).toBeGreaterThanOrEqual(16);
    },
  },
  {
    rule: 'somebody with another password is not let in',
    async check(trial) {
      const url = new URL(await trial.driver.connectionString(await trial.shared()));
      url.password = 'another';
      const { openContent } = await import('./databaseContent.ts');
      await expect(openContent(url.href)).rejects.toThrow();
    },
  },
  {
    rule: 'the list has every instance once',
    async check(trial) {
      const name = await trial.shared();
      const names = (await trial.driver.list()).map(({ identifier }) => identifier);
      expect(names.filter((listed) => listed === name)).toEqual([name]);
      expect(new Set(names).size).toBe(names.length);
    },
  },
  {
    rule: 'a name that is taken is InstanceAlreadyExists',
    async check(trial) {
      const name = await trial.shared();
      await expect(trial.driver.create(name, trial.config())).rejects.toMatchObject({
        code: 'DatabaseError.InstanceAlreadyExists',
        details: { instance: name },
      });
    },
  },
  {
    rule: 'a request that comes again with its token is answered with the instance that it made',
    async check(trial) {
      const name = trial.name();
      const [first, second] = [
        await trial.driver.create(name, trial.config(), 'request-1'),
        await trial.driver.create(name, trial.config(), 'request-1'),
      ];
      expect(second).toMatchObject({ identifier: name, createdTime: first.createdTime });
      await trial.becomes(name, 'Available');
      trial.giveBack(name);
    },
  },
  ...nameRules,
  {
    rule: 'a version that there is not is refused with the one that was asked for',
    async check(trial) {
      const { engine } = trial.config();
      const other = DatabaseConfig.parse({ ...trial.config(), version: '0.1', engine: { ...engine, version: '0.1' } });
      const refused = trial.driver.create(trial.name(), other);
      await expect(refused).rejects.toMatchObject({
        code: 'DatabaseError.InvalidConfiguration',
        details: { field: 'version', value: '0.1' },
      });
    },
  },
  {
    rule: 'a version that is not the one of the engine is refused',
    check: (trial) =>
      expect(trial.driver.create(trial.name(), trial.config({ version: '0.1' }))).rejects.toMatchObject(
        invalid('version'),
      ),
  },
  {
    rule: 'an engine that nobody knows is refused',
    check: (trial) =>
      expect(
        trial.driver.create(
          trial.name(),
          trial.config({ engine: { kind: 'Custom', name: 'abacus', version: '1' }, version: '1' }),
        ),
      ).rejects.toMatchObject({ ...invalid('engine'), message: expect.stringContaining('abacus') }),
  },
  {
    rule: 'DynamoDB is no instance, and the error says where its tables are',
    check: (trial) =>
      expect(trial.driver.create(trial.name(), trial.config({ engine: { kind: 'DynamoDB' } }))).rejects.toMatchObject({
        ...invalid('engine'),
        message: expect.stringContaining('nosql'),
      }),
  },
  ...capabilityRules,
  {
    rule: 'what is not finished must be waited for: an instance that is Creating is not stopped',
    async check(trial) {
      const name = trial.name();
      await trial.driver.create(name, trial.config());
      await expect(trial.driver.stop(name)).rejects.toMatchObject(wrongState('Creating'));
      await trial.becomes(name, 'Available');
      trial.giveBack(name);
    },
  },
  {
    rule: 'an instance that is stopped keeps its data, its endpoint and its password until it is started',
    async check(trial) {
      const { driver } = trial;
      const name = await trial.borrow();
      const connection = await driver.connectionString(name);
      await keeps(trial, name, async () => {
        expect((await driver.stop(name)).status).toEqual({ kind: 'Stopping' });
        await trial.becomes(name, 'Stopped');
        expect(await driver.testConnection(name)).toBe(false);
        expect((await driver.start(name)).status).toEqual({ kind: 'Starting' });
      });
      expect(await driver.connectionString(name)).toBe(connection);
      trial.giveBack(name);
    },
  },
  {
    rule: 'an instance that is Stopped is not stopped, rebooted, modified or copied',
    async check(trial) {
      const { driver } = trial;
      const name = await trial.borrow();
      await driver.stop(name);
      await trial.becomes(name, 'Stopped');
      await expect(driver.stop(name)).rejects.toMatchObject(wrongState('Stopped'));
      await expect(driver.reboot(name, false)).rejects.toMatchObject(wrongState('Stopped'));
      await expect(driver.modify(name, trial.config())).rejects.toMatchObject(wrongState('Stopped'));
      await expect(driver.createSnapshot(name, `${name}-none`)).rejects.toMatchObject(wrongState('Stopped'));
      await trial.remove(name);
    },
  },
  {
    rule: 'an instance that is Available is not started',
    check: async (trial) =>
      expect(trial.driver.start(await trial.shared())).rejects.toMatchObject(wrongState('Available')),
  },
  {
    rule: 'a reboot ends every connection and keeps the data',
    async check(trial) {
      const name = await trial.borrow();
      const before = await trial.content(name);
      await keeps(trial, name, () => trial.driver.reboot(name, false));
      await expect(before.get('kept')).rejects.toThrow();
      trial.giveBack(name);
    },
  },
  {
    rule: 'a failover is refused where there is no standby',
    check: async (trial) =>
      expect(trial.driver.reboot(await trial.shared(), true)).rejects.toMatchObject(invalid('forceFailover')),
  },
  {
    rule: 'a standby takes over with everything that was committed, at the same endpoint, more than once',
    async check(trial) {
      const { driver, made } = trial;
      if (!made.capabilities.has('standby')) return;
      const name = await trial.borrow();
      await (await trial.content(name)).put('before', 'the standby');
      await driver.modify(name, trial.config({ multiAz: true }));
      expect((await trial.becomes(name, 'Available')).multiAz).toBe(true);
      const { endpoint } = await driver.describe(name);
      for (const round of ['one', 'two']) {
        await keeps(trial, name, () => driver.reboot(name, true));
        await (await trial.content(name)).put(round, 'written after the failover');
      }
      expect((await driver.describe(name)).endpoint).toEqual(endpoint);
      const content = await trial.content(name);
      expect([await content.get('before'), await content.get('one')]).toEqual([
        'the standby',
        'written after the failover',
      ]);
      await trial.remove(name);
    },
  },
  {
    rule: 'a change that needs no restart keeps connections, and is described',
    async check(trial) {
      const name = await trial.borrow();
      const content = await trial.content(name);
      await content.put('kept', 'open');
      const { restart } = await trial.driver.modify(name, trial.config({ backupRetention: 3 }));
      expect(restart).toEqual([]);
      expect((await trial.becomes(name, 'Available')).backupRetention).toBe(3);
      expect(await content.get('kept')).toBe('open');
      await trial.remove(name);
    },
  },
  {
    rule: 'a change that needs a restart says so, and keeps the data',
    async check(trial) {
      const name = await trial.borrow();
      const larger = trial.config({ instanceClass: 'db.t4g.large' });
      await keeps(trial, name, async () => {
        expect((await trial.driver.modify(name, larger)).restart).toEqual(['instanceClass']);
      });
      expect((await trial.driver.describe(name)).instanceClass).toBe('db.t4g.large');
      await trial.remove(name);
    },
  },
  {
    rule: 'a change that needs a restart waits for the maintenance window',
    async check(trial) {
      const start = new Date(Date.now() + 24 * 60 * 60_000);
      const day = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][start.getUTCDay()];
      const maintenanceWindow = `${day}:12:00-${day}:13:00`;
      const name = await trial.borrow();
      await trial.driver.modify(name, trial.config({ maintenanceWindow }));
      await trial.becomes(name, 'Available');
      const larger = trial.config({ maintenanceWindow, instanceClass: 'db.t4g.large' });
      const { appliesAt, instance } = await trial.driver.modify(name, larger);
      expect(appliesAt?.toISOString()).toBe(`${start.toISOString().slice(0, 10)}T12:00:00.000Z`);
      expect(instance).toMatchObject({ status: { kind: 'Available' }, instanceClass: trial.config().instanceClass });
      await trial.remove(name);
    },
  },
  {
    rule: 'storage is not made less',
    check: async (trial) =>
      expect(trial.driver.modify(await trial.shared(), trial.config({ allocatedStorage: 1 }))).rejects.toMatchObject(
        invalid('allocatedStorage'),
      ),
  },
  {
    rule: 'an instance does not become one of another engine',
    async check(trial) {
      const other = trial.config().engine.kind === 'Redis' ? 'PostgreSQL' : 'Redis';
      const config = trial.config({ engine: { kind: other, version: '1' }, version: '1' });
      await expect(trial.driver.modify(await trial.shared(), config)).rejects.toMatchObject(invalid('engine'));
    },
  },
  {
    rule: 'an instance that is deleted is Deleting at first, and then gone; its name may be taken again, without its data',
    async check(trial) {
      const name = await trial.borrow();
      await (await trial.content(name)).put('gone', 'with it');
      await trial.driver.delete(name);
      const state = await trial.driver.describe(name).then(({ status }) => status.kind);
      expect(state).toBe('Deleting');
      await trial.disappears(name);
      await trial.driver.create(name, trial.config());
      await trial.becomes(name, 'Available');
      expect(await (await trial.content(name)).get('gone')).toBeUndefined();
      trial.giveBack(name);
    },
  },
];
