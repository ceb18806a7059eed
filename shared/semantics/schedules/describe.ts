import { describeTimes } from './describeTimes.ts';
import { parse } from './parse.ts';
import type { CronSchedule, Days, Schedule } from './schedule.ts';
import { everyNth, isAll, numberRuns, ordinal, wordRuns } from './wording.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS_OF_WEEK = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** A schedule in words, such as "at 18:00 on the last Friday of the month". */
export function describe(expression: string | Schedule): string {
  const schedule = typeof expression === 'string' ? parse(expression) : expression;
  switch (schedule.kind) {
    case 'at':
      return `once at ${schedule.time.replace('T', ' ')}`;
    case 'rate':
      return schedule.value === 1 ? `every ${schedule.unit}` : `every ${schedule.value} ${schedule.unit}s`;
    case 'cron':
      return describeCron(schedule);
  }
}

function describeCron({ minutes, hours, days, months, years }: CronSchedule): string {
  const { text, repeats } = describeTimes(minutes, hours);
  const inMonths = isAll(months, 1, 12) ? undefined : wordRuns(months, nameOf(MONTHS), 12);
  const parts = [text, isEveryDay(days) ? describeEveryDay(repeats, inMonths) : describeDays(days, inMonths)];
  if (!isAll(years, 1970, 2199)) parts.push(describeYears(years));
  return parts.filter(Boolean).join(' ');
}

function isEveryDay(days: Days): boolean {
  return days.kind === 'daysOfMonth'
    ? isAll(days.days, 1, 31)
    : days.kind === 'daysOfWeek' && isAll(days.daysOfWeek, 1, 7);
}

// "every 5 minutes" goes on every day by itself; a time of the day does not say so.
function describeEveryDay(repeats: boolean, inMonths: string | undefined): string {
  return `${repeats ? '' : 'every day'}${inMonths ? `${repeats ? '' : ' '}in ${inMonths}` : ''}`;
}

function describeDays(days: Days, inMonths: string | undefined): string {
  const ofMonth = `of ${inMonths ?? 'the month'}`;
  switch (days.kind) {
    case 'daysOfMonth':
      return `on ${describeDaysOfMonth(days.days)} ${ofMonth}`;
    case 'lastDayOfMonth':
      return `on the ${days.daysBefore ? `${ordinal(days.daysBefore)} day before the ` : ''}last day ${ofMonth}`;
    case 'nearestWorkday':
      return `on the workday nearest to day ${days.day} ${ofMonth}`;
    case 'lastWorkday':
      return `on the last workday ${ofMonth}`;
    case 'daysOfWeek':
      return `on ${wordRuns(days.daysOfWeek, nameOf(DAYS_OF_WEEK), 7)}${inMonths ? ` in ${inMonths}` : ''}`;
    case 'nthDayOfWeek':
      return `on the ${ordinal(days.nth)} ${nameOf(DAYS_OF_WEEK)(days.dayOfWeek)} ${ofMonth}`;
    case 'lastDayOfWeek':
      return `on the last ${nameOf(DAYS_OF_WEEK)(days.dayOfWeek)} ${ofMonth}`;
  }
}

function describeDaysOfMonth(days: number[]): string {
  const step = everyNth(days, 31);
  if (step !== undefined) return `every ${ordinal(step)} day from day ${days[0]}`;
  return `${days.length === 1 ? 'day' : 'days'} ${numberRuns(days)}`;
}

function describeYears(years: number[]): string {
  const step = everyNth(years, 2199);
  return step === undefined ? `in ${numberRuns(years)}` : `in every ${ordinal(step)} year from ${years[0]}`;
}

const nameOf =
  (names: string[]) =>
  (value: number): string =>
    names[value - 1]!;
