import { timeOf } from './invalid.ts';
import { next, type OccurrenceOptions } from './next.ts';
import { parse } from './parse.ts';
import { MINUTE, type Schedule } from './schedule.ts';

/** What becomes of occurrences that nobody fired in time: the last one fires late, or none does. */
export type Missed = 'once' | 'skip';

export interface DueOptions extends OccurrenceOptions {
  /** The occurrence that was fired or skipped last; for a schedule that is new, the time of its creation. */
  lastFired: Date;
  now: Date;
  missed: Missed;
  /** For how many milliseconds an occurrence is on time: 60 seconds as with EventBridge, and more with a flexible window. */
  tolerance?: number;
}

/** What is due now, what passed without a run of its own, and what comes next. */
export interface Due {
  fire?: { occurrence: Date; late: boolean };
  skipped?: { first: Date; last: Date };
  next?: Date;
}

/**
 * What a schedule owes between the occurrence that was handled last and now. At most one occurrence fires, the latest; the ones
 * before it are reported as skipped, for the run's record. A rate without `start` counts from `lastFired`. A clock that went back
 * fires nothing twice.
 */
export function due(expression: string | Schedule, { lastFired, now, missed, ...options }: DueOptions): Due {
  const { tolerance = MINUTE, start = lastFired, ...rest } = options;
  const schedule = typeof expression === 'string' ? parse(expression, rest) : expression;
  const after = (time: Date): Date | undefined => next(schedule, time, { ...rest, start });
  const handled = timeOf(lastFired, 'lastFired');
  const present = timeOf(now, 'now');
  const upcoming = after(present > handled ? now : lastFired);
  const first = after(lastFired);
  const last = first && latestUntil(after, first, present);
  const known = upcoming && { next: upcoming };
  if (!first || !last) return { ...known };
  const late = present - last.getTime() >= tolerance;
  if (late && missed === 'skip') return { skipped: { first, last }, ...known };
  const before = latestUntil(after, first, last.getTime() - 1);
  return { fire: { occurrence: last, late }, ...(before && { skipped: { first, last: before } }), ...known };
}

// Halves the time in which the latest occurrence may lie: a schedule that was down for a year has half a million of them.
function latestUntil(after: (time: Date) => Date | undefined, first: Date, until: number): Date | undefined {
  let latest = first.getTime();
  if (latest > until) return undefined;
  let end = until;
  while (latest < end) {
    const middle = new Date(Math.floor((latest + end) / 2));
    const occurrence = after(middle)?.getTime();
    if (occurrence !== undefined && occurrence <= until) latest = occurrence;
    else end = middle.getTime();
  }
  return new Date(latest);
}
