import { FIELDS, parseValues } from './fields.ts';
import { FieldFault, invalidExpression } from './invalid.ts';
import { parseDays } from './parseDays.ts';
import {
  type AtSchedule,
  type CronSchedule,
  PERIODS,
  type RateSchedule,
  type RateUnit,
  type Schedule,
  type Service,
} from './schedule.ts';

export interface ParseOptions {
  /** Which service reads the expression; `scheduler` when absent. */
  service?: Service;
}

const LONGEST = 256;

/** Reads `cron(…)`, `rate(…)` or, for Scheduler, `at(…)`; throws `InvalidInput` that says what is wrong and where. */
export function parse(expression: string, { service = 'scheduler' }: ParseOptions = {}): Schedule {
  try {
    return parseExpression(expression, service);
  } catch (error) {
    throw error instanceof FieldFault ? invalidExpression(expression, error.fault) : error;
  }
}

function parseExpression(expression: string, service: Service): Schedule {
  const allowed = service === 'rule' ? 'write cron(…) or rate(…)' : 'write cron(…), rate(…) or at(…)';
  const fail = (reason: string): FieldFault =>
    new FieldFault({ field: 'expression', value: expression.slice(0, 40), reason, allowed });
  if (expression.length > LONGEST) throw fail(`has ${expression.length} characters where ${LONGEST} are allowed`);
  const [, kind, body] = /^(cron|rate|at)\(([^()]*)\)$/.exec(expression) ?? [];
  if (kind === undefined || body === undefined) throw fail('is not a schedule');
  if (kind === 'cron') return parseCron(body);
  if (kind === 'rate') return parseRate(body);
  if (service === 'rule') throw fail('is for one time only, which rules do not have');
  return parseAt(body);
}

function parseCron(body: string): CronSchedule {
  const fields = body.toUpperCase().split(/[ \t]+/);
  if (fields.length !== 6 || fields.includes('')) {
    throw new FieldFault({
      field: 'cron',
      value: body,
      reason: fields.includes('') ? 'begins or ends with a space' : `has ${fields.length} fields`,
      allowed: 'write six: minutes hours day-of-month month day-of-week year',
    });
  }
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    kind: 'cron',
    minutes: parseValues(FIELDS.minutes, minutes),
    hours: parseValues(FIELDS.hours, hours),
    days: parseDays(dayOfMonth, dayOfWeek),
    months: parseValues(FIELDS.month, month),
    years: parseValues(FIELDS.year, year),
  };
}

const UNITS: readonly RateUnit[] = ['minute', 'hour', 'day'];
// As far as a Date reaches.
const LONGEST_PERIOD = 100_000_000 * PERIODS.day;

function parseRate(body: string): RateSchedule {
  const fail = (field: string, text: string, reason: string, allowed: string): FieldFault =>
    new FieldFault({ field, value: text, reason, allowed });
  const parts = body.split(' ');
  const [digits, word] = parts;
  if (parts.length !== 2 || !digits || !word) {
    throw fail('rate', body, 'is not a value, one space and a unit', 'write for example rate(5 minutes)');
  }
  const value = Number(digits);
  if (!/^[1-9]\d*$/.test(digits)) throw fail('value', digits, 'is not a positive whole number', 'write 1 or more');
  const unit = UNITS.find((name) => word === name || word === `${name}s`);
  if (!unit) throw fail('unit', word, 'is unknown', 'write minute, minutes, hour, hours, day or days');
  const expected = value === 1 ? unit : `${unit}s`;
  if (word !== expected) throw fail('unit', word, `does not go with ${digits}`, `write "${digits} ${expected}"`);
  const highest = LONGEST_PERIOD / PERIODS[unit];
  if (value > highest) throw fail('value', digits, 'is too large', `write ${highest} or less`);
  return { kind: 'rate', value, unit };
}

function parseAt(body: string): AtSchedule {
  const fail = (reason: string): FieldFault =>
    new FieldFault({ field: 'time', value: body, reason, allowed: 'write yyyy-mm-ddThh:mm:ss in local time' });
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(body)) throw fail('is not a local date and time');
  const time = new Date(`${body}Z`);
  // Date rolls 30 February over into March; what comes back then differs.
  if (Number.isNaN(time.getTime()) || !time.toISOString().startsWith(body)) throw fail('does not exist');
  const year = time.getUTCFullYear();
  if (year < FIELDS.year.lowest || year > FIELDS.year.highest) throw fail('is not in the years 1970 to 2199');
  return { kind: 'at', time: body };
}
