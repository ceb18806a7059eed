import { describe, expect, test } from '@jest/globals';
import { next, type OccurrenceOptions, parse } from '../../../../shared/semantics/schedules/index.ts';

/** The occurrences after a time, as `2026-01-31T00:00`. */
function occurrences(expression: string, after: string, count: number, options?: OccurrenceOptions): string[] {
  const found: string[] = [];
  let time = next(expression, new Date(after), options);
  while (time && found.length < count) {
    found.push(time.toISOString().replace(':00.000Z', ''));
    time = next(expression, time, options);
  }
  return found;
}

/** The days, without their time, on which a cron expression of these days fires at midnight from a day on. */
function days(fields: string, from: string, count: number): string[] {
  const before = new Date(Date.parse(`${from}T00:00:00Z`) - 1).toISOString();
  return occurrences(`cron(0 0 ${fields})`, before, count).map((time) => time.replace('T00:00', ''));
}

describe('a cron schedule fires next', () => {
  test.each([
    ['strictly after the time', 'cron(0 10 * * ? *)', '2026-05-04T10:00:00Z', ['2026-05-05T10:00']],
    [
      'at the time itself when that is a moment away',
      'cron(0 10 * * ? *)',
      '2026-05-04T09:59:59.999Z',
      ['2026-05-04T10:00'],
    ],
    ['after seconds of a minute have gone by', 'cron(* * * * ? *)', '2026-05-04T10:00:30Z', ['2026-05-04T10:01']],
    [
      'through the end of an hour',
      'cron(0/25 * * * ? *)',
      '2026-05-04T10:30:00Z',
      ['2026-05-04T10:50', '2026-05-04T11:00', '2026-05-04T11:25'],
    ],
    [
      'through the end of a year',
      'cron(59 23 * * ? *)',
      '2026-12-31T12:00:00Z',
      ['2026-12-31T23:59', '2027-01-01T23:59'],
    ],
    [
      'in the first minute of a year',
      'cron(0 0 1 1 ? *)',
      '2026-01-01T00:00:00Z',
      ['2027-01-01T00:00', '2028-01-01T00:00'],
    ],
    ['on workdays', 'cron(0 18 ? * MON-FRI *)', '2026-05-07T18:00:00Z', ['2026-05-08T18:00', '2026-05-11T18:00']],
    [
      'in hours that go over midnight, each counted to its own day',
      'cron(0/30 20-2 ? * FRI *)',
      '2026-05-08T02:00:00Z',
      ['2026-05-08T02:30', '2026-05-08T20:00', '2026-05-08T20:30'],
    ],
    ['in its years alone', 'cron(15 10 ? * 6L 2019-2022)', '2022-11-25T10:15:00Z', ['2022-12-30T10:15']],
    ['before 1970 has begun', 'cron(0 0 1 1 ? 1970)', '1900-01-01T00:00:00Z', ['1970-01-01T00:00']],
    ['until 2199 has ended', 'cron(59 23 31 12 ? *)', '2198-06-01T00:00:00Z', ['2198-12-31T23:59', '2199-12-31T23:59']],
    ['never again once its years are over', 'cron(* * * * ? 2020)', '2021-01-01T00:00:00Z', []],
    ['never where no month has the day', 'cron(0 0 30 2 ? *)', '2026-01-01T00:00:00Z', []],
    ['never where the year is no leap year', 'cron(0 0 29 2 ? 2023)', '2020-01-01T00:00:00Z', []],
  ])('%s: %s after %s', (_, expression, after, expected) => {
    expect(occurrences(expression, after, Math.max(expected.length, 1))).toEqual(expected);
  });
});

