import type { Json, JsonObject, Retrier } from './definition.ts';
import type { Steps } from './effects.ts';
import { matching, StateError } from './errors.ts';
import { finishWith, type Left } from './flow.ts';
import { applyResultPath } from './paths.ts';
import type { Visit } from './scope.ts';

const DEFAULTS = { IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2 };

/**
 * Does a state's work under its Retry and Catch: after a failure that a retrier covers it is done again, each retrier counting on its
 * own; then a catcher may take over; otherwise the failure goes out.
 */
export function* withRetryAndCatch(visit: Visit, work: () => Steps<Json>): Steps<Left> {
  const spent = new Map<Retrier, number>();
  for (;;) {
    try {
      return { output: yield* work() };
    } catch (thrown) {
      if (!(thrown instanceof StateError)) throw thrown;
      const retrier = matching(visit.state.Retry, thrown);
      const used = retrier ? (spent.get(retrier) ?? 0) : 0;
      if (!retrier || used >= (retrier.MaxAttempts ?? DEFAULTS.MaxAttempts)) return caught(visit, thrown);
      spent.set(retrier, used + 1);
      yield { kind: 'timer', key: `${visit.key}.${visit.retries + 1}!retry`, at: nextAttempt(visit, retrier, used) };
      visit.retries += 1;
    }
  }
}

/** When the next attempt is due: the interval, grown by the backoff rate, capped, and with full jitter anywhere below that. */
function nextAttempt(visit: Visit, retrier: Retrier, used: number): number {
  const interval = retrier.IntervalSeconds ?? DEFAULTS.IntervalSeconds;
  const grown = interval * (retrier.BackoffRate ?? DEFAULTS.BackoffRate) ** used;
  const seconds = Math.min(grown, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY, LONGEST_DELAY_SECONDS);
  const delay = retrier.JitterStrategy === 'FULL' ? visit.random.number() * seconds : seconds;
  return visit.execution.now + Math.round(delay * 1000);
}

/** A year; a backoff rate can ask for more than a date can hold. */
const LONGEST_DELAY_SECONDS = 31_622_400;

function caught(visit: Visit, failure: StateError): Left {
  const catcher = matching(visit.state.Catch, failure);
  if (!catcher) throw failure;
  const errorOutput = errorOutputOf(failure);
  const otherwise =
    visit.language === 'JSONata' ? errorOutput : applyResultPath(visit, catcher.ResultPath, visit.input, errorOutput);
  const output = finishWith(visit, catcher, otherwise, { errorOutput }, errorOutput);
  return { output, next: catcher.Next };
}

/** The Error Output that a catcher sees. */
const errorOutputOf = ({ error, reason }: StateError): JsonObject => ({
  ...(error !== undefined && { Error: error }),
  ...(reason !== undefined && { Cause: reason }),
});
