import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { VirtualClock } from '../../../../../shared/core/clock.ts';
import type { LocalDatabase } from '../../../../../shared/drivers/database/local/index.ts';
import type { DatabaseTrial } from '../../../../conformance/database.ts';
import { eventually } from '../../../../eventually.ts';
import { DatabaseMachine } from './machine.ts';

const HOUR = 60 * 60_000;
const NOON = new Date('2026-05-05T12:00:00Z');

let machine: DatabaseMachine;
let clock: VirtualClock;
let driver: LocalDatabase;
let trial: DatabaseTrial;

beforeEach(async () => {
  machine = new DatabaseMachine();
  clock = new VirtualClock(NOON);
  driver = machine.open({ clock });
  trial = await machine.trial('PostgreSQL', driver);
});
afterEach(() => machine.end());

async function automated(name: string): Promise<string[]> {
  const all = await driver.listSnapshots(name);
  return all
    .filter(({ type, snapshot }) => type === 'automated' && snapshot.status === 'Available')
    .map(({ snapshot }) => snapshot.creationTime.toISOString());
}

/** Turns the clock in steps in which the host looks, until `look` holds. */
async function turnUntil(step: number, look: () => Promise<void>): Promise<void> {
  await eventually(async () => {
    await clock.advance(step);
    await look();
  });
}

describe('what is done without being asked', () => {
  test('a snapshot is taken once in each backup window, and kept for as many days as the retention says', async () => {
    const name = await trial.fresh({ backupRetention: 1, backupWindow: '14:00-15:00' });
    await eventually(async () => expect(await automated(name)).toEqual(['2026-05-05T12:00:00.000Z']));
    await clock.advance(HOUR);
    expect(await automated(name)).toHaveLength(1);
    await clock.advance(HOUR + 10_000);
    await eventually(async () => expect(await automated(name)).toHaveLength(2));
    expect((await automated(name))[1]).toMatch(/^2026-05-05T14:00:/);
    await clock.advance(HOUR);
    expect(await automated(name)).toHaveLength(2);
    await clock.advanceTo(new Date('2026-05-06T14:01:00Z'));
    await turnUntil(10_000, async () => {
      expect((await automated(name)).map((time) => time.slice(0, 13))).toEqual(['2026-05-05T14', '2026-05-06T14']);
    });
  });

  test('a change that needs a restart is made in the maintenance window', async () => {
    const maintenanceWindow = 'wed:02:00-wed:03:00';
    const name = await trial.fresh({ maintenanceWindow });
    const larger = trial.config({ maintenanceWindow, instanceClass: 'db.t4g.large' });
    const { appliesAt } = await driver.modify(name, larger);
    expect(appliesAt).toEqual(new Date('2026-05-06T02:00:00Z'));
    await clock.advanceTo(new Date('2026-05-06T01:59:00Z'));
    expect((await driver.describe(name)).instanceClass).toBe('db.t4g.micro');
    await turnUntil(10_000, async () => expect((await driver.describe(name)).instanceClass).toBe('db.t4g.large'));
    await trial.becomes(name, 'Available');
    expect(machine.states(name).slice(-2)).toEqual(['Modifying', 'Available']);
  });

  test('an instance is measured as often as its monitoring interval says, and on request', async () => {
    const name = await trial.fresh({ monitoringInterval: 30 });
    const times = async (): Promise<number[]> => {
      const samples = await driver.metrics(name, { metrics: ['DatabaseSize'], start: NOON, end: clock.now() });
      return samples.map(({ timestamp }) => (timestamp.getTime() - NOON.getTime()) / 1000);
    };
    await eventually(async () => expect((await times())[0]).toBe(0));
    await turnUntil(10_000, async () =>
      expect((await times()).filter((time) => time % 30 === 0).length).toBeGreaterThan(2),
    );
  });

  test('each change of status is one event, from the creation to the end', async () => {
    const name = await trial.fresh();
    await driver.reboot(name, false);
    await trial.becomes(name, 'Available');
    await driver.delete(name, 'last');
    await trial.disappears(name);
    expect(machine.states(name)).toEqual([
      ...['Creating', 'Available'],
      ...['Stopping', 'Starting', 'Available'],
      ...['Deleting', 'Deleted'],
    ]);
    const snapshots = machine.events.filter(({ type }) => type === 'cloudlib.database.snapshot');
    expect(snapshots.map(({ data }) => `${data.snapshot} ${data.status}`)).toEqual(['last Creating', 'last Available']);
    expect(new Set(machine.events.map(({ id }) => id)).size).toBe(machine.events.length);
    const text = JSON.stringify(machine.events);
    for (const secret of machine.secrets.values.values()) expect(text).not.toContain(secret);
  });
});
