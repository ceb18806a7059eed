import type { Json, JsonObject, Retrier } from './definition.ts';
import type { Steps } from './effects.ts';
import { matching, Redrive, StateError } from './errors.ts';
import { finishWith, type Left } from './flow.ts';
import { applyResultPath } from './paths.ts';
import { beginAnew, type Visit } from './scope.ts';

const DEFAULTS = { IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2 };

/**
 * Does a state's work under its Retry and Catch: after a failure that a retrier covers it is done again, each retrier counting on its
 * own; then a catcher may take over; otherwise the failure goes out. A redrive has the retriers count from the beginning.
 */
export function* withRetryAndCatch(visit: Visit, work: () => Steps<Json>): Steps<Left> {
  const spent = new Spent(visit);
  for (;;) {
    try {
      return { output: yield* work() };
    } catch (thrown) {
      const left = yield* failed(visit, thrown, spent);
      if (left) return left;
    }
  }
}

/** Waits for the next attempt, or gives how the state is left; what no catcher takes is thrown. */
function* failed(visit: Visit, thrown: unknown, spent: Spent): Steps<Left | undefined> {
  try {
    if (!(thrown instanceof StateError)) throw thrown;
    const retrier = matching(visit.state.Retry, thrown);
    const used = retrier ? spent.on(retrier) : 0;
    if (!retrier || used >= (retrier.MaxAttempts ?? DEFAULTS.MaxAttempts)) return caught(visit, thrown);
    spent.count(retrier);
    yield { kind: 'timer', key: `${visit.key}.${visit.retries + 1}!retry`, at: nextAttempt(visit, retrier, used) };
    visit.retries += 1;
  } catch (error) {
    if (!(error instanceof Redrive)) throw error;
    beginAnew(visit);
  }
  return undefined;
}

/** How often each retrier was used since the state was entered or the execution redriven. */
class Spent {
  readonly #visit: Visit;
  readonly #used = new Map<Retrier, number>();
  #redrives: number;

  constructor(visit: Visit) {
    this.#visit = visit;
    this.#redrives = visit.execution.redrives;
  }

  on(retrier: Retrier): number {
    const { redrives } = this.#visit.execution;
    if (redrives !== this.#redrives) this.#used.clear();
    this.#redrives = redrives;
    return this.#used.get(retrier) ?? 0;
  }

  count(retrier: Retrier): void {
    this.#used.set(retrier, this.on(retrier) + 1);
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
