import { matchesRule } from '../choiceRules.ts';
import type { ChoiceRule, Json } from '../definition.ts';
import type { Steps } from '../effects.ts';
import { ERRORS, failureIn } from '../errors.ts';
import { evaluateTyped } from '../expressions.ts';
import { effectiveInput, finishWith, finishWithInput, type Left } from '../flow.ts';
import { resolvePath } from '../paths.ts';
import type { Visit } from '../scope.ts';

/** Choice: goes on with the first rule that holds, or else with Default. */
export function* runChoice(visit: Visit): Steps<Left> {
  const { state } = visit;
  const rule = state.Choices!.find((candidate, i) => holds(visit, candidate, i));
  if (rule) return { output: leave(visit, rule), next: rule.Next };
  if (state.Default !== undefined) return { output: finishWithInput(visit), next: state.Default };
  // Step Functions reports this as a failure of the machine, not by the States.NoChoiceMatched of the language.
  throw failureIn(
    visit,
    ERRORS.Runtime,
    'Failed to transition out of the state. The state does not point to a next state.',
  );
}

const isBoolean = (value: Json): value is boolean => typeof value === 'boolean';

function holds(visit: Visit, rule: ChoiceRule, index: number): boolean {
  if (visit.language === 'JSONPath') return matchesRule(visit, rule, effectiveInput(visit));
  return evaluateTyped(visit, `Choices[${index}]/Condition`, rule.Condition!, 'boolean', isBoolean);
}

function leave(visit: Visit, rule: ChoiceRule): Json {
  if (visit.language === 'JSONata') return finishWith(visit, rule, visit.input, {}, visit.input);
  const effective = effectiveInput(visit);
  const { OutputPath } = visit.state;
  const output =
    OutputPath === undefined ? effective : OutputPath === null ? {} : resolvePath(visit, OutputPath, effective);
  return finishWith(visit, rule, output, {}, effective);
}
