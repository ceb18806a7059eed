/** Which of EventBridge's two services reads an expression: `at` and time zones belong to Scheduler alone. */
export type Service = 'rule' | 'scheduler';

/** A schedule expression, read. */
export type Schedule = CronSchedule | RateSchedule | AtSchedule;

/** Fires at every minute whose fields are all listed; each list is in rising order. */
export interface CronSchedule {
  kind: 'cron';
  minutes: number[];
  hours: number[];
  days: Days;
  months: number[];
  years: number[];
}

/** Which days of a month a cron schedule takes. Days of the week go from SUN = 1 to SAT = 7, workdays are MON to FRI. */
export type Days =
  | { kind: 'daysOfMonth'; days: number[] }
  | { kind: 'lastDayOfMonth'; daysBefore: number }
  | { kind: 'nearestWorkday'; day: number }
  | { kind: 'lastWorkday' }
  | { kind: 'daysOfWeek'; daysOfWeek: number[] }
  | { kind: 'nthDayOfWeek'; dayOfWeek: number; nth: number }
  | { kind: 'lastDayOfWeek'; dayOfWeek: number };

export type RateUnit = 'minute' | 'hour' | 'day';

/** Fires at regular intervals; a day is 24 hours. */
export interface RateSchedule {
  kind: 'rate';
  value: number;
  unit: RateUnit;
}

/** Fires once. */
export interface AtSchedule {
  kind: 'at';
  /** The local time, `yyyy-mm-ddThh:mm:ss`. */
  time: string;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The lengths of a rate's units in milliseconds. */
export const PERIODS: Record<RateUnit, number> = { minute: MINUTE, hour: HOUR, day: DAY };
