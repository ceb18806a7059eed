import type { Json } from './definition.ts';
import { ERRORS, failureIn, type StateError } from './errors.ts';
import { evaluateJsonata, expressionText, isExpression } from './jsonata/index.ts';
import { contextObject, type Visit } from './scope.ts';

/** What `$states` has beside the input and the context. */
export interface StatesExtra {
  result?: Json;
  errorOutput?: Json;
}

/** The value of a JSONata field: every `{% … %}` in it, however deep, is replaced by what it evaluates to. */
export function evaluateField(visit: Visit, field: string, value: Json, extra: StatesExtra = {}): Json {
  return evaluate(visit, field, value, bindingsOf(visit, extra));
}

/** The value of a JSONata field that must be of one kind, such as a number of seconds. */
export function evaluateTyped<T extends Json>(
  visit: Visit,
  field: string,
  value: Json,
  expected: string,
  is: (result: Json) => result is T,
  extra: StatesExtra = {},
): T {
  const result = evaluateField(visit, field, value, extra);
  if (is(result)) return result;
  throw evaluationFailure(
    visit,
    field,
    `The JSONata expression '${expressionText(String(value))}' specified for the field '${field}' returned an unexpected result type. Expected '${expected}', but was '${typeName(result)}' for value: ${JSON.stringify(result)}`,
  );
}

/** A failure of a JSONata field, with the event that Step Functions writes for it. */
export function evaluationFailure(visit: Visit, location: string, detail: string): StateError {
  const failure = failureIn(visit, ERRORS.QueryEvaluationError, detail);
  visit.execution.emit(visit.scope, 'EvaluationFailed', () => ({
    evaluationFailedEventDetails: {
      error: ERRORS.QueryEvaluationError,
      cause: failure.message,
      location,
      state: visit.name,
    },
  }));
  return failure;
}

function bindingsOf(visit: Visit, extra: StatesExtra): Record<string, unknown> {
  const bindings: Record<string, unknown> = {};
  for (const name in visit.scope.variables) bindings[name] = visit.scope.variables[name];
  bindings.states = { input: visit.input, context: contextObject(visit), ...extra };
  return bindings;
}

function evaluate(visit: Visit, field: string, value: Json, bindings: Record<string, unknown>): Json {
  if (isExpression(value)) return evaluateOne(visit, field, expressionText(value), bindings);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item, i) => evaluate(visit, `${field}[${i}]`, item, bindings));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, evaluate(visit, `${field}/${key}`, item, bindings)]),
  );
}

function evaluateOne(visit: Visit, field: string, text: string, bindings: Record<string, unknown>): Json {
  const { execution, random } = visit;
  let result: Json | undefined;
  try {
    result = evaluateJsonata(text, bindings, { now: execution.now, random, limits: execution.limits });
  } catch (error) {
    throw evaluationFailure(
      visit,
      field,
      `The JSONata expression '${text}' specified for the field '${field}' threw an error during evaluation. ${(error as Error).message}`,
    );
  }
  if (result !== undefined) return result;
  throw evaluationFailure(
    visit,
    field,
    `The JSONata expression '${text}' specified for the field '${field}' returned nothing (undefined).`,
  );
}

const typeName = (value: Json): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
