import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { describe as inWords, next, parse } from '../../../../shared/semantics/schedules/index.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

/** A field's text, and whether it takes a value: made together, so that the check owes nothing to the parser. */
interface FieldCase {
  text: string;
  takes: (value: number) => boolean;
}

function term(lowest: number, highest: number, steps = true): fc.Arbitrary<FieldCase> {
  const value = fc.integer({ min: lowest, max: highest });
  const step = steps ? fc.integer({ min: 1, max: 12 }) : fc.constant(1);
  const suffix = (by: number): string => (by === 1 ? '' : `/${by}`);
  return fc.oneof(
    { weight: 3, arbitrary: value.map((one) => ({ text: `${one}`, takes: (other: number) => other === one })) },
    step.map((by) => ({ text: `*${suffix(by)}`, takes: (other: number) => (other - lowest) % by === 0 })),
    fc.tuple(value, value, step).map(([from, to, by]) => ({
      text: `${from}-${to}${suffix(by)}`,
      takes: (other: number) => {
        const size = highest - lowest + 1;
        const distance = (other - from + size) % size;
        return distance <= (to - from + size) % size && distance % by === 0;
      },
    })),
  );
}

function list(lowest: number, highest: number, steps = true): fc.Arbitrary<FieldCase> {
  return fc.array(term(lowest, highest, steps), { minLength: 1, maxLength: 3 }).map((terms) => ({
    text: terms.map(({ text }) => text).join(','),
    takes: (value) => terms.some(({ takes }) => takes(value)),
  }));
}

interface DayCase {
  ofMonth: string;
  ofWeek: string;
  takes: (date: Date) => boolean;
}

const monthLength = (date: Date): number =>
  new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
const isWorkday = (date: Date): boolean => date.getUTCDay() > 0 && date.getUTCDay() < 6;
const sameMonth = (date: Date, day: number): Date => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day));

/** The nearest workday found by looking at each day of the month, the nearest first and the earlier one of two. */
function isNearestWorkday(date: Date, target: number): boolean {
  const length = monthLength(date);
  if (target > length) return false;
  const candidates = Array.from({ length }, (_, index) => index + 1).filter((day) => isWorkday(sameMonth(date, day)));
  candidates.sort((a, b) => Math.abs(a - target) - Math.abs(b - target) || a - b);
  return candidates[0] === date.getUTCDate();
}

const dayOfWeek = fc.integer({ min: 1, max: 7 });
const dayCase: fc.Arbitrary<DayCase> = fc.oneof(
  list(1, 31).map(({ text, takes }) => ({
    ofMonth: text,
    ofWeek: '?',
    takes: (date: Date) => takes(date.getUTCDate()),
  })),
  list(1, 7, false).map(({ text, takes }) => ({
    ofMonth: '?',
    ofWeek: text,
    takes: (date: Date) => takes(date.getUTCDay() + 1),
  })),
  fc.integer({ min: 0, max: 30 }).map((before) => ({
    ofMonth: before ? `L-${before}` : 'L',
    ofWeek: '?',
    takes: (date: Date) => date.getUTCDate() === monthLength(date) - before,
  })),
  fc.integer({ min: 1, max: 31 }).map((day) => ({
    ofMonth: `${day}W`,
    ofWeek: '?',
    takes: (date: Date) => isNearestWorkday(date, day),
  })),
  fc.constant({ ofMonth: 'LW', ofWeek: '?', takes: (date: Date) => isNearestWorkday(date, monthLength(date)) }),
  dayOfWeek.map((day) => ({
    ofMonth: '?',
    ofWeek: `${day}L`,
    takes: (date: Date) => date.getUTCDay() + 1 === day && date.getUTCDate() + 7 > monthLength(date),
  })),
  fc.tuple(dayOfWeek, fc.integer({ min: 1, max: 5 })).map(([day, nth]) => ({
    ofMonth: '?',
    ofWeek: `${day}#${nth}`,
    takes: (date: Date) => date.getUTCDay() + 1 === day && Math.ceil(date.getUTCDate() / 7) === nth,
  })),
);

const cronCase = fc
  .record({ minutes: list(0, 59), hours: list(0, 23), days: dayCase, months: list(1, 12) })
  .map(({ minutes, hours, days, months }) => ({
    expression: `cron(${minutes.text} ${hours.text} ${days.ofMonth} ${months.text} ${days.ofWeek} *)`,
    takesDay: (date: Date) => months.takes(date.getUTCMonth() + 1) && days.takes(date),
    takes: (date: Date) =>
      minutes.takes(date.getUTCMinutes()) &&
      hours.takes(date.getUTCHours()) &&
      months.takes(date.getUTCMonth() + 1) &&
      days.takes(date),
  }));

const time = fc.date({ min: new Date('1970-01-01'), max: new Date('2150-01-01'), noInvalidDate: true });

