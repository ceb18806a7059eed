import { CloudError } from '../../core/errors.ts';
import { firstMatch } from './calendar.ts';
import { timeOf } from './invalid.ts';
import { parse } from './parse.ts';
import {
  type AtSchedule,
  type CronSchedule,
  MINUTE,
  PERIODS,
  type RateSchedule,
  type Schedule,
  type Service,
} from './schedule.ts';
import { type TimeZone, timeZone } from './timeZone.ts';

export interface OccurrenceOptions {
  /** The IANA time zone of `cron` and `at`; UTC when absent. Rules know UTC alone. */
  timeZone?: string;
  /** No occurrence before; it may be an occurrence itself. Ignored for `at`, as Scheduler does. */
  start?: Date;
  /** No occurrence after; it may be an occurrence itself. Ignored for `at`, as Scheduler does. */
  end?: Date;
  /** Which service reads the expression; `scheduler` when absent. */
  service?: Service;
}

/**
 * The next occurrence strictly after a time, or undefined when there is none.
 *
 * A rate fires at `start` + n × period, `start` being the schedule's start date or, without one, the time of its creation;
 * when `start` is absent, it is `after` + period. A local time that the zone skips does not fire, one that occurs twice
 * fires at its first occurrence.
 */
export function next(expression: string | Schedule, after: Date, options: OccurrenceOptions = {}): Date | undefined {
  const schedule = typeof expression === 'string' ? parse(expression, options) : expression;
  const zone = zoneFor(options);
  const from = timeOf(after, 'after');
  if (schedule.kind === 'at') return dated(nextAt(schedule, from, zone));
  const start = options.start && timeOf(options.start, 'start');
  const end = options.end && timeOf(options.end, 'end');
  const time =
    schedule.kind === 'rate'
      ? nextRate(schedule, from, start)
      : nextCron(schedule, start === undefined ? from : Math.max(from, start - 1), zone);
  return time === undefined || (end !== undefined && time > end) ? undefined : dated(time);
}

function zoneFor({ timeZone: name = 'UTC', service }: OccurrenceOptions): TimeZone {
  if (service === 'rule' && name !== 'UTC' && name !== 'Etc/UTC') {
    throw new CloudError('InvalidInput', `time zone "${name}": rules run in UTC only; leave it out or use Scheduler`, {
      details: { timeZone: name },
    });
  }
  return timeZone(name);
}

function nextAt({ time }: AtSchedule, after: number, zone: TimeZone): number | undefined {
  const resolved = zone.resolve(Date.parse(`${time}Z`));
  return resolved.kind === 'time' && resolved.time > after ? resolved.time : undefined;
}

function nextRate({ value, unit }: RateSchedule, after: number, start: number | undefined): number {
  const period = value * PERIODS[unit];
  if (start === undefined) return after + period;
  if (after < start) return start;
  return start + (Math.floor((after - start) / period) + 1) * period;
}

const EARLIEST = Date.UTC(1969, 11, 30);

function nextCron(schedule: CronSchedule, after: number, zone: TimeZone): number | undefined {
  let from = minuteAfter(zone.toLocal(Math.max(after, EARLIEST)));
  for (;;) {
    const match = firstMatch(schedule, from);
    if (match === undefined) return undefined;
    const resolved = zone.resolve(match);
    // It is not later where the local time occurs for the second time: it had its turn an hour ago.
    if (resolved.kind === 'time' && resolved.time > after) return resolved.time;
    from = resolved.kind === 'time' ? minuteAfter(match) : minuteAfter(resolved.until - 1);
  }
}

const minuteAfter = (time: number): number => (Math.floor(time / MINUTE) + 1) * MINUTE;

const LATEST = 8.64e15;

function dated(time: number | undefined): Date | undefined {
  return time === undefined || time > LATEST ? undefined : new Date(time);
}
