import type { Json, JsonObject } from './definition.ts';
import { ERRORS, failureIn } from './errors.ts';
import { callIntrinsic, IntrinsicFailure, OpenEscape, parseIntrinsic } from './intrinsics.ts';
import { insertAt, PathMissing, parsePath, selectPath } from './jsonpath/index.ts';
import { contextObject, type Visit } from './scope.ts';

/** What a path of a JSONPath state begins with: the context object, the state's data, or a variable. */
const VARIABLE = /^\$([A-Za-z_][A-Za-z0-9_]*)/;

/** Reads a path of a field such as InputPath; what it points at must exist. */
export function resolvePath(visit: Visit, path: string, root: Json): Json {
  try {
    return read(visit, path, root);
  } catch (error) {
    if (!(error instanceof PathMissing)) throw error;
    throw failureIn(visit, ERRORS.Runtime, `Invalid path '${path}' : ${error.message}`);
  }
}

/** Reads a path that may point at nothing: undefined then. */
export function probePath(visit: Visit, path: string, root: Json): Json | undefined {
  try {
    return read(visit, path, root);
  } catch (error) {
    if (error instanceof PathMissing) return undefined;
    throw error;
  }
}

/** Reads ErrorPath or CausePath: a path or an intrinsic function that gives a text. */
export function resolveText(visit: Visit, field: string, path: string, root: Json): string {
  const value = resolveValue(visit, field, path, root);
  if (typeof value === 'string') return value;
  throw failureIn(
    visit,
    ERRORS.Runtime,
    `The field '${field}' with '${path}' must select a string, but selected: ${JSON.stringify(value)}`,
  );
}

/** Fills a payload template: each key that ends in `.$` takes what its path or intrinsic function gives. */
export function resolveTemplate(visit: Visit, field: string, template: Json, root: Json): Json {
  if (template === null || typeof template !== 'object') return template;
  if (Array.isArray(template)) return template.map((item) => resolveTemplate(visit, field, item, root));
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) =>
      key.endsWith('.$')
        ? [key.slice(0, -2), resolveValue(visit, key, value as string, root)]
        : [key, resolveTemplate(visit, key, value, root)],
    ),
  );
}

/** Puts a result into a state's input where ResultPath says; `$` or nothing replaces it, null drops the result. */
export function applyResultPath(visit: Visit, path: string | null | undefined, input: Json, result: Json): Json {
  if (path === null) return input;
  if (path === undefined || path === '$') return result;
  try {
    return insertAt(parsePath(path), input, result);
  } catch (error) {
    if (!(error instanceof PathMissing)) throw error;
    throw failureIn(
      visit,
      ERRORS.ResultPathMatchFailure,
      `Unable to apply ReferencePath ${path} to input ${JSON.stringify(input)}`,
    );
  }
}

function resolveValue(visit: Visit, field: string, text: string, root: Json): Json {
  if (!text.startsWith('$')) return resolveIntrinsic(visit, text, root);
  refuseNull(visit, text, root);
  try {
    return read(visit, text, root);
  } catch (error) {
    if (!(error instanceof PathMissing)) throw error;
    throw failureIn(
      visit,
      ERRORS.Runtime,
      `The JSONPath '${text}' specified for the field '${field}' could not be found in the input '${JSON.stringify(rootOf(visit, text, root))}'`,
    );
  }
}

/** Step Functions applies no path of a template to null, not even `$`. */
function refuseNull(visit: Visit, path: string, root: Json): void {
  if (root !== null || path.startsWith('$$') || VARIABLE.test(path)) return;
  throw failureIn(visit, ERRORS.Runtime, 'Unable to apply Path transformation to null or empty input.');
}

function resolveIntrinsic(visit: Visit, text: string, root: Json): Json {
  const path = (inner: string): Json => {
    refuseNull(visit, inner, root);
    const value = probePath(visit, inner, root);
    if (value !== undefined) return value;
    throw failureIn(
      visit,
      ERRORS.Runtime,
      `The JSONPath '${inner}' in the function '${text}' could not be found in the input '${JSON.stringify(rootOf(visit, inner, root))}'`,
    );
  };
  try {
    return callIntrinsic(parseIntrinsic(text), path, visit.random);
  } catch (error) {
    if (!(error instanceof IntrinsicFailure || error instanceof OpenEscape)) throw error;
    const name = error instanceof OpenEscape ? ERRORS.Runtime : ERRORS.IntrinsicFailure;
    throw failureIn(visit, name, `The function '${text}' had the following error: ${error.message}`);
  }
}

function read(visit: Visit, text: string, root: Json): Json {
  if (text.startsWith('$$')) return selectPath(parsePath(text.slice(1)), contextObject(visit));
  const variable = VARIABLE.exec(text);
  if (!variable) return selectPath(parsePath(text), root);
  const value = visit.scope.variables[variable[1]!];
  if (value === undefined) throw new PathMissing(`the variable ${variable[0]} has no value here`);
  return selectPath(parsePath(`$${text.slice(variable[0].length)}`), value);
}

const rootOf = (visit: Visit, text: string, root: Json): Json | JsonObject =>
  text.startsWith('$$') ? contextObject(visit) : root;
