import { describe, expect, test } from '@jest/globals';
import { next } from '../../../../shared/semantics/schedules/index.ts';

function occurrences(expression: string, timeZone: string, after: string, count: number): string[] {
  const found: string[] = [];
  let time = next(expression, new Date(after), { timeZone });
  while (time && found.length < count) {
    found.push(time.toISOString().replace(':00.000Z', ''));
    time = next(expression, time, { timeZone });
  }
  return found;
}

describe('a cron schedule follows the clocks of its zone', () => {
  test.each([
    ['Europe/Berlin', 'cron(0 8 * * ? *)', '2026-03-28T00:00:00Z', ['2026-03-28T07:00', '2026-03-29T06:00']],
    ['Europe/Berlin', 'cron(0 8 * * ? *)', '2026-10-24T00:00:00Z', ['2026-10-24T06:00', '2026-10-25T07:00']],
    ['America/New_York', 'cron(0 8 * * ? *)', '2026-03-07T00:00:00Z', ['2026-03-07T13:00', '2026-03-08T12:00']],
    ['America/New_York', 'cron(0 0 1 1 ? *)', '2026-06-01T00:00:00Z', ['2027-01-01T05:00']],
    ['Asia/Kolkata', 'cron(0 0 * * ? *)', '2026-06-01T00:00:00Z', ['2026-06-01T18:30', '2026-06-02T18:30']],
    ['Asia/Kathmandu', 'cron(0 0 1 * ? *)', '2026-06-01T00:00:00Z', ['2026-06-30T18:15']],
    ['Asia/Tokyo', 'cron(0 9 L 12 ? *)', '2026-06-01T00:00:00Z', ['2026-12-31T00:00']],
    ['Australia/Lord_Howe', 'cron(0 8 * * ? *)', '2026-10-02T12:00:00Z', ['2026-10-02T21:30', '2026-10-03T21:00']],
    ['Pacific/Kiritimati', 'cron(0 0 1 1 ? *)', '2026-06-01T00:00:00Z', ['2026-12-31T10:00']],
    ['Pacific/Pago_Pago', 'cron(59 23 31 12 ? *)', '2026-06-01T00:00:00Z', ['2027-01-01T10:59']],
    ['UTC', 'cron(0 8 * * ? *)', '2026-03-29T00:00:00Z', ['2026-03-29T08:00']],
    ['Etc/UTC', 'cron(0 8 * * ? *)', '2026-03-29T00:00:00Z', ['2026-03-29T08:00']],
  ])('%s: %s after %s', (timeZone, expression, after, expected) => {
    expect(occurrences(expression, timeZone, after, expected.length)).toEqual(expected);
  });

  test('the days of the week are those of the zone', () => {
    expect(occurrences('cron(0 1 ? * MON *)', 'Asia/Tokyo', '2026-05-01T00:00:00Z', 1)).toEqual(['2026-05-03T16:00']);
  });

  test('the hour is still right where the rules of today go far into the future', () => {
    expect(occurrences('cron(0 8 1 7 ? 2150)', 'Europe/Berlin', '2026-01-01T00:00:00Z', 1)).toEqual([
      '2150-07-01T06:00',
    ]);
  });
});

describe('a local time that is skipped does not fire that day', () => {
  test.each([
    ['Europe/Berlin', 'cron(30 2 * * ? *)', '2026-03-28T00:00:00Z', ['2026-03-28T01:30', '2026-03-30T00:30']],
    ['Europe/Berlin', 'cron(0 2 * * ? *)', '2026-03-28T12:00:00Z', ['2026-03-30T00:00']],
    ['Europe/Berlin', 'cron(0 3 * * ? *)', '2026-03-28T12:00:00Z', ['2026-03-29T01:00']],
    [
      'Europe/Berlin',
      'cron(0/30 * * * ? *)',
      '2026-03-29T00:00:00Z',
      ['2026-03-29T00:30', '2026-03-29T01:00', '2026-03-29T01:30'],
    ],
    ['America/New_York', 'cron(30 2 * * ? *)', '2026-03-07T12:00:00Z', ['2026-03-09T06:30']],
    ['Australia/Lord_Howe', 'cron(15 2 * * ? *)', '2026-10-02T18:00:00Z', ['2026-10-04T15:15']],
    ['Australia/Lord_Howe', 'cron(30 2 * * ? *)', '2026-10-03T00:00:00Z', ['2026-10-03T15:30']],
    ['Pacific/Apia', 'cron(0 12 * * ? *)', '2011-12-29T00:00:00Z', ['2011-12-29T22:00', '2011-12-30T22:00']],
  ])('%s: %s after %s', (timeZone, expression, after, expected) => {
    expect(occurrences(expression, timeZone, after, expected.length)).toEqual(expected);
  });

  test('so one that is always skipped never fires', () => {
    expect(next('cron(* 2 ? 3 1L *)', new Date('2026-01-01'), { timeZone: 'Europe/Berlin' })).toBeUndefined();
  });

  test('nor does a one-time schedule', () => {
    const berlin = { timeZone: 'Europe/Berlin' };
    expect(next('at(2026-03-29T02:30:00)', new Date('2026-01-01'), berlin)).toBeUndefined();
    expect(next('at(2026-03-29T03:00:00)', new Date('2026-01-01'), berlin)).toEqual(new Date('2026-03-29T01:00:00Z'));
  });
});

