import { CloudError } from '../../core/errors.ts';
import { DAY } from './schedule.ts';

/** The point in time of a local time, or, for one that the zone skips, the local time at which its clocks go on. */
export type Resolved = { kind: 'time'; time: number } | { kind: 'skipped'; until: number };

/** A time zone's relation of points in time to local times, both in milliseconds. */
export interface TimeZone {
  toLocal(time: number): number;
  /** A local time that occurs twice is taken at its first occurrence. */
  resolve(local: number): Resolved;
}

const UTC: TimeZone = { toLocal: (time) => time, resolve: (local) => ({ kind: 'time', time: local }) };
const zones = new Map<string, TimeZone>([
  ['UTC', UTC],
  ['Etc/UTC', UTC],
]);

/** The time zone of an IANA name such as `Europe/Berlin`, or `InvalidInput`. */
export function timeZone(name: string): TimeZone {
  const known = zones.get(name);
  if (known) return known;
  const zone = zoneOf(formatOf(name));
  zones.set(name, zone);
  return zone;
}

function formatOf(name: string): Intl.DateTimeFormat {
  try {
    if (/^[A-Za-z]/.test(name)) {
      return new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    }
  } catch {
    // Intl knows no such zone.
  }
  throw new CloudError(
    'InvalidInput',
    `time zone "${name}" is unknown; write a name of the IANA time zone database, such as Europe/Berlin`,
    { details: { timeZone: name } },
  );
}

function zoneOf(format: Intl.DateTimeFormat): TimeZone {
  const offset = (time: number): number => offsetAt(format, time);
  return {
    toLocal: (time) => time + offset(time),
    resolve: (local) => resolve(offset, local),
  };
}

// Formatting and reading back is what Intl offers for offsets; the pattern of en-US is M/D/YYYY, HH:MM:SS.
function offsetAt(format: Intl.DateTimeFormat, time: number): number {
  const seconds = Math.floor(time / 1000) * 1000;
  const [month, day, year, hour, minute, second] = format.format(seconds).match(/\d+/g)!.map(Number) as Six;
  return Date.UTC(year, month - 1, day, hour, minute, second) - seconds;
}
type Six = [number, number, number, number, number, number];

// No zone changes its offset twice within two days, so a day before and a day after are on either side of a change.
function resolve(offset: (time: number) => number, local: number): Resolved {
  const [before, after] = [offset(local - DAY), offset(local + DAY)];
  if (before === after) return { kind: 'time', time: local - before };
  const candidates = [local - before, local - after].sort((a, b) => a - b);
  const time = candidates.find((candidate) => candidate + offset(candidate) === local);
  if (time !== undefined) return { kind: 'time', time };
  return { kind: 'skipped', until: changeBetween(offset, local - after, local - before, after) + after };
}

// The second, after `low` and up to `high`, at which the zone's offset becomes `target`.
function changeBetween(offset: (time: number) => number, low: number, high: number, target: number): number {
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (offset(middle) === target) high = middle;
    else low = middle;
  }
  return high;
}