describe('a cron schedule takes the days', () => {
  test.each([
    ['29 2 ? *', '2026-01-01', ['2028-02-29', '2032-02-29']],
    ['29 2 ? *', '2096-01-01', ['2096-02-29', '2104-02-29']],
    ['29 2 ? 2096', '1970-01-01', ['2096-02-29']],
    [
      '31 * ? *',
      '2026-01-01',
      ['2026-01-31', '2026-03-31', '2026-05-31', '2026-07-31', '2026-08-31', '2026-10-31', '2026-12-31'],
    ],
    [
      '*/10 * ? *',
      '2026-02-01',
      ['2026-02-01', '2026-02-11', '2026-02-21', '2026-03-01', '2026-03-11', '2026-03-21', '2026-03-31'],
    ],
    ['L * ? *', '2027-12-31', ['2027-12-31', '2028-01-31', '2028-02-29', '2028-03-31', '2028-04-30']],
    ['L 2 ? *', '2099-01-01', ['2099-02-28', '2100-02-28', '2101-02-28']],
    ['L-1 * ? *', '2028-01-01', ['2028-01-30', '2028-02-28', '2028-03-30', '2028-04-29']],
    ['L-28 * ? *', '2027-01-01', ['2027-01-03', '2027-03-03', '2027-04-02']],
    ['L-28 2 ? *', '2027-01-01', ['2028-02-01', '2032-02-01']],
    ['L-30 * ? *', '2026-01-01', ['2026-01-01', '2026-03-01', '2026-05-01']],
    ['? * L *', '2026-05-01', ['2026-05-02', '2026-05-09']],
    ['? * 1 *', '2026-05-01', ['2026-05-03', '2026-05-10']],
    ['? * 6L *', '2026-01-01', ['2026-01-30', '2026-02-27', '2026-03-27', '2026-04-24', '2026-05-29']],
    ['? 2 SUNL *', '2026-01-01', ['2026-02-22', '2027-02-28', '2028-02-27', '2029-02-25']],
    ['? * 3#2 *', '2026-01-01', ['2026-01-13', '2026-02-10', '2026-03-10']],
    ['? * 3#1 *', '2026-09-01', ['2026-09-01', '2026-10-06']],
    ['? * FRI#5 *', '2026-01-01', ['2026-01-30', '2026-05-29', '2026-07-31', '2026-10-30']],
    ['? 2 TUE#5 *', '2026-01-01', ['2028-02-29', '2056-02-29']],
  ])('%s from %s on: %j', (fields, from, expected) => {
    expect(days(fields, from, expected.length)).toEqual(expected);
  });
});

describe('W takes the workday nearest to a day, in the same month', () => {
  test.each([
    ['a workday is itself', '15W', '2026-04-01', '2026-04-15'],
    ['a Saturday goes to the Friday before', '15W', '2026-08-01', '2026-08-14'],
    ['a Sunday goes to the Monday after', '15W', '2026-02-01', '2026-02-16'],
    ['a Saturday the 1st goes to Monday the 3rd', '1W', '2026-08-01', '2026-08-03'],
    ['a Sunday the 1st goes to Monday the 2nd', '1W', '2026-02-01', '2026-02-02'],
    ['a Sunday the 31st goes to Friday the 29th', '31W', '2026-05-01', '2026-05-29'],
    ['a Saturday the 31st goes to Friday the 30th', '31W', '2026-01-01', '2026-01-30'],
    ['a Sunday the 28th of February goes to Friday the 26th', '28W', '2027-02-01', '2027-02-26'],
    ['a Sunday the 30th with a 31st goes to Monday the 31st', '30W', '2026-08-01', '2026-08-31'],
    ['a month without the day is left out', '31W', '2026-04-01', '2026-05-29'],
    ['a February without the day is left out', '29W', '2026-02-01', '2026-03-30'],
    ['LW on a workday', 'LW', '2026-03-01', '2026-03-31'],
    ['LW where the last day is a Saturday', 'LW', '2026-10-01', '2026-10-30'],
    ['LW where the last day is a Sunday', 'LW', '2026-05-01', '2026-05-29'],
    ['LW in February', 'LW', '2027-02-01', '2027-02-26'],
  ])('%s: %s from %s on', (_, field, from, expected) => {
    expect(days(`${field} * ? *`, from, 1)).toEqual([expected]);
  });
});

