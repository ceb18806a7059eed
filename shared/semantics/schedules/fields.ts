import { FieldFault } from './invalid.ts';

/** One of the six fields of a cron expression: its name, its range, and the names that its values have. */
export interface Field {
  name: string;
  lowest: number;
  highest: number;
  names?: readonly string[];
  /** What to write, for messages. */
  allowed: string;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS_OF_WEEK = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

export const FIELDS = {
  minutes: { name: 'minutes', lowest: 0, highest: 59, allowed: 'write 0 to 59 with , - * /' },
  hours: { name: 'hours', lowest: 0, highest: 23, allowed: 'write 0 to 23 with , - * /' },
  dayOfMonth: {
    name: 'day-of-month',
    lowest: 1,
    highest: 31,
    allowed: 'write 1 to 31 with , - * /, or one of ? L L-3 15W LW',
  },
  month: { name: 'month', lowest: 1, highest: 12, names: MONTHS, allowed: 'write 1 to 12 or JAN to DEC with , - * /' },
  dayOfWeek: {
    name: 'day-of-week',
    lowest: 1,
    highest: 7,
    names: DAYS_OF_WEEK,
    allowed: 'write 1 to 7 or SUN to SAT with , - *, or one of ? L 6L 3#2',
  },
  year: { name: 'year', lowest: 1970, highest: 2199, allowed: 'write 1970 to 2199 with , - * /' },
} as const satisfies Record<string, Field>;

/** All values of a field in rising order: a list of `*`, values and ranges, each with or without a step. */
export function parseValues(field: Field, text: string): number[] {
  const values = new Set(text.split(',').flatMap((term) => parseTerm(field, term)));
  return [...values].sort((a, b) => a - b);
}

/** One value of a field, as a number or by its name. */
export function parseValue(field: Field, text: string): number {
  const position = field.names?.indexOf(text) ?? -1;
  if (position >= 0) return field.lowest + position;
  const digits = field.highest > 99 ? /^\d{4}$/ : /^\d{1,2}$/;
  if (!digits.test(text)) throw fault(field, text, 'is not a value');
  const value = Number(text);
  if (value < field.lowest || value > field.highest) throw fault(field, text, 'is out of range');
  return value;
}

/** The fault of one field, with what the field allows. */
export function fault(field: Field, value: string, reason: string, allowed: string = field.allowed): FieldFault {
  return new FieldFault({ field: field.name, value, reason, allowed });
}

function parseTerm(field: Field, term: string): number[] {
  const [base, step, ...rest] = term.split('/');
  if (!base || rest.length) throw fault(field, term, 'is not a value');
  if (step === undefined) return valuesBetween(field, ...parseRange(field, base), 1);
  if (field.name === FIELDS.dayOfWeek.name) {
    throw fault(field, term, 'has a step, which this field does not take', 'list the days, such as MON,WED,FRI');
  }
  const [first, last] = /^\d+$|^[A-Z]+$/.test(base)
    ? [parseValue(field, base), field.highest]
    : parseRange(field, base);
  return valuesBetween(field, first, last, parseStep(field, term, step));
}

function parseRange(field: Field, text: string): [first: number, last: number] {
  if (text === '*') return [field.lowest, field.highest];
  const [from, to, ...rest] = text.split('-');
  if (rest.length) throw fault(field, text, 'is not a range');
  const first = parseValue(field, from!);
  const last = to === undefined ? first : parseValue(field, to);
  if (last < first && field.name === FIELDS.year.name) {
    throw fault(field, text, 'ends before it begins', 'write the earlier year first');
  }
  return [first, last];
}

// A longer step could never be taken; the services refuse */60 minutes.
function parseStep(field: Field, term: string, text: string): number {
  const highest = Math.min(field.highest, field.highest - field.lowest + 1);
  const step = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (step < 1 || step > highest) {
    throw fault(field, term, `has the step "${text}"`, `write a step from 1 to ${highest}`);
  }
  return step;
}

// A range that ends before it begins goes on at the field's lowest value: the hours 20-2 are 20 to 23, then 0 to 2.
function valuesBetween({ lowest, highest }: Field, first: number, last: number, step: number): number[] {
  const size = highest - lowest + 1;
  const end = last < first ? last + size : last;
  const values: number[] = [];
  for (let value = first; value <= end; value += step) values.push(value > highest ? value - size : value);
  return values;
}