/** The first time after `after`, minute by minute within the days that match, and nothing after `days` days. */
function bruteForce(
  { takes, takesDay }: { takes: (date: Date) => boolean; takesDay: (date: Date) => boolean },
  after: Date,
  days: number,
): Date | undefined {
  const end = after.getTime() + days * DAY;
  let minute = (Math.floor(after.getTime() / MINUTE) + 1) * MINUTE;
  while (minute <= end) {
    const date = new Date(minute);
    if (!takesDay(date)) minute = (Math.floor(minute / DAY) + 1) * DAY;
    else if (takes(date)) return date;
    else minute += MINUTE;
  }
  return undefined;
}

describe('the next occurrence of any cron schedule', () => {
  test('is after the time, matches all fields, and nothing in between does', () => {
    fc.assert(
      fc.property(cronCase, time, (schedule, after) => {
        const found = next(schedule.expression, after);
        const days = 400;
        const expected = bruteForce(schedule, after, days);
        if (expected) return expect(found).toEqual(expected);
        // Rarer than once in 400 days: it must match, and lie beyond what was looked at.
        if (found) expect(schedule.takes(found) && found.getTime() > after.getTime() + days * DAY).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test('comes no earlier for a later time', () => {
    fc.assert(
      fc.property(cronCase, time, fc.nat(40 * DAY), (schedule, after, more) => {
        const earlier = next(schedule.expression, after);
        const later = next(schedule.expression, new Date(after.getTime() + more));
        if (later) expect(earlier!.getTime()).toBeLessThanOrEqual(later.getTime());
      }),
      { numRuns: 400 },
    );
  });

  test('can be said in words', () => {
    fc.assert(
      fc.property(cronCase, ({ expression }) => /^(at|every) [^{}]*$/.test(inWords(expression))),
      { numRuns: 400 },
    );
  });
});

describe('the next occurrence of any rate schedule', () => {
  const rate = fc.tuple(fc.integer({ min: 2, max: 5000 }), fc.constantFrom('minutes', 'hours', 'days'));
  const lengths = { minutes: MINUTE, hours: 60 * MINUTE, days: DAY } as Record<string, number>;

  test('is a whole number of periods after the start, and at most one period after the time', () => {
    fc.assert(
      fc.property(rate, time, time, ([value, unit], start, after) => {
        const period = value * lengths[unit]!;
        const found = next(`rate(${value} ${unit})`, after, { start })!.getTime();
        expect(found > after.getTime() && found >= start.getTime()).toBe(true);
        expect((found - start.getTime()) % period).toBe(0);
        expect(found === start.getTime() || found - period <= after.getTime()).toBe(true);
      }),
    );
  });
});

describe('an expression that is any text', () => {
  const pieces = fc.array(
    fc.constantFrom(
      'cron(',
      'rate(',
      'at(',
      ')',
      ' ',
      '*',
      '?',
      'L',
      'W',
      '#',
      '-',
      '/',
      ',',
      '0',
      '5',
      '31',
      '2026',
      'MON',
      'minutes',
    ),
    { maxLength: 16 },
  );

  test('is read, or refused as InvalidInput', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          pieces.map((found) => found.join('')),
        ),
        (text) => {
          try {
            expect(['cron', 'rate', 'at']).toContain(parse(text).kind);
          } catch (error) {
            expect(error).toMatchObject({ code: 'InvalidInput' });
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('around a change of the clocks', () => {
  const changes = [
    ['Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['Europe/Berlin', '2026-10-25T01:00:00Z'],
    ['America/New_York', '2026-03-08T07:00:00Z'],
    ['America/New_York', '2026-11-01T06:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
    ['Africa/Casablanca', '2026-02-15T02:00:00Z'],
    ['Pacific/Apia', '2011-12-30T10:00:00Z'],
    ['Asia/Kolkata', '2026-06-01T00:00:00Z'],
  ] as const;

  /** Each minute that has a local time of its own: a repeated one counts at its first occurrence. */
  function localMinutes(timeZone: string, from: number, until: number): { time: number; local: Date }[] {
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
    const seen = new Set<string>();
    const minutes: { time: number; local: Date }[] = [];
    for (let time = from; time < until; time += MINUTE) {
      const text = format.format(time).replace(' ', 'T');
      if (!seen.has(text)) minutes.push({ time, local: new Date(`${text}Z`) });
      seen.add(text);
    }
    return minutes;
  }

  const shortDays = fc.record({ minutes: list(0, 59), hours: list(0, 23) });

  test.each(changes)('in %s at %s, each local time fires at its first occurrence and no other', (timeZone, change) => {
    const from = Date.parse(change) - DAY - MINUTE;
    const minutes = localMinutes(timeZone, from, from + 2 * DAY);
    // What is repeated has its first occurrence in sight from half a day on.
    const judged = minutes.filter(({ time }) => time >= from + DAY / 2);
    fc.assert(
      fc.property(shortDays, ({ minutes: minute, hours: hour }) => {
        const expected = judged.filter(
          ({ local }) => minute.takes(local.getUTCMinutes()) && hour.takes(local.getUTCHours()),
        );
        const schedule = parse(`cron(${minute.text} ${hour.text} * * ? *)`);
        let found = new Date(from + DAY / 2 - 1);
        for (const { time } of expected.slice(0, 60)) {
          found = next(schedule, found, { timeZone })!;
          expect(found).toEqual(new Date(time));
        }
      }),
      { numRuns: 12 },
    );
  });
});
