import { parseIntrinsic } from '../intrinsics.ts';
import { expressionText, isExpression, syntaxError, unsupportedReference } from '../jsonata/index.ts';
import { isReferencePath, parsePath } from '../jsonpath/index.ts';
import { isObject, type Place, type Report } from './report.ts';

const VARIABLE_PATH = /^\$[A-Za-z_][A-Za-z0-9_]*/;
const VARIABLE_NAME = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u;

/** Checks every `{% … %}` in a JSONata field; the Output and Assign of a catcher may refer to the error output. */
export function checkJsonata(value: unknown, place: Place, report: Report, inCatcher = false): void {
  if (typeof value === 'string') {
    checkJsonataText(value, place, report, inCatcher);
    return;
  }
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) checkJsonata(item, report.at(place, i), report, inCatcher);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) checkJsonata(item, report.at(place, key), report, inCatcher);
  }
}

function checkJsonataText(text: string, place: Place, report: Report, inCatcher: boolean): void {
  if (isExpression(text)) {
    const error = syntaxError(expressionText(text));
    const reference = error === undefined ? unsupportedReference(expressionText(text), inCatcher) : undefined;
    if (error) report.add(place, `the expression ${report.show(text)} cannot be parsed: ${error}`);
    if (reference) report.add(place, `the expression ${report.show(text)}: ${reference}`);
  } else if (text.startsWith('{%') || text.endsWith('%}')) {
    report.add(place, `${report.show(text)} is half an expression; an expression begins with {% and ends with %}`);
  }
}

/** Checks a field that is an expression or nothing else, such as Condition. */
export function checkExpression(value: unknown, place: Place, report: Report): void {
  if (isExpression(value)) checkJsonata(value, place, report);
  else report.add(place, `an expression such as "{% $states.input.ready %}" expected, got ${report.show(value)}`);
}

/** Checks a field that is a JSONPath: of the state's data, the context object ($$) or a variable. */
export function checkPath(value: unknown, place: Place, report: Report): void {
  if (typeof value !== 'string' || !value.startsWith('$')) {
    report.add(place, `a path that begins with $ expected, got ${report.show(value)}`);
    return;
  }
  attempt(place, report, () => parsePath(value.startsWith('$$') ? value.slice(1) : value.replace(VARIABLE_PATH, '$')));
}

/** Checks ResultPath: a Reference Path into the state's input. */
export function checkReferencePath(value: unknown, place: Place, report: Report): void {
  if (typeof value !== 'string' || !value.startsWith('$') || value.startsWith('$$') || VARIABLE_PATH.test(value)) {
    report.add(place, `a reference path such as $.result expected, got ${report.show(value)}`);
    return;
  }
  attempt(place, report, () => {
    if (!isReferencePath(parsePath(value)))
      throw new Error(`${report.show(value)} can point at more than one place; use names and single indexes`);
  });
}

/** Checks a field that takes a path or an intrinsic function. */
export function checkPathOrIntrinsic(value: unknown, place: Place, report: Report): void {
  if (typeof value !== 'string') {
    report.add(place, `a path or an intrinsic function expected, got ${report.show(value)}`);
    return;
  }
  if (value.startsWith('$')) {
    checkPath(value, place, report);
    return;
  }
  attempt(place, report, () => parseIntrinsic(value));
}

/** Checks a field that is a payload template, which is an object. */
export function checkPayload(value: unknown, place: Place, report: Report): void {
  if (isObject(value)) checkTemplate(value, place, report);
  else report.add(place, `an object expected, got ${report.show(value)}`);
}

/** Checks a payload template: keys that end in `.$` take a path or an intrinsic function. */
export function checkTemplate(value: unknown, place: Place, report: Report): void {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) checkTemplate(item, report.at(place, i), report);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      const at = report.at(place, key);
      if (Object.hasOwn(value, `${key}.$`)) report.add(at, `"${key}" and "${key}.$" are one field; keep one of them`);
      if (key.endsWith('.$')) checkPathOrIntrinsic(item, at, report);
      else checkTemplate(item, at, report);
    }
  }
}

/** Checks Assign: names of variables, and what they are given. */
export function checkAssign(
  value: unknown,
  place: Place,
  language: 'JSONPath' | 'JSONata',
  report: Report,
  inCatcher = false,
): void {
  if (!isObject(value)) {
    report.add(place, `an object of variables expected, got ${report.show(value)}`);
    return;
  }
  for (const key of Object.keys(value)) {
    const name = language === 'JSONPath' && key.endsWith('.$') ? key.slice(0, -2) : key;
    if (!VARIABLE_NAME.test(name) || name.length > 80)
      report.add(
        report.at(place, key),
        `"${name}" cannot be the name of a variable; use at most 80 letters, digits and _`,
      );
    else if (name === 'states') report.add(report.at(place, key), '"states" is reserved for $states; use another name');
  }
  if (language === 'JSONata') checkJsonata(value, place, report, inCatcher);
  else checkTemplate(value, place, report);
}

function attempt(place: Place, report: Report, parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    report.add(place, (error as Error).message);
  }
}
