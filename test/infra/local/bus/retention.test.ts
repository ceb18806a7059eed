import { describe, expect, test } from '@jest/globals';
import { operation } from '../../../../functions/operation.ts';
import { readSettings } from '../../../../infra/local/bus/settings.ts';
import { type Automation, type BusSettings, event } from '../../../../shared/configuration.ts';
import { Duration } from '../../../../shared/core/duration.ts';
import { CloudError } from '../../../../shared/core/errors.ts';
import { newDatabase, order, TrialBus } from './trialBus.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const status: Automation = {
  on: event({ type: ['shop.order'] }),
  start: operation('deploy.getStatus', { name: 'app' }),
};
const settings: BusSettings = {
  identity: Duration.hours(1),
  retention: { events: Duration.days(3), deliveries: Duration.days(1) },
};
const refuse = (): Promise<never> => Promise.reject(new CloudError('InvalidInput', 'no'));

/** How many rows each table of the bus has. */
const rowsOf = ({ database }: TrialBus): number[] =>
  ['events', 'bus_deliveries', 'bus_attempts'].map((table) =>
    Number(database.prepare(`select count(*) as n from ${table}`).get()!.n),
  );

describe('retention', () => {
  test('removes ended deliveries and their attempts, then their events, and keeps what is younger', async () => {
    const trial = new TrialBus({ status }, { settings });
    await trial.publish(order('1'));
    await trial.advance(DAY - 2 * HOUR);
    await trial.publish(order('2'));
    expect(rowsOf(trial)).toEqual([2, 2, 2]);
    await trial.advance(4 * HOUR);
    expect(rowsOf(trial)).toEqual([2, 1, 1]);
    await trial.advance(2 * DAY);
    expect(rowsOf(trial)).toEqual([1, 0, 0]);
    expect([trial.bus.find('1'), trial.bus.find('2')]).toMatchObject([[], [{ deliveries: [] }]]);
    await trial.advance(DAY);
    expect(rowsOf(trial)).toEqual([0, 0, 0]);
  });

  test('keeps what is pending, and the event that it needs, however old', async () => {
    const trial = new TrialBus({ status }, { settings, invoke: () => new Promise(() => {}) });
    await trial.publish(order('1'));
    await trial.advance(10 * DAY);
    expect(rowsOf(trial)).toEqual([1, 1, 0]);
  });

  test('keeps an event for as long as a dead letter that can be redriven', async () => {
    const keeping = { ...settings, retention: { events: Duration.hours(2), deliveries: Duration.days(1) } };
    const trial = new TrialBus({ status }, { settings: keeping, invoke: refuse });
    await trial.publish(order('1'));
    await trial.advance(20 * HOUR);
    expect(trial.bus.redrive()).toEqual({ redriven: 1 });
    await trial.settled();
    expect(trial.bus.deadLetters()).toMatchObject([{ event: { id: '1' } }]);
    await trial.advance(2 * DAY);
    expect(rowsOf(trial)).toEqual([0, 0, 0]);
  });

  test('removes what grew old while no host ran', async () => {
    const database = newDatabase();
    const first = new TrialBus({ status }, { database, settings });
    await first.publish(...Array.from({ length: 1_200 }, (_, index) => order(`${index}`)));
    first.bus.close();
    const second = new TrialBus({ status }, { database, settings, at: 10 * DAY });
    await second.settled();
    expect(rowsOf(second)).toEqual([0, 0, 0]);
  });

  test('leaves what a replay needs, and no more', async () => {
    const trial = new TrialBus({ status }, { settings });
    await trial.publish(order('1'));
    await trial.advance(2 * DAY);
    await trial.publish(order('2'));
    await trial.advance(2 * DAY);
    const all = { from: '2027-01-01T00:00:00Z', to: '2027-02-01T00:00:00Z' };
    expect(await trial.bus.replay(all)).toMatchObject({ events: 1, deliveries: 1 });
  });
});

describe('the settings of the bus', () => {
  test.each<[string, BusSettings, RegExp]>([
    ['no time', { identity: Duration.seconds(0) }, /bus: identity is PT0S/],
    ['a text for a time', { retention: { events: 'P7D' as never } }, /bus: retention.events is P7D; write a duration/],
    ['half a delivery', { mostPending: 0.5 }, /bus: mostPending is 0.5/],
    ['no delivery', { mostPending: 0 }, /bus: mostPending is 0/],
    ['an identity of what is gone', { identity: Duration.days(31) }, /identity \(P31D\) is longer than/],
  ])('are refused with %s', (_what, wrong, message) => {
    expect(() => readSettings(wrong)).toThrow(expect.objectContaining({ code: 'InvalidInput' }));
    expect(() => readSettings(wrong)).toThrow(message);
  });
});
