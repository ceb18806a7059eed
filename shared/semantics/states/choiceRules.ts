import type { ChoiceRule, Json } from './definition.ts';
import { ERRORS, failureIn } from './errors.ts';
import { probePath } from './paths.ts';
import type { Visit } from './scope.ts';
import { parseTimestamp } from './timestamp.ts';

type Test = (value: Json, operand: Json) => boolean;

const ORDERS: Record<string, (order: number) => boolean> = {
  Equals: (order) => order === 0,
  LessThan: (order) => order < 0,
  GreaterThan: (order) => order > 0,
  LessThanEquals: (order) => order <= 0,
  GreaterThanEquals: (order) => order >= 0,
};

const text = (value: Json): string | undefined => (typeof value === 'string' ? value : undefined);
const number = (value: Json): number | undefined => (typeof value === 'number' ? value : undefined);
const time = (value: Json): number | undefined => (typeof value === 'string' ? parseTimestamp(value) : undefined);

const ordered =
  <T extends string | number>(read: (value: Json) => T | undefined, holds: (order: number) => boolean): Test =>
  (value, operand) => {
    const [a, b] = [read(value), read(operand)];
    if (a === undefined || b === undefined) return false;
    return holds(a < b ? -1 : a > b ? 1 : 0);
  };

const family = <T extends string | number>(name: string, read: (value: Json) => T | undefined): [string, Test][] =>
  Object.entries(ORDERS).map(([order, holds]) => [`${name}${order}`, ordered(read, holds)]);

const is =
  (holds: (value: Json) => boolean): Test =>
  (value, operand) =>
    holds(value) === operand;

/** The comparison operators of the language that look at a value that is there. */
const TESTS: Record<string, Test> = {
  ...Object.fromEntries([...family('String', text), ...family('Numeric', number), ...family('Timestamp', time)]),
  BooleanEquals: (value, operand) => typeof value === 'boolean' && value === operand,
  StringMatches: (value, operand) =>
    typeof value === 'string' && typeof operand === 'string' && matchesPattern(value, operand),
  IsNull: is((value) => value === null),
  IsNumeric: is((value) => typeof value === 'number'),
  IsString: is((value) => typeof value === 'string'),
  IsBoolean: is((value) => typeof value === 'boolean'),
  IsTimestamp: is((value) => time(value) !== undefined),
};

/** Every comparison operator, as the name of a rule's field. */
export const OPERATORS: readonly string[] = [
  'IsPresent',
  ...Object.keys(TESTS),
  ...Object.keys(TESTS).flatMap((name) => (/^Is|Matches$/.test(name) ? [] : [`${name}Path`])),
];

/** Whether a JSONPath rule holds for the input of its Choice. */
export function matchesRule(visit: Visit, rule: ChoiceRule, root: Json): boolean {
  if (rule.And) return rule.And.every((inner) => matchesRule(visit, inner, root));
  if (rule.Or) return rule.Or.some((inner) => matchesRule(visit, inner, root));
  if (rule.Not) return !matchesRule(visit, rule.Not, root);
  const operator = OPERATORS.find((name) => rule[name] !== undefined)!;
  const operand = rule[operator] as Json;
  const value = probePath(visit, rule.Variable!, root);
  if (operator === 'IsPresent') return (value !== undefined) === operand;
  const left = value ?? present(visit, rule.Variable!, value);
  if (operator === 'StringMatches') refuseOpenEscape(visit, operand as string);
  if (!operator.endsWith('Path')) return TESTS[operator]!(left, operand);
  const other = probePath(visit, operand as string, root);
  return TESTS[operator.slice(0, -'Path'.length)]!(left, other ?? present(visit, operand as string, other));
}

function present(visit: Visit, path: string, value: Json | undefined): Json {
  if (value !== undefined) return value;
  throw failureIn(
    visit,
    ERRORS.Runtime,
    `Invalid path '${path}': The choice state's condition path references an invalid value.`,
  );
}

const OPEN_ESCAPE = /^(?:[^\\]|\\[\\*])*\\(?![\\*])/;

/** A backslash in StringMatches stands before an asterisk or another backslash; anywhere else it is a failure of the machine. */
function refuseOpenEscape(visit: Visit, pattern: string): void {
  if (!OPEN_ESCAPE.test(pattern)) return;
  const detail = `Invalid StringMatches pattern '${pattern}': a backslash must be followed by * or another backslash.`;
  throw failureIn(visit, ERRORS.Runtime, detail);
}

/** StringMatches: `*` stands for any characters, a backslash makes the next one ordinary. Takes linear time for every pattern. */
export function matchesPattern(value: string, pattern: string): boolean {
  const [first = '', ...rest] = piecesOf(pattern);
  const last = rest.pop();
  if (last === undefined) return value === first;
  if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length) return false;
  let from = first.length;
  const end = value.length - last.length;
  for (const piece of rest) {
    const found = value.indexOf(piece, from);
    if (found < 0 || found + piece.length > end) return false;
    from = found + piece.length;
  }
  return from <= end;
}

/** The texts between the unescaped asterisks. */
function piecesOf(pattern: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (let i = 0; i < pattern.length; i += 1) {
    if (pattern[i] === '*') {
      pieces.push(piece);
      piece = '';
    } else piece += pattern[i] === '\\' ? (pattern[++i] ?? '') : pattern[i];
  }
  return [...pieces, piece];
}
