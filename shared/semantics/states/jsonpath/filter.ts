import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../definition.ts';
import { withTimeLimit } from '../timeLimit.ts';
import { PathMissing, type Predicate, type Step } from './path.ts';
import type { PathReader } from './reader.ts';
import { selectAll } from './select.ts';

type Values = (item: Json, root: Json) => Json[];
type Operand = { values: Values; isPath: boolean };
type ReadSteps = (reader: PathReader) => { steps: Step[] };

const OPERATOR = /=~|==|!=|<=|>=|<|>|\b(?:in|nin|contains|size|empty|subsetof|anyof|noneof)\b/iy;
const NUMBER = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/** Parses what stands between `?(` and `)`: comparisons and existence tests joined by `&&`, `||` and `!`. */
export function parseFilter(reader: PathReader, readSteps: ReadSteps): Predicate {
  const readOr = (): Predicate => {
    let left = readAnd();
    for (reader.skipSpace(); reader.take('||'); reader.skipSpace()) {
      const [a, b] = [left, readAnd()];
      left = (item, root) => a(item, root) || b(item, root);
    }
    return left;
  };
  const readAnd = (): Predicate => {
    let left = readUnary();
    for (reader.skipSpace(); reader.take('&&'); reader.skipSpace()) {
      const [a, b] = [left, readUnary()];
      left = (item, root) => a(item, root) && b(item, root);
    }
    return left;
  };
  const readUnary = (): Predicate => {
    reader.skipSpace();
    if (reader.peek() === '!' && !reader.text.startsWith('!=', reader.position)) {
      reader.expect('!');
      const inner = readUnary();
      return (item, root) => !inner(item, root);
    }
    if (!reader.take('(')) return readTest(reader, readSteps);
    const inner = readOr();
    reader.skipSpace();
    reader.expect(')');
    return inner;
  };
  const predicate = readOr();
  reader.skipSpace();
  return predicate;
}

function readTest(reader: PathReader, readSteps: ReadSteps): Predicate {
  const left = readOperand(reader, readSteps);
  reader.skipSpace();
  const operator = reader.match(OPERATOR);
  if (operator === undefined) {
    if (!left.isPath) throw reader.error('an operator expected');
    return (item, root) => left.values(item, root).length > 0;
  }
  if (operator === '=~') {
    const matches = readRegex(reader);
    return (item, root) => matches(left.values(item, root)[0]);
  }
  const right = readOperand(reader, readSteps);
  const compare = COMPARISONS[operator.toLowerCase()]!;
  return (item, root) => compare(left.values(item, root)[0], right.values(item, root)[0]);
}

const REGEX = /\/((?:[^/\\]|\\.)*)\/([imsu]*)/y;

/** Reads `/pattern/flags`; the pattern must match all of a value, as in Java. */
function readRegex(reader: PathReader): (value: Json | undefined) => boolean {
  reader.skipSpace();
  const text = reader.match(REGEX);
  if (text === undefined) throw reader.error('a regular expression such as /a.*/i expected');
  const end = text.lastIndexOf('/');
  let regex: RegExp;
  try {
    regex = new RegExp(`^(?:${text.slice(1, end)})$`, text.slice(end + 1));
  } catch (error) {
    throw reader.error((error as Error).message);
  }
  return (value) => {
    if (value === undefined || value === null || typeof value === 'object') return false;
    return within1Second(() => regex.test(String(value)));
  };
}

function within1Second(test: () => boolean): boolean {
  try {
    return withTimeLimit(test, 1_000);
  } catch (error) {
    throw new PathMissing(`a regular expression of a filter ran longer than allowed (${(error as Error).message})`);
  }
}

function readOperand(reader: PathReader, readSteps: ReadSteps): Operand {
  reader.skipSpace();
  const start = reader.peek();
  if (start === '@' || start === '$') {
    reader.position += 1;
    const { steps } = readSteps(reader);
    return { isPath: true, values: (item, root) => selectAll(steps, start === '@' ? item : root, root) };
  }
  const literal = readLiteral(reader);
  return { isPath: false, values: () => [literal] };
}

function readLiteral(reader: PathReader): Json {
  if (reader.peek() === "'" || reader.peek() === '"') return reader.readQuoted();
  if (reader.take('[')) {
    reader.skipSpace();
    const list = reader.peek() === ']' ? [] : reader.readList(() => readLiteral(reader));
    reader.expect(']');
    return list;
  }
  const word = reader.match(WORD) ?? reader.match(NUMBER);
  if (word === undefined) throw reader.error(`a path or a literal expected where "${reader.peek()}" stands`);
  return JSON.parse(word) as Json;
}

type Comparison = (left: Json | undefined, right: Json | undefined) => boolean;

/** JsonPath compares a number with a text by what the text says. */
const equal: Comparison = (a, b) => {
  if (a === undefined || b === undefined) return false;
  if (typeof a === 'string' && typeof b === 'number') return a === String(b);
  if (typeof a === 'number' && typeof b === 'string') return b.trim() !== '' && Number(b) === a;
  return isDeepStrictEqual(a, b);
};

const ordered =
  (holds: (order: number) => boolean): Comparison =>
  (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return holds(a - b);
    if (typeof a === 'string' && typeof b === 'string') return holds(a < b ? -1 : a > b ? 1 : 0);
    return false;
  };

const within: Comparison = (a, b) => Array.isArray(b) && b.some((item) => equal(a, item));
const all = (a: Json | undefined, holds: (item: Json) => boolean): boolean => Array.isArray(a) && a.every(holds);
const sizeOf = (value: Json | undefined): number | undefined =>
  typeof value === 'string' || Array.isArray(value) ? value.length : undefined;

const COMPARISONS: Record<string, Comparison> = {
  '==': equal,
  '!=': (a, b) => !equal(a, b),
  '<': ordered((order) => order < 0),
  '<=': ordered((order) => order <= 0),
  '>': ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
  in: within,
  nin: (a, b) => !within(a, b),
  contains: (a, b) => (typeof a === 'string' && typeof b === 'string' ? a.includes(b) : within(b, a)),
  size: (a, b) => sizeOf(a) === b,
  empty: (a, b) => sizeOf(a) !== undefined && (sizeOf(a) === 0) === b,
  subsetof: (a, b) => all(a, (item) => within(item, b)),
  anyof: (a, b) => Array.isArray(a) && a.some((item) => within(item, b)),
  noneof: (a, b) => all(a, (item) => !within(item, b)),
};