describe('a local time that is repeated fires once, the first time', () => {
  test.each([
    ['Europe/Berlin', 'cron(30 2 * * ? *)', '2026-10-24T12:00:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
    ['Europe/Berlin', 'cron(0/30 * * * ? *)', '2026-10-25T00:00:00Z', ['2026-10-25T00:30', '2026-10-25T02:00']],
    ['Europe/Berlin', 'cron(30 2 * * ? *)', '2026-10-25T01:00:00Z', ['2026-10-26T01:30']],
    ['America/New_York', 'cron(30 1 * * ? *)', '2026-10-31T12:00:00Z', ['2026-11-01T05:30', '2026-11-02T06:30']],
    ['Australia/Lord_Howe', 'cron(45 1 * * ? *)', '2026-04-03T18:00:00Z', ['2026-04-04T14:45', '2026-04-05T15:15']],
    ['Australia/Lord_Howe', 'cron(* * * * ? *)', '2026-04-04T14:58:00Z', ['2026-04-04T14:59', '2026-04-04T15:30']],
  ])('%s: %s after %s', (timeZone, expression, after, expected) => {
    expect(occurrences(expression, timeZone, after, expected.length)).toEqual(expected);
  });

  test('a one-time schedule as well', () => {
    const berlin = { timeZone: 'Europe/Berlin' };
    expect(next('at(2026-10-25T02:30:00)', new Date('2026-01-01'), berlin)).toEqual(new Date('2026-10-25T00:30:00Z'));
    expect(next('at(2026-10-25T02:30:00)', new Date('2026-10-25T00:45:00Z'), berlin)).toBeUndefined();
  });
});

describe('an offset with seconds', () => {
  test('is kept: Monrovia was 44 minutes and 30 seconds behind until 7 January 1972', () => {
    const options = { timeZone: 'Africa/Monrovia' };
    expect(next('cron(0 12 * * ? *)', new Date('1972-01-05T00:00:00Z'), options)).toEqual(
      new Date('1972-01-05T12:44:30Z'),
    );
    expect(next('cron(0 12 * * ? *)', new Date('1972-01-08T00:00:00Z'), options)).toEqual(
      new Date('1972-01-08T12:00:00Z'),
    );
    expect(next('cron(30 0 7 1 ? 1972)', new Date('1972-01-01T00:00:00Z'), options)).toBeUndefined();
  });
});

describe('a time zone', () => {
  test.each(['Europe/Nowhere', 'GMT+1', 'UTC+1', '+01:00', '', 'Berlin'])('"%s" is refused', (timeZone) => {
    expect(() => next('cron(0 8 * * ? *)', new Date(0), { timeZone })).toThrow(`time zone "${timeZone}" is unknown`);
  });

  test('that is unknown is refused for a rate, too', () => {
    expect(() => next('rate(1 day)', new Date(0), { timeZone: 'Europe/Nowhere' })).toThrow('is unknown');
  });

  test('other than UTC is refused for a rule', () => {
    const after = new Date('2026-01-01T00:00:00Z');
    expect(() => next('cron(0 8 * * ? *)', after, { service: 'rule', timeZone: 'Europe/Berlin' })).toThrow('UTC only');
    expect(next('cron(0 8 * * ? *)', after, { service: 'rule', timeZone: 'UTC' })).toEqual(
      new Date('2026-01-01T08:00:00Z'),
    );
  });
});
