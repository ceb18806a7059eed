import { expect } from '@jest/globals';
import type { DatabaseRule } from './database.ts';

const missing = { code: 'DatabaseError.SnapshotNotFound', details: { snapshot: 'no-such' } };
const NAMES = ['', 'Upper', 'a--b', 'a-', '../etc', 'automated:mine', 'a'.repeat(256)];

const nameRules: DatabaseRule[] = NAMES.map((name) => ({
  rule: `the snapshot name ${JSON.stringify(name.length > 20 ? `${name.length} letters` : name)} is refused`,
  check: async (trial) =>
    expect(trial.driver.createSnapshot(await trial.shared(), name)).rejects.toMatchObject({
      code: 'DatabaseError.InvalidConfiguration',
      details: expect.objectContaining({ field: 'snapshot' }),
    }),
}));

/** Rules for snapshots, and for what is made of them. */
export const databaseSnapshotRules: DatabaseRule[] = [
  {
    rule: 'a snapshot is Creating at first, and then Available, with the engine and storage of its instance',
    async check(trial) {
      const instance = await trial.shared();
      const name = `${instance}-described`;
      const { snapshot } = await trial.driver.createSnapshot(instance, name);
      const config = trial.config();
      expect(snapshot).toMatchObject({ identifier: name, instanceIdentifier: instance, status: 'Creating' });
      expect(await trial.snapshotIsThere(name)).toMatchObject({
        type: 'manual',
        snapshot: {
          engine: config.engine,
          allocatedStorage: config.allocatedStorage,
          encrypted: config.encryption,
          creationTime: expect.any(Date),
        },
      });
      await trial.driver.deleteSnapshot(name);
    },
  },
  {
    rule: 'snapshots are listed by instance, the oldest first',
    async check(trial) {
      const instance = await trial.borrow();
      for (const name of ['zebra', 'apple']) await trial.snapshot(instance, `${instance}-${name}`);
      const listed = async (of?: string) =>
        (await trial.driver.listSnapshots(of)).map(({ snapshot }) => snapshot.identifier);
      const expected = [`${instance}-zebra`, `${instance}-apple`];
      expect(await listed(instance)).toEqual(expected);
      expect(await listed()).toEqual(expect.arrayContaining(expected));
      expect(await listed('nobody')).toEqual([]);
      for (const name of expected) await trial.driver.deleteSnapshot(name);
      trial.giveBack(instance);
    },
  },
  {
    rule: 'a snapshot name that is taken is SnapshotAlreadyExists, whatever the instance',
    async check(trial) {
      const instance = await trial.shared();
      const name = await trial.sharedSnapshot();
      await expect(trial.driver.createSnapshot(instance, name)).rejects.toMatchObject({
        code: 'DatabaseError.SnapshotAlreadyExists',
        details: { snapshot: name },
      });
    },
  },
  {
    rule: 'a request for a snapshot that comes again with its token takes none',
    async check(trial) {
      const instance = await trial.shared();
      const name = `${instance}-again`;
      const first = await trial.driver.createSnapshot(instance, name, 'request-2');
      await trial.snapshotIsThere(name);
      const second = await trial.driver.createSnapshot(instance, name, 'request-2');
      expect(second.snapshot.creationTime).toEqual(first.snapshot.creationTime);
      await trial.driver.deleteSnapshot(name);
    },
  },
  ...nameRules,
  {
    rule: 'a snapshot that does not exist is not described, deleted or restored',
    async check(trial) {
      const { driver } = trial;
      await expect(driver.describeSnapshot('no-such')).rejects.toMatchObject(missing);
      await expect(driver.deleteSnapshot('no-such')).rejects.toMatchObject(missing);
      await expect(driver.restore('no-such', trial.name(), trial.config())).rejects.toMatchObject(missing);
    },
  },
  {
    rule: 'a restored instance holds what was committed before the snapshot, and nothing from after it',
    async check(trial) {
      const instance = await trial.shared();
      const content = await trial.content(instance);
      await content.put('before', 'the snapshot');
      const snapshot = await trial.snapshot(instance, `${instance}-point`);
      await content.put('after', 'the snapshot');
      const copy = await trial.content(await trial.restored(snapshot));
      expect([await copy.get('before'), await copy.get('after')]).toEqual(['the snapshot', undefined]);
      await trial.driver.deleteSnapshot(snapshot);
    },
  },
  {
    rule: 'a restored instance is another one: its endpoint, its password and what is written to it are its own',
    async check(trial) {
      const { driver } = trial;
      const instance = await trial.shared();
      const snapshot = await trial.sharedSnapshot();
      const copy = await trial.restored(snapshot);
      await (await trial.content(copy)).put('only', 'in the copy');
      expect(await (await trial.content(instance)).get('only')).toBeUndefined();
      const [one, other] = [await driver.connectionString(instance), await driver.connectionString(copy)];
      expect(new URL(one).password).not.toBe(new URL(other).password);
      expect((await driver.describe(copy)).endpoint).not.toEqual((await driver.describe(instance)).endpoint);
      trial.giveBack(copy);
    },
  },
  {
    rule: 'a snapshot that is taken under writes has every transaction whole, and none that began after it without those before',
    async check(trial) {
      const instance = await trial.borrow();
      const writer = await trial.content(instance);
      await writer.putPair('left', 'right', '0');
      let committed = 0;
      let on = true;
      const writing = (async () => {
        for (; on; await new Promise((resolve) => setTimeout(resolve, 1))) {
          await writer.putPair('left', 'right', String(committed + 1));
          committed++;
        }
      })();
      const before = committed;
      const snapshot = await trial.snapshot(instance);
      const after = committed + 1;
      on = false;
      await writing;
      const copy = await trial.content(await trial.restored(snapshot));
      const [left, right] = [Number(await copy.get('left')), Number(await copy.get('right'))];
      expect(left).toBe(right);
      expect(left).toBeGreaterThanOrEqual(before);
      expect(left).toBeLessThanOrEqual(after);
      await trial.driver.deleteSnapshot(snapshot);
      trial.giveBack(instance);
    },
  },
  {
    rule: 'a snapshot is not restored under a name that is taken',
    async check(trial) {
      const instance = await trial.shared();
      const snapshot = await trial.sharedSnapshot();
      await expect(trial.driver.restore(snapshot, instance, trial.config())).rejects.toMatchObject({
        code: 'DatabaseError.InstanceAlreadyExists',
      });
    },
  },
  {
    rule: 'a snapshot is not restored into another engine, nor into less storage',
    async check(trial) {
      const { driver } = trial;
      const snapshot = await trial.sharedSnapshot();
      const other = trial.config().engine.kind === 'Redis' ? 'PostgreSQL' : 'Redis';
      const engine = trial.config({ engine: { kind: other, version: '1' }, version: '1' });
      for (const [config, field] of [
        [engine, 'engine'],
        [trial.config({ allocatedStorage: 1 }), 'allocatedStorage'],
      ] as const) {
        await expect(driver.restore(snapshot, trial.name(), config)).rejects.toMatchObject({
          code: 'DatabaseError.InvalidConfiguration',
          details: expect.objectContaining({ field }),
        });
      }
    },
  },
  {
    rule: 'a deletion takes a final snapshot where one is named, and the snapshot outlives the instance',
    async check(trial) {
      const instance = await trial.borrow();
      await (await trial.content(instance)).put('last', 'words');
      await trial.driver.delete(instance, `${instance}-final`);
      await trial.disappears(instance);
      const { type, snapshot } = await trial.driver.describeSnapshot(`${instance}-final`);
      expect([type, snapshot.status]).toEqual(['final', 'Available']);
      const copy = await trial.restored(`${instance}-final`);
      expect(await (await trial.content(copy)).get('last')).toBe('words');
      trial.giveBack(copy);
      await trial.driver.deleteSnapshot(`${instance}-final`);
    },
  },
  {
    rule: 'a final snapshot under a name that is taken is refused, and the instance stays',
    async check(trial) {
      const instance = await trial.shared();
      const name = await trial.sharedSnapshot();
      await expect(trial.driver.delete(instance, name)).rejects.toMatchObject({
        code: 'DatabaseError.SnapshotAlreadyExists',
      });
      expect((await trial.driver.describe(instance)).status).toEqual({ kind: 'Available' });
    },
  },
  {
    rule: 'a snapshot that is deleted is gone',
    async check(trial) {
      const instance = await trial.shared();
      const name = await trial.snapshot(instance, `${instance}-gone`);
      await trial.driver.deleteSnapshot(name);
      await expect(trial.driver.describeSnapshot(name)).rejects.toMatchObject({
        code: 'DatabaseError.SnapshotNotFound',
      });
    },
  },
  {
    rule: 'a restore to a time is refused as Unimplemented unless the capability pointInTime is declared',
    async check(trial) {
      const { driver, made } = trial;
      if (made.capabilities.has('pointInTime')) return expect(driver.capabilities).toContain('pointInTime');
      await expect(
        driver.restoreToTime(await trial.shared(), trial.name(), trial.config(), new Date()),
      ).rejects.toMatchObject({ code: 'Unimplemented', details: { capability: 'pointInTime' } });
    },
  },
  {
    rule: 'a restore to a time needs backups',
    async check(trial) {
      const { driver, made } = trial;
      if (!made.capabilities.has('pointInTime')) return;
      await expect(driver.restoreToTime(await trial.shared(), trial.name(), trial.config())).rejects.toMatchObject({
        code: 'DatabaseError.RestoreFailed',
      });
    },
  },
  {
    rule: 'an instance is restored to any time since its first backup, and to none before or in the future',
    async check(trial) {
      const { driver, made } = trial;
      if (!made.capabilities.has('pointInTime')) return;
      const instance = await trial.fresh({ backupRetention: 1 });
      const content = await trial.content(instance);
      const { eventually } = await import('../eventually.ts');
      await eventually(async () => expect((await driver.describe(instance)).latestRestorableTime).toBeDefined(), {
        within: made.patience,
      });
      await content.put('early', 'yes');
      const time = await nextMoment();
      await nextMoment();
      await content.put('late', 'yes');
      const early = trial.name();
      await driver.restoreToTime(instance, early, trial.config(), time);
      const latest = trial.name();
      await driver.restoreToTime(instance, latest, trial.config());
      const at = async (name: string): Promise<(string | undefined)[]> => {
        await trial.becomes(name, 'Available');
        const copy = await trial.content(name);
        return [await copy.get('early'), await copy.get('late')];
      };
      expect(await at(early)).toEqual(['yes', undefined]);
      expect(await at(latest)).toEqual(['yes', 'yes']);
      for (const wrong of [new Date(0), new Date(Date.now() + 3_600_000)]) {
        await expect(driver.restoreToTime(instance, trial.name(), trial.config(), wrong)).rejects.toMatchObject({
          code: 'DatabaseError.RestoreFailed',
        });
      }
      for (const name of [early, latest, instance]) await trial.remove(name);
    },
  },
];

/** A time that nothing else shares. */
async function nextMoment(): Promise<Date> {
  const now = Date.now();
  while (Date.now() <= now + 1) await new Promise((resolve) => setImmediate(resolve));
  return new Date();
}
