import { describe, expect, test } from '@jest/globals';
import type { CloudError } from '../../../../shared/core/errors.ts';
import { type CronSchedule, parse, type Service } from '../../../../shared/semantics/schedules/index.ts';

const cron = (fields: string): CronSchedule => parse(`cron(${fields})`) as CronSchedule;
const upTo = (last: number, first = 0): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at);

function refusal(expression: string, service?: Service): CloudError {
  try {
    parse(expression, { service });
  } catch (error) {
    return error as CloudError;
  }
  throw new Error(`${expression} was accepted`);
}

describe('the minutes of a cron expression', () => {
  test.each([
    ['0', [0]],
    ['59', [59]],
    ['05', [5]],
    ['*', upTo(59)],
    ['0,30', [0, 30]],
    ['30,0,30', [0, 30]],
    ['10-13', [10, 11, 12, 13]],
    ['30-30', [30]],
    ['58-1', [0, 1, 58, 59]],
    ['*/15', [0, 15, 30, 45]],
    ['*/59', [0, 59]],
    ['0/15', [0, 15, 30, 45]],
    ['1/10', [1, 11, 21, 31, 41, 51]],
    ['55/10', [55]],
    ['1-30/5', [1, 6, 11, 16, 21, 26]],
    ['50-10/7', [4, 50, 57]],
    ['0-4/2,30,50/5', [0, 2, 4, 30, 50, 55]],
    ['*/20,*/30', [0, 20, 30, 40]],
  ])('%s are %j', (text, minutes) => {
    expect(cron(`${text} 0 * * ? *`).minutes).toEqual(minutes);
  });

  test.each([
    ['60', 'out of range'],
    ['-1', 'not a value'],
    ['1-', 'not a value'],
    ['1-2-3', 'not a range'],
    ['1-60', 'out of range'],
    ['', 'begins or ends with a space'],
    ['1,', 'not a value'],
    [',1', 'not a value'],
    ['/5', 'not a value'],
    ['5/', 'step'],
    ['*/0', 'step'],
    ['*/60', 'step'],
    ['0/60', 'step'],
    ['1/2/3', 'not a value'],
    ['*/-5', 'step'],
    ['1.5', 'not a value'],
    ['005', 'not a value'],
    ['?', 'not a value'],
    ['L', 'not a value'],
    ['5W', 'not a value'],
    ['MON', 'not a value'],
    ['*-5', 'not a value'],
    ['５', 'not a value'],
  ])('"%s" are refused: %s', (text, reason) => {
    expect(refusal(`cron(${text} 0 * * ? *)`).message).toContain(reason);
  });
});

describe('the hours of a cron expression', () => {
  test.each([
    ['23', [23]],
    ['8-17', upTo(17, 8)],
    ['20-2', [0, 1, 2, 20, 21, 22, 23]],
    ['5/10', [5, 15]],
    ['11-23/4', [11, 15, 19, 23]],
    ['1-7/2,11-23/6', [1, 3, 5, 7, 11, 17, 23]],
  ])('%s are %j', (text, hours) => {
    expect(cron(`0 ${text} * * ? *`).hours).toEqual(hours);
  });

  test.each(['24', '*/24', '8am', '8-24', 'L', '?'])('"%s" are refused', (text) => {
    expect(refusal(`cron(0 ${text} * * ? *)`).details).toMatchObject({ field: 'hours' });
  });
});

describe('the days of the month of a cron expression', () => {
  test.each([
    ['1', { kind: 'daysOfMonth', days: [1] }],
    ['1,15', { kind: 'daysOfMonth', days: [1, 15] }],
    ['30-2', { kind: 'daysOfMonth', days: [1, 2, 30, 31] }],
    ['1-31/30', { kind: 'daysOfMonth', days: [1, 31] }],
    ['2/10', { kind: 'daysOfMonth', days: [2, 12, 22] }],
    ['L', { kind: 'lastDayOfMonth', daysBefore: 0 }],
    ['L-3', { kind: 'lastDayOfMonth', daysBefore: 3 }],
    ['15W', { kind: 'nearestWorkday', day: 15 }],
    ['31W', { kind: 'nearestWorkday', day: 31 }],
    ['LW', { kind: 'lastWorkday' }],
    ['lw', { kind: 'lastWorkday' }],
  ])('%s is %j', (text, days) => {
    expect(cron(`0 0 ${text} * ? *`).days).toEqual(days);
  });

  test.each([
    '0',
    '32',
    '1-32',
    '*/32',
    'L-0',
    'L-31',
    'L-',
    'L3',
    '3L',
    'L,15',
    '15W,20W',
    '1-5W',
    '0W',
    '32W',
    'W',
    'WL',
    'W15',
    'L-3W',
    '15#1',
    '?/2',
    '?,1',
    'MON',
  ])('"%s" is refused', (text) => {
    expect(refusal(`cron(0 0 ${text} * ? *)`).details).toMatchObject({ field: 'day-of-month' });
  });
});

