import type { Json } from '../definition.ts';
import type { Steps } from '../effects.ts';
import { ERRORS, failureIn, Redrive, type StateError } from '../errors.ts';
import { evaluateTyped } from '../expressions.ts';
import { effectiveInput, finishWithInput, type Left } from '../flow.ts';
import { resolvePath } from '../paths.ts';
import { beginAnew, type Visit } from '../scope.ts';
import { parseTimestamp } from '../timestamp.ts';

const LONGEST_WAIT_SECONDS = 99_999_999;

/** Wait: lets time pass, by a number of seconds or until a point in time. */
export function* runWait(visit: Visit): Steps<Left> {
  for (;;) {
    const at = endOf(visit);
    try {
      if (at > visit.execution.now) yield { kind: 'timer', key: visit.key, at };
      return { output: finishWithInput(visit) };
    } catch (thrown) {
      if (!(thrown instanceof Redrive)) throw thrown;
      beginAnew(visit);
    }
  }
}

function endOf(visit: Visit): number {
  const { state, language, execution } = visit;
  if (language === 'JSONata') return endOfJsonata(visit);
  if (state.Seconds !== undefined) return execution.now + Number(state.Seconds) * 1000;
  if (state.Timestamp !== undefined) return parseTimestamp(state.Timestamp) ?? execution.now;
  if (state.SecondsPath !== undefined) {
    const seconds = resolvePath(visit, state.SecondsPath, effectiveInput(visit));
    if (isSeconds(seconds)) return execution.now + seconds * 1000;
    throw unusable(visit, 'SecondsPath', state.SecondsPath, seconds);
  }
  const timestamp = resolvePath(visit, state.TimestampPath!, effectiveInput(visit));
  const time = typeof timestamp === 'string' ? parseTimestamp(timestamp) : undefined;
  if (time !== undefined) return time;
  throw noTimestamp(visit, 'TimestampPath', state.TimestampPath!, timestamp);
}

function endOfJsonata(visit: Visit): number {
  const { state, execution } = visit;
  if (state.Seconds !== undefined) {
    return execution.now + evaluateTyped(visit, 'Seconds', state.Seconds, 'number', isSeconds) * 1000;
  }
  const text = evaluateTyped(visit, 'Timestamp', state.Timestamp!, 'string', (value) => typeof value === 'string');
  const time = parseTimestamp(text);
  if (time !== undefined) return time;
  throw noTimestamp(visit, 'Timestamp', state.Timestamp!, text);
}

const isSeconds = (value: Json): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LONGEST_WAIT_SECONDS;

function noTimestamp(visit: Visit, field: string, text: string, value: Json): StateError {
  return failureIn(
    visit,
    ERRORS.Runtime,
    `The ${field} parameter does not reference a valid ISO-8601 extended offset date-time format string: ${text} == ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
}

function unusable(visit: Visit, field: string, path: string, value: Json): StateError {
  return failureIn(
    visit,
    ERRORS.Runtime,
    `The ${field} parameter does not reference a valid value: ${path} == ${JSON.stringify(value)}`,
  );
}
