import { describe, expect, test } from '@jest/globals';
import { type DueOptions, due, next } from '../../../../shared/semantics/schedules/index.ts';

const at = (text: string): Date => new Date(`${text}Z`);
const daily = 'cron(0 10 * * ? *)';
const options = (lastFired: string, now: string, rest: Partial<DueOptions> = {}): DueOptions => ({
  lastFired: at(lastFired),
  now: at(now),
  missed: 'once',
  ...rest,
});

describe('what is due', () => {
  test.each(['once', 'skip'] as const)('is nothing before the next occurrence (missed: %s)', (missed) => {
    expect(due(daily, options('2026-05-04T10:00', '2026-05-05T09:59', { missed }))).toEqual({
      next: at('2026-05-05T10:00'),
    });
  });

  test.each(['once', 'skip'] as const)('is an occurrence within a minute of its time (missed: %s)', (missed) => {
    const expected = { fire: { occurrence: at('2026-05-05T10:00'), late: false }, next: at('2026-05-06T10:00') };
    expect(due(daily, options('2026-05-04T10:00', '2026-05-05T10:00', { missed }))).toEqual(expected);
    expect(due(daily, options('2026-05-04T10:00', '2026-05-05T10:00:59.999', { missed }))).toEqual(expected);
  });

  test('is late from a minute on', () => {
    expect(due(daily, options('2026-05-04T10:00', '2026-05-05T10:01')).fire?.late).toBe(true);
  });

  test('is one that was missed once, and late', () => {
    expect(due(daily, options('2026-05-04T10:00', '2026-05-05T12:00'))).toEqual({
      fire: { occurrence: at('2026-05-05T10:00'), late: true },
      next: at('2026-05-06T10:00'),
    });
  });

  test('is only the latest of many that were missed; the record names the others', () => {
    expect(due(daily, options('2026-05-04T10:00', '2026-05-09T12:00'))).toEqual({
      fire: { occurrence: at('2026-05-09T10:00'), late: true },
      skipped: { first: at('2026-05-05T10:00'), last: at('2026-05-08T10:00') },
      next: at('2026-05-10T10:00'),
    });
  });

  test('is nothing of what was missed where the rule skips; the record names all', () => {
    expect(due(daily, options('2026-05-04T10:00', '2026-05-09T12:00', { missed: 'skip' }))).toEqual({
      skipped: { first: at('2026-05-05T10:00'), last: at('2026-05-09T10:00') },
      next: at('2026-05-10T10:00'),
    });
  });

  test('is what is on time even where others before it are skipped', () => {
    expect(due(daily, options('2026-05-04T10:00', '2026-05-06T10:00:30', { missed: 'skip' }))).toEqual({
      fire: { occurrence: at('2026-05-06T10:00'), late: false },
      skipped: { first: at('2026-05-05T10:00'), last: at('2026-05-05T10:00') },
      next: at('2026-05-07T10:00'),
    });
  });

  test('is on time for longer with a longer tolerance', () => {
    const window = options('2026-05-04T10:00', '2026-05-05T10:14', { missed: 'skip', tolerance: 15 * 60_000 });
    expect(due(daily, window).fire).toEqual({ occurrence: at('2026-05-05T10:00'), late: false });
  });

  test('is nothing twice when the clock goes back', () => {
    expect(due(daily, options('2026-05-05T10:00', '2026-05-04T09:00'))).toEqual({ next: at('2026-05-06T10:00') });
  });

  test('counts a rate without a start from what was fired last', () => {
    expect(due('rate(20 minutes)', options('2026-05-04T10:07', '2026-05-04T11:00'))).toEqual({
      fire: { occurrence: at('2026-05-04T10:47'), late: true },
      skipped: { first: at('2026-05-04T10:27'), last: at('2026-05-04T10:27') },
      next: at('2026-05-04T11:07'),
    });
  });

  test('counts a rate with a start from there', () => {
    const started = options('2026-05-04T10:07', '2026-05-04T10:20', { start: at('2026-05-04T10:00') });
    expect(due('rate(20 minutes)', started).fire).toEqual({ occurrence: at('2026-05-04T10:20'), late: false });
  });

  test('is a one-time schedule once', () => {
    const expression = 'at(2026-05-04T10:00:00)';
    expect(due(expression, options('2026-05-01T00:00', '2026-05-07T00:00'))).toEqual({
      fire: { occurrence: at('2026-05-04T10:00'), late: true },
    });
    expect(due(expression, options('2026-05-04T10:00', '2026-05-07T00:00'))).toEqual({});
  });

  test('stops at the end of the schedule', () => {
    expect(due(daily, options('2026-05-04T10:00', '2026-05-09T12:00', { end: at('2026-05-06T10:00') }))).toEqual({
      fire: { occurrence: at('2026-05-06T10:00'), late: true },
      skipped: { first: at('2026-05-05T10:00'), last: at('2026-05-05T10:00') },
    });
  });

  test('follows the time zone', () => {
    const berlin = options('2026-10-24T08:00', '2026-10-25T08:30', { timeZone: 'Europe/Berlin' });
    expect(due(daily, berlin)).toEqual({ next: at('2026-10-25T09:00') });
  });

  test.each(['cron(0/7 * * * ? *)', 'cron(0 3 ? * 6L *)', 'cron(30 2 * * ? *)', 'rate(11 minutes)'])(
    'is found as one would by stepping from occurrence to occurrence: %s',
    (expression) => {
      const lastFired = at('2026-03-01T00:00');
      const now = at('2026-04-12T13:37');
      const stepped: Date[] = [];
      for (let time = lastFired; time <= now; ) {
        time = next(expression, time, { timeZone: 'Europe/Berlin', start: lastFired })!;
        if (time <= now) stepped.push(time);
      }
      const found = due(expression, { lastFired, now, missed: 'once', timeZone: 'Europe/Berlin' });
      expect(found.fire?.occurrence).toEqual(stepped.at(-1));
      expect(found.skipped).toEqual(stepped.length > 1 ? { first: stepped[0], last: stepped.at(-2) } : undefined);
    },
  );

  test.each(['lastFired', 'now'])('is refused where %s holds no time', (name) => {
    const broken = options('2026-05-04T10:00', '2026-05-05T12:00', { [name]: new Date(Number.NaN) });
    expect(() => due(daily, broken)).toThrow(`${name}: not a valid date`);
  });
});
