import type { Steps } from '../effects.ts';
import { finishWith, finishWithResult, type Left, payloadOf } from '../flow.ts';
import type { Visit } from '../scope.ts';

/** Pass: hands its input on, or its Result, Parameters or Output. */
// biome-ignore lint/correctness/useYield: every state type is a generator; this one asks for nothing
export function* runPass(visit: Visit): Steps<Left> {
  const { state, language, input } = visit;
  if (language === 'JSONata') return { output: finishWith(visit, state, input, {}, input) };
  const payload = payloadOf(visit);
  return { output: finishWithResult(visit, state.Result === undefined ? payload : state.Result) };
}