describe('the months of a cron expression', () => {
  test.each([
    ['1', [1]],
    ['JAN', [1]],
    ['dec', [12]],
    ['JAN,FEB,MAR', [1, 2, 3]],
    ['Jun-Aug', [6, 7, 8]],
    ['NOV-2', [1, 2, 11, 12]],
    ['1-12/3', [1, 4, 7, 10]],
    ['FEB/5', [2, 7, 12]],
    ['*/12', [1]],
  ])('%s are %j', (text, months) => {
    expect(cron(`0 0 1 ${text} ? *`).months).toEqual(months);
  });

  test.each(['0', '13', 'JANUARY', 'FOO', '*/13', '?', 'L'])('"%s" are refused', (text) => {
    expect(refusal(`cron(0 0 1 ${text} ? *)`).details).toMatchObject({ field: 'month' });
  });
});

describe('the days of the week of a cron expression', () => {
  test.each([
    ['1', { kind: 'daysOfWeek', daysOfWeek: [1] }],
    ['SUN', { kind: 'daysOfWeek', daysOfWeek: [1] }],
    ['7', { kind: 'daysOfWeek', daysOfWeek: [7] }],
    ['SAT', { kind: 'daysOfWeek', daysOfWeek: [7] }],
    ['MON-FRI', { kind: 'daysOfWeek', daysOfWeek: [2, 3, 4, 5, 6] }],
    ['Wed-Fri', { kind: 'daysOfWeek', daysOfWeek: [4, 5, 6] }],
    ['FRI-MON', { kind: 'daysOfWeek', daysOfWeek: [1, 2, 6, 7] }],
    ['MON,4,fri', { kind: 'daysOfWeek', daysOfWeek: [2, 4, 6] }],
    ['*', { kind: 'daysOfWeek', daysOfWeek: [1, 2, 3, 4, 5, 6, 7] }],
    ['L', { kind: 'daysOfWeek', daysOfWeek: [7] }],
    ['6L', { kind: 'lastDayOfWeek', dayOfWeek: 6 }],
    ['FRIL', { kind: 'lastDayOfWeek', dayOfWeek: 6 }],
    ['3#2', { kind: 'nthDayOfWeek', dayOfWeek: 3, nth: 2 }],
    ['MON#1', { kind: 'nthDayOfWeek', dayOfWeek: 2, nth: 1 }],
    ['7#5', { kind: 'nthDayOfWeek', dayOfWeek: 7, nth: 5 }],
  ])('%s is %j', (text, days) => {
    expect(cron(`0 0 ? * ${text} *`).days).toEqual(days);
  });

  test.each([
    '0',
    '8',
    '1-8',
    'MONDAY',
    'NOT',
    '*/2',
    '2/2',
    'MON-FRI/2',
    '3#0',
    '3#6',
    '3#',
    '#2',
    '8#1',
    '3#2#1',
    '3#1,6#3',
    'MON,6L',
    'L,MON',
    'L-3',
    '0L',
    '8L',
    'LW',
    '3W',
    '?,1',
  ])('"%s" is refused', (text) => {
    expect(refusal(`cron(0 0 ? * ${text} *)`).details).toMatchObject({ field: 'day-of-week' });
  });

  test.each([
    ['*', '*'],
    ['1', '2'],
    ['*', 'MON'],
    ['15', '*'],
    ['?', '?'],
  ])('go with ? in exactly one of the two fields, not with %s and %s', (ofMonth, ofWeek) => {
    expect(refusal(`cron(0 0 ${ofMonth} * ${ofWeek} *)`).message).toContain('one of the two');
  });
});

describe('the years of a cron expression', () => {
  test.each([
    ['1970', [1970]],
    ['2199', [2199]],
    ['*', upTo(2199, 1970)],
    ['2019-2022', [2019, 2020, 2021, 2022]],
    ['2190/4', [2190, 2194, 2198]],
    ['2024,2028-2030', [2024, 2028, 2029, 2030]],
  ])('%s are %j', (text, years) => {
    expect(cron(`0 0 1 1 ? ${text}`).years).toEqual(years);
  });

  test.each(['1969', '2200', '26', '02026', '2022-2019', '*/231', '?', 'L'])('"%s" are refused', (text) => {
    expect(refusal(`cron(0 0 1 1 ? ${text})`).details).toMatchObject({ field: 'year' });
  });
});

