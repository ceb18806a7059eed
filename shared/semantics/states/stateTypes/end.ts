import type { Json } from '../definition.ts';
import type { Steps } from '../effects.ts';
import { StateError } from '../errors.ts';
import { evaluateTyped } from '../expressions.ts';
import { effectiveInput, finishWithInput, type Left } from '../flow.ts';
import { resolveText } from '../paths.ts';
import type { Visit } from '../scope.ts';

/** Succeed: ends the branch with its input, or its Output. */
// biome-ignore lint/correctness/useYield: every state type is a generator; this one asks for nothing
export function* runSucceed(visit: Visit): Steps<Left> {
  return { output: finishWithInput(visit) };
}

/** Fail: ends the branch with an error and a cause, either of which may be missing. */
// biome-ignore lint/correctness/useYield: every state type is a generator; this one asks for nothing
export function* runFail(visit: Visit): Steps<Left> {
  throw new StateError(textOf(visit, 'Error'), textOf(visit, 'Cause'));
}

const isText = (value: Json): value is string => typeof value === 'string';

function textOf(visit: Visit, field: 'Error' | 'Cause'): string | undefined {
  const { state, language } = visit;
  const text = state[field];
  if (language === 'JSONata')
    return text === undefined ? undefined : evaluateTyped(visit, field, text, 'string', isText);
  const path = state[`${field}Path`];
  return path === undefined ? text : resolveText(visit, `${field}Path`, path, effectiveInput(visit));
}
