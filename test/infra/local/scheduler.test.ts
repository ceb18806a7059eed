import type { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { Scheduler } from '../../../infra/local/scheduler.ts';
import { EventLog } from '../../../infra/local/store/events.ts';
import { type Automation, type ScheduleOptions, schedule } from '../../../shared/configuration.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import { Duration } from '../../../shared/core/duration.ts';
import type { CloudEvent } from '../../../shared/host.ts';
import { withinWindow } from '../../../shared/semantics/schedules/index.ts';
import { JumpingClock, MIDNIGHT, newDatabase } from './bus/trialBus.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

interface Firing {
  id: string;
  type: string;
  rule: string | undefined;
  data: Json | undefined;
}

/** A scheduler with one schedule, whose events are kept as the host keeps them: each (source, id) once. */
class TrialScheduler {
  readonly fired: Firing[] = [];
  readonly scheduler: Scheduler;
  readonly clock: JumpingClock;
  readonly database: DatabaseSync;

  constructor(
    expression: string,
    options: ScheduleOptions = {},
    { clock = new JumpingClock(), database = newDatabase() }: { clock?: JumpingClock; database?: DatabaseSync } = {},
  ) {
    this.clock = clock;
    this.database = database;
    const log = new EventLog(database, { clock });
    const tick: Automation = {
      on: schedule(expression, options),
      start: { kind: 'workflow', workflow: 'w', input: {} },
    };
    const append = (event: CloudEvent, rule?: string): boolean => {
      const added = log.append(event);
      if (added) this.fired.push({ id: event.id, type: event.type, rule, data: event.data });
      return added;
    };
    this.scheduler = new Scheduler({ database, clock, automations: { tick }, append });
    this.scheduler.start();
  }

  advance(milliseconds: number): Promise<void> {
    return this.clock.advance(milliseconds, settled);
  }

  /** The same state directory, after the host was down for a while. */
  async restartAfter(milliseconds: number, expression: string, options: ScheduleOptions = {}): Promise<TrialScheduler> {
    this.scheduler.close();
    await this.advance(milliseconds);
    const next = new TrialScheduler(expression, options, this);
    await settled();
    return next;
  }

  ids(): string[] {
    return this.fired.map(({ id }) => id);
  }
}

describe('a schedule', () => {
  test('fires at its times, each as an event with the time as its id, delivered to its rule', async () => {
    const trial = new TrialScheduler('rate(1 hour)');
    await trial.advance(3 * HOUR + MINUTE);
    expect(trial.fired).toEqual(
      ['01', '02', '03'].map((hour) => ({
        id: `2027-01-01T${hour}:00:00.000Z`,
        type: 'cloudlib.schedule',
        rule: 'tick',
        data: { schedule: 'tick', time: `2027-01-01T${hour}:00:00.000Z` },
      })),
    );
  });

  test('follows its time zone, and begins and ends when it is told', async () => {
    const trial = new TrialScheduler('cron(0 8 * * ? *)', {
      timeZone: 'Europe/Berlin',
      start: new Date('2027-01-03T00:00:00Z'),
      end: new Date('2027-01-04T12:00:00Z'),
    });
    await trial.advance(6 * DAY);
    expect(trial.ids()).toEqual(['2027-01-03T07:00:00.000Z', '2027-01-04T07:00:00.000Z']);
  });

  test('at(…) fires once', async () => {
    const trial = new TrialScheduler('at(2027-01-01T00:30:00)');
    await trial.advance(2 * DAY);
    expect(trial.ids()).toEqual(['2027-01-01T00:30:00.000Z']);
  });

  test('tells when it fired last and the next five times', async () => {
    const trial = new TrialScheduler('rate(10 minutes)', { missed: 'skip' });
    await trial.advance(25 * MINUTE);
    expect(trial.scheduler.list()).toEqual([
      {
        name: 'tick',
        expression: 'rate(10 minutes)',
        timeZone: 'UTC',
        missed: 'skip',
        last: '2027-01-01T00:20:00.000Z',
        next: ['00:30', '00:40', '00:50', '01:00', '01:10'].map((time) => `2027-01-01T${time}:00.000Z`),
      },
    ]);
  });
});

describe('a schedule with a flexible window', () => {
  const flexibleWindow = Duration.minutes(30);
  const momentOf = (hour: number): number =>
    withinWindow(new Date(Date.UTC(2027, 0, 1, hour)), 30, 'tick').getTime() - Date.UTC(2027, 0, 1);

  test('fires each time at its moment in the window, which is the same each time that it is asked for', async () => {
    const trial = new TrialScheduler('rate(1 hour)', { flexibleWindow });
    const moments = [1, 2, 3].map(momentOf);
    expect(
      moments.every((moment, index) => moment > (index + 1) * HOUR && moment < (index + 1) * HOUR + 30 * MINUTE),
    ).toBe(true);
    expect(trial.scheduler.list()[0]).toMatchObject({
      flexibleWindow: 'PT30M',
      next: expect.arrayContaining(moments.map((moment) => new Date(MIDNIGHT + moment).toISOString())),
    });
    await trial.advance(moments[0]! - 1);
    expect(trial.ids()).toEqual([]);
    await trial.advance(1);
    expect(trial.fired).toMatchObject([{ id: '2027-01-01T01:00:00.000Z', data: { time: '2027-01-01T01:00:00.000Z' } }]);
    expect(trial.fired[0]!.data).not.toHaveProperty('late');
    await trial.advance(moments[2]! - moments[0]!);
    expect(trial.ids()).toEqual(['01', '02', '03'].map((hour) => `2027-01-01T${hour}:00:00.000Z`));
  });

  test('longer than its interval fires every time once', async () => {
    const trial = new TrialScheduler('rate(10 minutes)', { flexibleWindow });
    await trial.advance(3 * HOUR);
    // The last ones may still be in their windows.
    const expected = Array.from({ length: 14 }, (_, index) =>
      new Date(MIDNIGHT + (index + 1) * 10 * MINUTE).toISOString(),
    );
    expect(trial.ids().slice(0, 14)).toEqual(expected);
    expect(trial.fired.every(({ data }) => !Object.hasOwn(data as object, 'late'))).toBe(true);
  });

  test('whose moment passed while no host ran fires the last of them alone, within its window', async () => {
    const first = new TrialScheduler('rate(1 hour)', { flexibleWindow });
    await first.advance(momentOf(1));
    const second = await first.restartAfter(5 * HOUR - momentOf(1) + 29 * MINUTE, 'rate(1 hour)', { flexibleWindow });
    expect(second.fired).toMatchObject([
      { id: '2027-01-01T05:00:00.000Z', data: { skipped: { first: '2027-01-01T02:00:00.000Z' } } },
    ]);
  });
});

describe('a schedule that was due while no host ran', () => {
  test('fires the last time once, and says that it is late and what was skipped', async () => {
    const first = new TrialScheduler('rate(1 hour)');
    await first.advance(HOUR);
    const second = await first.restartAfter(4 * HOUR + 30 * MINUTE, 'rate(1 hour)');
    expect(second.fired).toEqual([
      {
        id: '2027-01-01T05:00:00.000Z',
        type: 'cloudlib.schedule',
        rule: 'tick',
        data: {
          schedule: 'tick',
          time: '2027-01-01T05:00:00.000Z',
          late: true,
          skipped: { first: '2027-01-01T02:00:00.000Z', last: '2027-01-01T04:00:00.000Z' },
        },
      },
    ]);
    await second.advance(30 * MINUTE);
    expect(second.ids().slice(1)).toEqual(['2027-01-01T06:00:00.000Z']);
  });

  test('is skipped where its rule says so, which an event records without a delivery', async () => {
    const first = new TrialScheduler('rate(1 hour)', { missed: 'skip' });
    const second = await first.restartAfter(4 * HOUR + 30 * MINUTE, 'rate(1 hour)', { missed: 'skip' });
    expect(second.fired).toEqual([
      {
        id: '2027-01-01T04:00:00.000Z.skipped',
        type: 'cloudlib.schedule.skipped',
        rule: undefined,
        data: { schedule: 'tick', first: '2027-01-01T01:00:00.000Z', last: '2027-01-01T04:00:00.000Z' },
      },
    ]);
    await second.advance(30 * MINUTE);
    expect(second.ids().slice(1)).toEqual(['2027-01-01T05:00:00.000Z']);
  });

  test('owes nothing for the time before it was written or changed', async () => {
    const first = new TrialScheduler('rate(1 hour)');
    const second = await first.restartAfter(4 * HOUR, 'cron(0 * * * ? *)');
    expect(second.fired).toEqual([]);
    await second.advance(HOUR);
    expect(second.ids()).toEqual(['2027-01-01T05:00:00.000Z']);
  });
});

describe('when the clock jumps', () => {
  test('on, the last time that it passed fires, within a minute', async () => {
    const trial = new TrialScheduler('rate(1 hour)');
    trial.clock.jump(5 * HOUR + 10 * MINUTE);
    await trial.advance(MINUTE);
    expect(trial.ids()).toEqual(['2027-01-01T05:00:00.000Z']);
  });

  test('back, no time fires twice, and none is lost that comes for the first time', async () => {
    const trial = new TrialScheduler('rate(1 hour)');
    await trial.advance(3 * HOUR);
    trial.clock.jump(-2 * HOUR - 10 * MINUTE);
    await trial.advance(4 * HOUR);
    expect(trial.ids()).toEqual(['01', '02', '03', '04'].map((hour) => `2027-01-01T${hour}:00:00.000Z`));
  });

  test('on by a year and back again, it goes on as before', async () => {
    const trial = new TrialScheduler('rate(1 hour)');
    trial.clock.jump(365 * DAY);
    await trial.advance(MINUTE);
    trial.clock.jump(-365 * DAY);
    await trial.advance(2 * HOUR);
    expect(trial.ids()).toEqual(['2028-01-01T00:00:00.000Z', '2027-01-01T01:00:00.000Z', '2027-01-01T02:00:00.000Z']);
  });
});

test('a firing that cannot be written is tried again', async () => {
  const database = newDatabase();
  const clock = new JumpingClock();
  const fired: string[] = [];
  let full = true;
  const warn = process.emitWarning;
  process.emitWarning = () => {};
  const tick: Automation = { on: schedule('rate(1 hour)'), start: { kind: 'workflow', workflow: 'w', input: {} } };
  const append = ({ id }: CloudEvent): boolean => {
    if (full) throw new Error('the disk is full');
    fired.push(id);
    return true;
  };
  new Scheduler({ database, clock, automations: { tick }, append }).start();
  await clock.advance(HOUR + MINUTE, settled);
  full = false;
  await clock.advance(MINUTE, settled);
  process.emitWarning = warn;
  expect(fired).toEqual(['2027-01-01T01:00:00.000Z']);
});