describe('a rate schedule', () => {
  const start = new Date('2026-05-04T10:02:00Z');

  test.each([
    ['rate(5 minutes)', '2026-05-04T10:02:00Z', ['2026-05-04T10:07', '2026-05-04T10:12']],
    ['rate(5 minutes)', '2026-05-04T10:11:59.999Z', ['2026-05-04T10:12', '2026-05-04T10:17']],
    ['rate(3 hours)', '2026-05-05T00:00:00Z', ['2026-05-05T01:02', '2026-05-05T04:02']],
    ['rate(1 day)', '2026-12-31T10:02:00Z', ['2027-01-01T10:02']],
    ['rate(7 days)', '2026-05-04T10:02:01Z', ['2026-05-11T10:02']],
    ['rate(7 days)', '2026-01-01T00:00:00Z', ['2026-05-04T10:02', '2026-05-11T10:02']],
  ])('%s fires at its start and whole periods after it, so after %s at %j', (expression, after, expected) => {
    expect(occurrences(expression, after, expected.length, { start })).toEqual(expected);
  });

  test('without a start counts from the time that is given', () => {
    expect(next('rate(90 minutes)', new Date('2026-05-04T10:00:30Z'))).toEqual(new Date('2026-05-04T11:30:30Z'));
  });

  test('has days of 24 hours in every zone', () => {
    const berlin = { start: new Date('2026-03-28T11:00:00Z'), timeZone: 'Europe/Berlin' };
    expect(occurrences('rate(1 day)', '2026-03-28T11:00:00Z', 2, berlin)).toEqual([
      '2026-03-29T11:00',
      '2026-03-30T11:00',
    ]);
  });

  test('ends where dates end', () => {
    expect(next('rate(100000000 days)', start)).toBeUndefined();
  });
});

describe('a one-time schedule', () => {
  test('fires once, in its time zone', () => {
    const options = { timeZone: 'America/New_York' };
    const time = new Date('2026-07-01T12:30:15Z');
    expect(next('at(2026-07-01T08:30:15)', new Date('2026-01-01'), options)).toEqual(time);
    expect(next('at(2026-07-01T08:30:15)', new Date(time.getTime() - 1), options)).toEqual(time);
    expect(next('at(2026-07-01T08:30:15)', time, options)).toBeUndefined();
  });

  test('ignores start and end', () => {
    const options = { start: new Date('2027-01-01'), end: new Date('2025-01-01') };
    expect(next('at(2026-07-01T08:30:15)', new Date('2026-01-01'), options)).toEqual(new Date('2026-07-01T08:30:15Z'));
  });
});

describe('start and end', () => {
  const window = { start: new Date('2026-05-04T10:00:00Z'), end: new Date('2026-05-06T10:00:00Z') };

  test('bound a cron schedule, both included', () => {
    expect(occurrences('cron(0 10 * * ? *)', '2026-01-01T00:00:00Z', 9, window)).toEqual([
      '2026-05-04T10:00',
      '2026-05-05T10:00',
      '2026-05-06T10:00',
    ]);
  });

  test('bound a rate schedule, both included', () => {
    expect(occurrences('rate(24 hours)', '2026-01-01T00:00:00Z', 9, window)).toEqual([
      '2026-05-04T10:00',
      '2026-05-05T10:00',
      '2026-05-06T10:00',
    ]);
  });
});

describe('next', () => {
  test('takes a schedule that was read before', () => {
    expect(next(parse('cron(0 10 * * ? *)'), new Date('2026-05-04T10:00:00Z'))).toEqual(
      new Date('2026-05-05T10:00:00Z'),
    );
  });

  test('refuses what parse refuses', () => {
    expect(() => next('cron(0 10 * * * *)', new Date(0))).toThrow('put ? into one of the two');
    expect(() => next('at(2026-07-01T08:30:15)', new Date(0), { service: 'rule' })).toThrow('rules do not have');
  });

  test.each(['after', 'start', 'end'])('refuses a Date that holds no time as %s', (name) => {
    const dates = { after: new Date(0), start: new Date(0), end: new Date(0), [name]: new Date(Number.NaN) };
    expect(() => next('rate(1 day)', dates.after, dates)).toThrow(`${name}: not a valid date`);
  });
});
