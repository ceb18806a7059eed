import type { RetryPolicy } from '../../../shared/configuration.ts';
import { Duration } from '../../../shared/core/duration.ts';
import type { CloudError } from '../../../shared/core/errors.ts';

/** The most that a rule may ask for, and what it gets when it asks for nothing: EventBridge's limits. */
export const MOST_ATTEMPTS = 185;
export const LONGEST_AGE = Duration.hours(24);

const FIRST_PAUSE = Duration.seconds(1).milliseconds;
/** The longest wait between two attempts, in milliseconds: long enough for all attempts to fill the longest age. */
export const LONGEST_PAUSE = Duration.minutes(12).milliseconds;

/** What a retry cannot mend: the same input fails in the same way. */
const FOR_GOOD = new Set(['InvalidInput', 'Unimplemented', 'TriggerError.TargetRefused']);

/** How many milliseconds to wait after a number of failed attempts: twice as long each time, at random between half of it and all. */
export function pauseAfter(attempts: number, random: () => number = Math.random): number {
  const whole = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempts - 1));
  return Math.round(whole / 2 + (random() * whole) / 2);
}

/** How many milliseconds to wait after a failed attempt: what the target asks for, up to twelve minutes, where that is longer. */
export function pauseFor({ details }: CloudError, attempts: number, random?: () => number): number {
  const { milliseconds = 0 } = (details.retryAfter ?? {}) as Partial<Duration>;
  return Math.max(pauseAfter(attempts, random), Math.min(milliseconds, LONGEST_PAUSE));
}

/** Why a delivery is given up after a failed attempt, or undefined when it is to be tried again after `pause`. */
export function givenUp(
  error: CloudError,
  { attempts, age, pause }: { attempts: number; age: number; pause: number },
  { maximumAttempts = MOST_ATTEMPTS, maximumAge = LONGEST_AGE }: RetryPolicy = {},
): string | undefined {
  const last = `${error.code}: ${error.message}`;
  if (FOR_GOOD.has(error.code)) return last;
  if (attempts >= maximumAttempts) return `given up after ${attempts} attempts; the last one failed with ${last}`;
  if (age + pause <= maximumAge.milliseconds) return undefined;
  return `given up ${maximumAge} after its event, with ${attempts} attempts; the last one failed with ${last}`;
}
