import { parseRange } from './cidr.ts';
import { incomparable, isComparable, parseNumeric } from './numbers.ts';
import { isObject, type Matcher, member, type Report, show, type TextMatcher } from './pattern.ts';
import { parseWildcard } from './wildcard.ts';

type Operator = (value: unknown, pointer: string, report: Report) => Matcher | undefined;

// The operators that a matcher object may have, one per object.
const OPERATORS: Record<string, Operator> = {
  prefix: (value, pointer, report) => affix('prefix', value, pointer, report),
  suffix: (value, pointer, report) => affix('suffix', value, pointer, report),
  'equals-ignore-case': text('EqualsIgnoreCase', 'equals-ignore-case'),
  wildcard,
  numeric: parseNumeric,
  cidr,
  exists: (value, pointer, report) =>
    typeof value === 'boolean'
      ? { kind: 'Exists', exists: value }
      : report(pointer, `exists is ${show(value)}; write true or false`),
  'anything-but': anythingBut,
};

// The operators that anything-but takes, each with one text or a list of them.
const NEGATABLE: Record<string, Operator> = {
  prefix: notEmpty('prefix', text('Prefix', 'prefix')),
  suffix: notEmpty('suffix', text('Suffix', 'suffix')),
  'equals-ignore-case': text('EqualsIgnoreCase', 'equals-ignore-case'),
  wildcard,
};

// What event-ruler reserves besides the operators that there are.
const RESERVED = ['exactly', 'regex', '=', '<', '<=', '>', '>='];

/** Names that no field inside an `$or` can have, at whatever depth. */
export const isReserved = (name: string): boolean => Object.hasOwn(OPERATORS, name) || RESERVED.includes(name);

/** Reads one element of a field's list: a value to be equal to, or an object with one operator. */
export function parseMatcher(value: unknown, pointer: string, report: Report): Matcher | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return { kind: 'Exact', value };
  if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'Exact', value };
  if (!isObject(value)) {
    return report(
      pointer,
      `${show(value)} cannot be matched; write a string, a number, true, false, null or an object with an operator`,
    );
  }
  return single(OPERATORS, value, pointer, report);
}

function single(
  operators: Record<string, Operator>,
  value: object,
  pointer: string,
  report: Report,
): Matcher | undefined {
  const [entry, ...more] = Object.entries(value);
  const known = Object.keys(operators).join(', ');
  if (!entry) return report(pointer, `an empty object matches nothing; write one operator of ${known}`);
  if (more.length) {
    const names = Object.keys(value).map((name) => `"${name}"`);
    return report(
      pointer,
      `one operator per object is allowed, and here are ${names.join(', ')}; write one object for each`,
    );
  }
  const [name, operand] = entry;
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (!operator) return report(member(pointer, name), `"${name}" is not an operator here; write one of ${known}`);
  return operator(operand, member(pointer, name), report);
}

function text(kind: TextMatcher['kind'], name: string): Operator {
  return (value, pointer, report) =>
    typeof value === 'string' ? { kind, text: value } : report(pointer, `${name} is ${show(value)}; write a string`);
}

function notEmpty(name: string, operator: Operator): Operator {
  return (value, pointer, report) =>
    value === ''
      ? report(pointer, `an empty ${name} is part of every text, so anything but that is nothing; write a longer one`)
      : operator(value, pointer, report);
}

function affix(name: 'prefix' | 'suffix', value: unknown, pointer: string, report: Report): Matcher | undefined {
  const kind = name === 'prefix' ? 'Prefix' : 'Suffix';
  if (typeof value === 'string') return { kind, text: value };
  if (!isObject(value)) {
    return report(pointer, `${name} is ${show(value)}; write a string or { "equals-ignore-case": a string }`);
  }
  return single({ 'equals-ignore-case': text(`${kind}IgnoreCase`, 'equals-ignore-case') }, value, pointer, report);
}

function wildcard(value: unknown, pointer: string, report: Report): Matcher | undefined {
  if (typeof value !== 'string') return report(pointer, `wildcard is ${show(value)}; write a string`);
  const parts = parseWildcard(value);
  return Array.isArray(parts)
    ? { kind: 'Wildcard', parts }
    : report(pointer, `wildcard ${show(value)}: ${parts.problem}`);
}

function cidr(value: unknown, pointer: string, report: Report): Matcher | undefined {
  const range = typeof value === 'string' ? parseRange(value) : 'write a string such as "10.0.0.0/24"';
  if (typeof range === 'string') return report(pointer, `cidr is ${show(value)}: ${range}`);
  return { kind: 'Cidr', range };
}

function anythingBut(value: unknown, pointer: string, report: Report): Matcher | undefined {
  if (typeof value === 'number' && !isComparable(value)) return report(pointer, incomparable(value));
  if (typeof value === 'string' || typeof value === 'number') {
    return { kind: 'AnythingBut', matchers: [{ kind: 'Exact', value }] };
  }
  if (Array.isArray(value)) return anythingButValues(value, pointer, report);
  if (isObject(value)) return anythingButOperator(value, pointer, report);
  return report(
    pointer,
    `anything-but is ${show(value)}; write a string, a number, a list of either, or an object with an operator`,
  );
}

function anythingButValues(values: unknown[], pointer: string, report: Report): Matcher | undefined {
  if (values.length === 0) return report(pointer, 'anything-but has an empty list; write at least one value');
  const matchers: Matcher[] = [];
  for (const [index, value] of values.entries()) {
    if (typeof value !== 'string' && typeof value !== 'number') {
      return report(
        member(pointer, index),
        `${show(value)} cannot stand in the list of anything-but; write strings or numbers`,
      );
    }
    if (typeof value !== typeof values[0]) {
      return report(pointer, 'anything-but has strings and numbers in one list; write only strings or only numbers');
    }
    if (typeof value === 'number' && !isComparable(value)) return report(member(pointer, index), incomparable(value));
    matchers.push({ kind: 'Exact', value });
  }
  return { kind: 'AnythingBut', matchers };
}

function anythingButOperator(value: Record<string, unknown>, pointer: string, report: Report): Matcher | undefined {
  const [name = ''] = Object.keys(value);
  const operand = value[name];
  if (Object.keys(value).length !== 1 || !Object.hasOwn(NEGATABLE, name) || !Array.isArray(operand)) {
    const matcher = single(NEGATABLE, value, pointer, report);
    return matcher && { kind: 'AnythingBut', matchers: [matcher] };
  }
  const place = member(pointer, name);
  if (operand.length === 0) return report(place, `${name} has an empty list; write at least one string`);
  const matchers = operand.map((element, index) => NEGATABLE[name]!(element, member(place, index), report));
  const read = matchers.filter((matcher) => matcher !== undefined);
  return read.length === matchers.length ? { kind: 'AnythingBut', matchers: read } : undefined;
}
