import { describe, expect, test } from '@jest/globals';
import { describe as inWords, parse } from '../../../../shared/semantics/schedules/index.ts';

describe('a schedule in words', () => {
  test.each([
    ['rate(1 minute)', 'every minute'],
    ['rate(5 minutes)', 'every 5 minutes'],
    ['rate(1 day)', 'every day'],
    ['at(2026-03-01T08:00:00)', 'once at 2026-03-01 08:00:00'],
    ['cron(* * * * ? *)', 'every minute'],
    ['cron(0/5 * * * ? *)', 'every 5 minutes'],
    ['cron(0,30 * * * ? *)', 'every 30 minutes'],
    ['cron(0 * * * ? *)', 'every hour'],
    ['cron(5 * * * ? *)', 'at minute 5 of every hour'],
    ['cron(5,10-12 * * * ? *)', 'at minutes 5 and 10 to 12 of every hour'],
    ['cron(5/10 * * * ? *)', 'every 10 minutes from minute 5 of every hour'],
    ['cron(0/7 * * * ? *)', 'every 7 minutes from minute 0 of every hour'],
    ['cron(0 */8 * * ? *)', 'at 00:00, 08:00 and 16:00 every day'],
    ['cron(0 */2 * * ? *)', 'every 2 hours'],
    ['cron(15 1/2 * * ? *)', 'every 2 hours from 01:15 every day'],
    ['cron(0 10 * * ? *)', 'at 10:00 every day'],
    ['cron(0 10 ? * * *)', 'at 10:00 every day'],
    ['cron(5,35 14 * * ? *)', 'at 14:05 and 14:35 every day'],
    ['cron(0 8 ? * MON *)', 'at 08:00 on Monday'],
    ['cron(0 18 ? * MON-FRI *)', 'at 18:00 on Monday to Friday'],
    ['cron(0 18 ? * FRI-MON *)', 'at 18:00 on Friday to Monday'],
    ['cron(0 18 ? * SUN,SAT *)', 'at 18:00 on Saturday and Sunday'],
    ['cron(0 18 ? * MON,WED,FRI *)', 'at 18:00 on Monday, Wednesday and Friday'],
    ['cron(0 18 ? * L *)', 'at 18:00 on Saturday'],
    ['cron(0/30 20-2 ? * MON-FRI *)', 'every 30 minutes from 20:00 to 02:30 on Monday to Friday'],
    ['cron(0 9-17 ? * MON-FRI *)', 'every hour from 09:00 to 17:00 on Monday to Friday'],
    ['cron(0 0,8-12,15 * * ? *)', 'at 00:00, every hour from 08:00 to 12:00 and at 15:00 every day'],
    ['cron(0/15 * * 6-8 ? *)', 'every 15 minutes in June to August'],
    ['cron(0 10 * 6,9 ? *)', 'at 10:00 every day in June and September'],
    ['cron(0 10 ? NOV-FEB MON *)', 'at 10:00 on Monday in November to February'],
    ['cron(0 8 1 * ? *)', 'at 08:00 on day 1 of the month'],
    ['cron(0 8 1,15 * ? *)', 'at 08:00 on days 1 and 15 of the month'],
    ['cron(0 8 */2 * ? *)', 'at 08:00 on every 2nd day from day 1 of the month'],
    ['cron(0 8 L * ? *)', 'at 08:00 on the last day of the month'],
    ['cron(0 8 L-3 FEB ? *)', 'at 08:00 on the 3rd day before the last day of February'],
    ['cron(0 8 15W * ? *)', 'at 08:00 on the workday nearest to day 15 of the month'],
    ['cron(0 8 LW * ? *)', 'at 08:00 on the last workday of the month'],
    ['cron(0 18 ? * 6L *)', 'at 18:00 on the last Friday of the month'],
    ['cron(0 18 ? 3,10 SUNL *)', 'at 18:00 on the last Sunday of March and October'],
    ['cron(0 18 ? * 3#2 *)', 'at 18:00 on the 2nd Tuesday of the month'],
    ['cron(0 0 29 2 ? 2096)', 'at 00:00 on day 29 of February in 2096'],
    ['cron(15 10 ? * 6L 2019-2022)', 'at 10:15 on the last Friday of the month in 2019 to 2022'],
    ['cron(0 0 1 1 ? 2027/2)', 'at 00:00 on day 1 of January in every 2nd year from 2027'],
  ])('%s: %s', (expression, words) => {
    expect(inWords(expression)).toBe(words);
    expect(inWords(parse(expression))).toBe(words);
  });

  test('refuses what parse refuses', () => {
    expect(() => inWords('every day')).toThrow('not a schedule');
  });
});
