const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const WEEK = 7 * DAY;
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** 1970-01-01 was a Thursday; the first Sunday was three days later. */
const FIRST_SUNDAY = 3 * DAY;

/** When automated snapshots are taken where nothing else is said. */
export const DEFAULT_BACKUP_WINDOW = '03:00-04:00';

/** When a window of the day such as `03:00-04:00` (UTC) began last. */
export function lastDailyStart(window: string, now: Date): Date {
  const start = minutesOf(window.slice(0, 5)) * MINUTE;
  return new Date(now.getTime() - modulo(now.getTime() - start, DAY));
}

/** When a window of the week such as `sun:03:00-sun:04:00` (UTC) is next: its begin, or `now` where that lies in it. */
export function nextWeekly(window: string, now: Date): Date {
  const [from, to] = window.split('-').map(weekOffset) as [number, number];
  const since = modulo(now.getTime() - from, WEEK);
  return since < modulo(to - from, WEEK) ? now : new Date(now.getTime() + WEEK - since);
}

function weekOffset(text: string): number {
  return FIRST_SUNDAY + WEEKDAYS.indexOf(text.slice(0, 3)) * DAY + minutesOf(text.slice(4)) * MINUTE;
}

function minutesOf(text: string): number {
  const [hours, minutes] = text.split(':').map(Number) as [number, number];
  return hours * 60 + minutes;
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by;
