import type { Json, JsonObject } from './definition.ts';
import { evaluateField, type StatesExtra } from './expressions.ts';
import { applyResultPath, resolvePath, resolveTemplate } from './paths.ts';
import type { Visit } from './scope.ts';

/** How a state was left: its output, and the state that comes next if it is not the one of `Next`. */
export interface Left {
  output: Json;
  next?: string;
}

/** What a state does its work on: for JSONPath what InputPath selects, for JSONata the input as it came. */
export function effectiveInput(visit: Visit): Json {
  if (visit.language === 'JSONata' || visit.state.InputPath === undefined) return visit.input;
  if (visit.state.InputPath === null) return {};
  return resolvePath(visit, visit.state.InputPath, visit.input);
}

/** What a task, a branch or an iteration is given: Arguments or Parameters, or else the effective input. */
export function payloadOf(visit: Visit): Json {
  const { state, language, input } = visit;
  if (language === 'JSONata') {
    return state.Arguments === undefined ? input : evaluateField(visit, 'Arguments', state.Arguments);
  }
  const effective = effectiveInput(visit);
  return state.Parameters === undefined ? effective : resolveTemplate(visit, 'Parameters', state.Parameters, effective);
}

/** Ends a state that made a result of its own: selects, assigns, and gives the output. */
export function finishWithResult(visit: Visit, result: Json): Json {
  const { state, language, input } = visit;
  if (language === 'JSONata') return finish(visit, result, { result });
  const selected =
    state.ResultSelector === undefined
      ? result
      : resolveTemplate(visit, 'ResultSelector', state.ResultSelector, result);
  const assigned = assignmentsOf(visit, state.Assign, {}, selected);
  const combined = applyResultPath(visit, state.ResultPath, input, selected);
  return settle(visit, outputPath(visit, combined), assigned);
}

/** Ends a state that only passes its input on (Wait, Choice, Succeed). */
export function finishWithInput(visit: Visit): Json {
  if (visit.language === 'JSONata') return finish(visit, visit.input, {});
  const effective = effectiveInput(visit);
  const assigned = assignmentsOf(visit, visit.state.Assign, {}, effective);
  return settle(visit, outputPath(visit, effective), assigned);
}

/** Ends a state by an Output and Assign that stand beside it or in a rule or catcher of it. */
export function finishWith(
  visit: Visit,
  fields: { Output?: Json | undefined; Assign?: JsonObject | undefined },
  otherwise: Json,
  extra: StatesExtra,
  root: Json,
): Json {
  const assigned = assignmentsOf(visit, fields.Assign, extra, root);
  const output =
    visit.language === 'JSONata' && fields.Output !== undefined
      ? evaluateField(visit, 'Output', fields.Output, extra)
      : otherwise;
  return settle(visit, output, assigned);
}

function finish(visit: Visit, otherwise: Json, extra: StatesExtra): Json {
  return finishWith(visit, visit.state, otherwise, extra, otherwise);
}

function assignmentsOf(
  visit: Visit,
  assign: JsonObject | undefined,
  extra: StatesExtra,
  root: Json,
): JsonObject | undefined {
  if (assign === undefined) return undefined;
  if (visit.language === 'JSONata') return evaluateField(visit, 'Assign', assign, extra) as JsonObject;
  return resolveTemplate(visit, 'Assign', assign, root) as JsonObject;
}

/** All expressions of a state see the variables as they were, so assignments take effect last. */
function settle(visit: Visit, output: Json, assigned: JsonObject | undefined): Json {
  if (output !== visit.input) visit.execution.checkSize(output, visit.name);
  if (assigned) {
    visit.execution.checkSize(assigned, visit.name);
    Object.assign(visit.scope.variables, assigned);
  }
  return output;
}

function outputPath(visit: Visit, value: Json): Json {
  const { OutputPath } = visit.state;
  if (OutputPath === undefined) return value;
  return OutputPath === null ? {} : resolvePath(visit, OutputPath, value);
}
