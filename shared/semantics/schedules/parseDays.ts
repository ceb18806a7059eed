import { FIELDS, fault, parseValue, parseValues } from './fields.ts';
import type { Days } from './schedule.ts';

const { dayOfMonth, dayOfWeek } = FIELDS;
const SATURDAY = 7;

/** The days of a cron expression: exactly one of the two fields must be `?`. */
export function parseDays(ofMonth: string, ofWeek: string): Days {
  if (ofMonth === '?' && ofWeek === '?') {
    throw fault(dayOfWeek, ofWeek, 'leaves the days open, as day-of-month does', 'put * or days into one of the two');
  }
  if (ofWeek === '?') return parseDaysOfMonth(ofMonth);
  if (ofMonth === '?') return parseDaysOfWeek(ofWeek);
  throw fault(dayOfWeek, ofWeek, `stands beside day-of-month "${ofMonth}"`, 'put ? into one of the two');
}

function parseDaysOfMonth(text: string): Days {
  if (!/[LW]/.test(text)) return { kind: 'daysOfMonth', days: parseValues(dayOfMonth, text) };
  if (text.includes(',')) throw fault(dayOfMonth, text, 'lists L or W', 'L and W stand alone');
  if (text === 'LW') return { kind: 'lastWorkday' };
  const [, before] = /^L(?:-(\d{1,2}))?$/.exec(text) ?? [];
  if (before !== undefined) return { kind: 'lastDayOfMonth', daysBefore: parseDaysBefore(text, before) };
  if (text === 'L') return { kind: 'lastDayOfMonth', daysBefore: 0 };
  if (/^\d+W$/.test(text)) return { kind: 'nearestWorkday', day: parseValue(dayOfMonth, text.slice(0, -1)) };
  throw fault(dayOfMonth, text, 'is not a value');
}

function parseDaysBefore(text: string, digits: string): number {
  const daysBefore = Number(digits);
  if (daysBefore < 1 || daysBefore > 30) throw fault(dayOfMonth, text, 'is out of range', 'write L-1 to L-30');
  return daysBefore;
}

function parseDaysOfWeek(text: string): Days {
  if (!/L(?:,|$)|#/.test(text)) return { kind: 'daysOfWeek', daysOfWeek: parseValues(dayOfWeek, text) };
  if (text.includes(',')) throw fault(dayOfWeek, text, 'lists L or #', 'only one expression with L or # is allowed');
  if (text === 'L') return { kind: 'daysOfWeek', daysOfWeek: [SATURDAY] };
  if (text.endsWith('L')) return { kind: 'lastDayOfWeek', dayOfWeek: parseValue(dayOfWeek, text.slice(0, -1)) };
  const [day, nth] = text.split('#', 2);
  if (!/^[^#]*#[1-5]$/.test(text)) throw fault(dayOfWeek, text, 'has no number from 1 to 5 after its #');
  return { kind: 'nthDayOfWeek', dayOfWeek: parseValue(dayOfWeek, day!), nth: Number(nth) };
}
