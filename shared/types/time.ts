import { z } from 'zod';
import { Timestamp } from '../core/codecs.ts';

/** A check that `later` is after `earlier`, for objects that carry a beginning and an end. */
export function inOrder<E extends string, L extends string>(earlier: E, later: L) {
  return ({ value, issues }: z.core.ParsePayload<Record<E | L, Date>>): void => {
    if (value[earlier] < value[later]) return;
    const message = `${later} must be after ${earlier}, which is ${value[earlier]?.toISOString()}`;
    issues.push({ code: 'custom', path: [later], input: value[later], message });
  };
}

/** Ours: a span of time; its start belongs to it, its end does not. */
export const TimeRange = z.strictObject({ start: Timestamp, end: Timestamp }).check(inOrder('start', 'end'));
export type TimeRange = z.infer<typeof TimeRange>;