describe('a cron expression', () => {
  test('has six fields, with any white space between them', () => {
    expect(cron('0   10 \t* * ? *')).toEqual(cron('0 10 * * ? *'));
  });

  test.each([
    ['cron(0 10 * * ?)', 'has 5 fields'],
    ['cron(0 0 10 * * ? *)', 'has 7 fields'],
    ['cron()', 'space'],
    ['cron( 0 10 * * ? *)', 'space'],
    ['cron(0 10 * * ? * )', 'space'],
    ['cron(0, 10, *, *, ?, *)', 'minutes "" is not a value'],
    ['cron(0 10 * * ? *', 'not a schedule'],
    ['cron(0 10 * * ? *))', 'not a schedule'],
    ['cron (0 10 * * ? *)', 'not a schedule'],
    ['CRON(0 10 * * ? *)', 'not a schedule'],
    [' cron(0 10 * * ? *)', 'not a schedule'],
    ['cron(0 10 * * ? *) ', 'not a schedule'],
    ['0 10 * * ? *', 'not a schedule'],
    ['@daily', 'not a schedule'],
    ['', 'not a schedule'],
    [`cron(${'0,'.repeat(130)}0 10 * * ? *)`, '256'],
  ])('%s is refused: %s', (expression, reason) => {
    expect(refusal(expression).message).toContain(reason);
  });

  test('that can never fire is valid', () => {
    expect(cron('0 0 30 2 ? *').months).toEqual([2]);
  });
});

describe('a rate expression', () => {
  const services: Service[] = ['rule', 'scheduler'];

  test.each([
    ['rate(1 minute)', 1, 'minute'],
    ['rate(5 minutes)', 5, 'minute'],
    ['rate(1 hour)', 1, 'hour'],
    ['rate(24 hours)', 24, 'hour'],
    ['rate(1 day)', 1, 'day'],
    ['rate(365 days)', 365, 'day'],
  ])('%s is read by both services', (expression, value, unit) => {
    for (const service of services) expect(parse(expression, { service })).toEqual({ kind: 'rate', value, unit });
  });

  test.each([
    'rate(0 minutes)',
    'rate(0 minute)',
    'rate(-5 minutes)',
    'rate(+5 minutes)',
    'rate(1.5 hours)',
    'rate(05 minutes)',
    'rate(1 minutes)',
    'rate(1 hours)',
    'rate(1 days)',
    'rate(5 minute)',
    'rate(2 hour)',
    'rate(2 day)',
    'rate(30 seconds)',
    'rate(2 weeks)',
    'rate(2 months)',
    'rate(5 Minutes)',
    'rate(5 MINUTES)',
    'RATE(5 minutes)',
    'Rate(5 minutes)',
    'rate( 5 minutes)',
    'rate(5 minutes )',
    'rate(5  minutes)',
    'rate(5\tminutes)',
    ' rate(5 minutes)',
    'rate(5 minutes) ',
    'rate (5 minutes)',
    'rate(5minutes)',
    'rate(5)',
    'rate(minutes)',
    'rate()',
    'rate(five minutes)',
    'rate(5 minutes 1 hour)',
    'rate(100000001 days)',
    'rate(1e3 minutes)',
  ])('%s is refused by both services', (expression) => {
    for (const service of services) expect(refusal(expression, service).code).toBe('InvalidInput');
  });
});

describe('a one-time expression', () => {
  test.each(['2026-03-01T08:00:00', '2028-02-29T23:59:59', '1970-01-01T00:00:00', '2199-12-31T23:59:59'])(
    'at(%s) is read',
    (time) => {
      expect(parse(`at(${time})`)).toEqual({ kind: 'at', time });
    },
  );

  test.each([
    '2026-02-30T00:00:00',
    '2026-02-29T00:00:00',
    '2100-02-29T00:00:00',
    '2026-04-31T00:00:00',
    '2026-13-01T00:00:00',
    '2026-00-01T00:00:00',
    '2026-01-00T00:00:00',
    '2026-01-01T24:00:00',
    '2026-01-01T00:60:00',
    '2026-01-01T00:00:60',
    '2026-03-01T08:00:00Z',
    '2026-03-01T08:00:00+01:00',
    '2026-03-01T08:00:00.000',
    '2026-03-01T08:00',
    '2026-03-01',
    '2026-03-01 08:00:00',
    '2026-3-1T08:00:00',
    '2026-03-01t08:00:00',
    ' 2026-03-01T08:00:00',
    '',
    '1969-12-31T23:59:59',
    '2200-01-01T00:00:00',
  ])('at(%s) is refused', (time) => {
    expect(refusal(`at(${time})`).details).toMatchObject({ field: 'time', value: time });
  });

  test('is refused for a rule', () => {
    expect(refusal('at(2026-03-01T08:00:00)', 'rule').message).toContain('rules do not have');
  });
});

describe('a refusal', () => {
  test('says which field of which expression holds what, and what is allowed', () => {
    const error = refusal('cron(71 8 1 * ? *)');
    expect(error.code).toBe('InvalidInput');
    expect(error.message).toBe(
      'schedule "cron(71 8 1 * ? *)": minutes "71" is out of range; write 0 to 59 with , - * /',
    );
    expect(error.details).toEqual({
      expression: 'cron(71 8 1 * ? *)',
      field: 'minutes',
      value: '71',
      allowed: 'write 0 to 59 with , - * /',
    });
  });

  test('offers the right unit', () => {
    expect(refusal('rate(1 hours)').message).toContain('write "1 hour"');
  });
});
