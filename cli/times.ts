import { Duration } from '../shared/core/duration.ts';
import { CommandFailure } from './failure.ts';

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A point in time as people write it: how long ago (`90s`, `10m`, `PT1H`), or a time (`2026-01-31T08:00:00Z`). */
export function parseSince(text: string, now: Date): Date {
  const ago = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  if (ago) return new Date(now.getTime() - Number(ago[1]) * UNITS[ago[2]!]!);
  if (text.startsWith('P')) return new Date(now.getTime() - isoDuration(text));
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (!Number.isNaN(time.getTime())) return time;
  throw unreadable(text);
}

/** A length of time in milliseconds as people write it: `90s`, `10m`, `PT1H`. */
export function parseLength(text: string): number {
  const short = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  if (short) return Number(short[1]) * UNITS[short[2]!]!;
  if (text.startsWith('P')) return isoDuration(text);
  throw new CommandFailure('InvalidInput', `"${text}" is not a length of time`, {
    hint: 'write 90s, 10m, 2h, 1d or PT1H',
  });
}

/** How long ago in its largest unit: `42s`, `10m`, `3h`, `5d`. */
export function ago(time: Date, now: Date): string {
  return `${coarse(Math.max(0, now.getTime() - time.getTime()))} ago`;
}

/** A length of time as people read it: `350 ms`, `4.2 s`, `3 m 20 s`, `2 h 5 m`. */
export function lengthText(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} m ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}

/** The time of day with milliseconds, in the time zone of this machine. */
export function clockText(time: Date): string {
  const pad = (number: number, width = 2): string => String(number).padStart(width, '0');
  return `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}.${pad(time.getMilliseconds(), 3)}`;
}

/** The date and the time to the second, in the time zone of this machine, with its name. */
export const localTimeText = (time: Date): string =>
  time.toLocaleString('en-GB', { dateStyle: 'full', timeStyle: 'long' });

function coarse(milliseconds: number): string {
  const unit = (['d', 'h', 'm'] as const).find((name) => milliseconds >= UNITS[name]!) ?? 's';
  return `${Math.floor(milliseconds / UNITS[unit]!)}${unit}`;
}

function isoDuration(text: string): number {
  try {
    return Duration.parse(text).milliseconds;
  } catch {
    throw unreadable(text);
  }
}

function unreadable(text: string): CommandFailure {
  return new CommandFailure('InvalidInput', `"${text}" is not a time`, {
    hint: 'say how long ago (90s, 10m, 2h, 1d, PT1H) or when (2026-01-31T08:00:00Z)',
  });
}
