import type { Json } from '../definition.ts';
import type { Steps, TaskCommand } from '../effects.ts';
import { ERRORS, failureIn, StateError } from '../errors.ts';
import { evaluateField, evaluateTyped } from '../expressions.ts';
import { effectiveInput, finishWithResult, type Left, payloadOf } from '../flow.ts';
import { resolvePath, resolveTemplate } from '../paths.ts';
import { taskTokenOf } from '../random.ts';
import { withRetryAndCatch } from '../retry.ts';
import type { Visit } from '../scope.ts';
import { taskEvents } from '../taskEvents.ts';

const TOKEN_SUFFIX = '.waitForTaskToken';

/** Task: calls its Resource and ends with what that returns. */
export function* runTask(visit: Visit): Steps<Left> {
  return yield* withRetryAndCatch(visit, () => attempt(visit));
}

function* attempt(visit: Visit): Steps<Json> {
  const { state, name, retries, execution } = visit;
  const resource = state.Resource!;
  const key = `${visit.key}.${retries + 1}`;
  if (resource.endsWith(TOKEN_SUFFIX)) visit.taskToken = taskTokenOf(execution.seed, key);
  const payload = payloadOf(visit);
  execution.checkSize(payload, name);
  if (state.Credentials) credentials(visit);
  const command: TaskCommand = {
    kind: 'task',
    key,
    state: name,
    resource,
    payload,
    attempt: retries + 1,
    ...(visit.taskToken !== undefined && { taskToken: visit.taskToken }),
  };
  const timeoutSeconds = secondsOf(visit, 'TimeoutSeconds');
  const heartbeatSeconds = secondsOf(visit, 'HeartbeatSeconds');
  const events = taskEvents(visit, command, timeoutSeconds, heartbeatSeconds);
  events.started();
  let result: Json;
  try {
    result = (yield { kind: 'task', command, timeoutSeconds, heartbeatSeconds }) as Json;
    execution.checkSize(result, name);
  } catch (thrown) {
    if (thrown instanceof StateError) events.failed(thrown);
    throw thrown;
  }
  events.succeeded(result);
  return finishWithResult(visit, result);
}

/** Credentials are evaluated so that a wrong expression fails here as it fails in the cloud; no driver of ours takes them. */
function credentials(visit: Visit): void {
  const { Credentials: value } = visit.state;
  if (visit.language === 'JSONata') evaluateField(visit, 'Credentials', value!);
  else resolveTemplate(visit, 'Credentials', value!, effectiveInput(visit));
}

const isSeconds = (value: Json): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 99_999_999;

function secondsOf(visit: Visit, field: 'TimeoutSeconds' | 'HeartbeatSeconds'): number | undefined {
  const { state, language } = visit;
  const value = state[field];
  if (language === 'JSONata') {
    return value === undefined ? undefined : evaluateTyped(visit, field, value, 'number', isSeconds);
  }
  const path = state[`${field}Path`];
  if (path === undefined) return value as number | undefined;
  const seconds = resolvePath(visit, path, effectiveInput(visit));
  if (isSeconds(seconds)) return seconds;
  throw failureIn(
    visit,
    ERRORS.Runtime,
    `The ${field}Path '${path}' must select a positive integer, but selected: ${JSON.stringify(seconds)}`,
  );
}
