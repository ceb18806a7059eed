import { type CronSchedule, DAY, type Days, HOUR, MINUTE } from './schedule.ts';

/**
 * The first local time from `from` on that a cron schedule matches, or undefined when its years are over. Local times are
 * milliseconds as if the zone were UTC, so that the calendar's arithmetic is that of `Date.UTC`.
 */
export function firstMatch(schedule: CronSchedule, from: number): number | undefined {
  const start = new Date(from);
  for (const year of schedule.years) {
    if (year < start.getUTCFullYear()) continue;
    for (const month of schedule.months) {
      if (Date.UTC(year, month, 1) <= from) continue;
      const match = firstMatchInMonth(schedule, year, month, from);
      if (match !== undefined) return match;
    }
  }
  return undefined;
}

function firstMatchInMonth(schedule: CronSchedule, year: number, month: number, from: number): number | undefined {
  for (const day of daysOf(schedule.days, year, month)) {
    const date = Date.UTC(year, month - 1, day);
    if (date + DAY <= from) continue;
    const time = firstTime(schedule, Math.max(0, from - date));
    if (time !== undefined) return date + time;
  }
  return undefined;
}

function firstTime({ hours, minutes }: CronSchedule, from: number): number | undefined {
  for (const hour of hours) {
    if ((hour + 1) * HOUR <= from) continue;
    const minute = minutes.find((candidate) => hour * HOUR + candidate * MINUTE >= from);
    if (minute !== undefined) return hour * HOUR + minute * MINUTE;
  }
  return undefined;
}

/** The days of one month that a schedule takes, in rising order; none where the month has no such day. */
export function daysOf(days: Days, year: number, month: number): number[] {
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const firstWeekday = new Date(Date.UTC(year, month - 1, 1)).getUTCDay() + 1;
  const within = (candidates: number[]): number[] => candidates.filter((day) => day >= 1 && day <= length);
  const firstOf = (dayOfWeek: number): number => 1 + ((dayOfWeek - firstWeekday + 7) % 7);
  switch (days.kind) {
    case 'daysOfMonth':
      return within(days.days);
    case 'lastDayOfMonth':
      return within([length - days.daysBefore]);
    case 'nearestWorkday':
      return within([days.day]).map((day) => nearestWorkday(day, length, firstWeekday));
    case 'lastWorkday':
      return [nearestWorkday(length, length, firstWeekday)];
    case 'daysOfWeek':
      return Array.from({ length }, (_, index) => index + 1).filter((day) =>
        days.daysOfWeek.includes(dayOfWeekOf(day, firstWeekday)),
      );
    case 'nthDayOfWeek':
      return within([firstOf(days.dayOfWeek) + 7 * (days.nth - 1)]);
    case 'lastDayOfWeek':
      return within([firstOf(days.dayOfWeek) + 28, firstOf(days.dayOfWeek) + 21]).slice(0, 1);
  }
}

// Saturday goes to Friday and Sunday to Monday, except where that would leave the month.
function nearestWorkday(day: number, length: number, firstWeekday: number): number {
  const dayOfWeek = dayOfWeekOf(day, firstWeekday);
  if (dayOfWeek === 7) return day === 1 ? 3 : day - 1;
  if (dayOfWeek === 1) return day === length ? day - 2 : day + 1;
  return day;
}

function dayOfWeekOf(day: number, firstWeekday: number): number {
  return ((firstWeekday - 1 + day - 1) % 7) + 1;
}
