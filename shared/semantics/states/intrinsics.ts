import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Json } from './definition.ts';
import { JavaRandom } from './javaRandom.ts';
import { PathReader, readSteps } from './jsonpath/index.ts';
import type { SeededRandom } from './random.ts';

/** A parsed argument of an intrinsic function, or the call itself. */
export type Intrinsic =
  | { kind: 'call'; name: string; arguments: Intrinsic[] }
  | { kind: 'path'; text: string }
  | { kind: 'text'; raw: string }
  | { kind: 'literal'; value: Json };

/** Why an intrinsic function could not be computed. */
export class IntrinsicFailure extends Error {
  override name = 'IntrinsicFailure';
}

const CALL = /States\.[A-Za-z0-9]+/y;
const PATH_ROOT = /\$\$|\$(?:[A-Za-z_][A-Za-z0-9_]*)?/y;
const SCALAR = /true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const DEEPEST_NESTING = 10;

const cache = new Map<string, Intrinsic>();

/** Parses an intrinsic function such as `States.Format('{}', $.name)`; throws PathSyntaxError. */
export function parseIntrinsic(text: string): Intrinsic {
  const known = cache.get(text);
  if (known) return known;
  const reader = new PathReader(text.trim());
  const intrinsic = readCall(reader, 1);
  if (!reader.done) throw reader.error(`unexpected "${reader.peek()}"`);
  if (cache.size > 5_000) cache.clear();
  cache.set(text, intrinsic);
  return intrinsic;
}

function readCall(reader: PathReader, depth: number): Intrinsic {
  if (depth > DEEPEST_NESTING) throw reader.error(`intrinsic functions are nested more than ${DEEPEST_NESTING} deep`);
  const name = reader.match(CALL);
  if (name === undefined) throw reader.error('an intrinsic function such as States.Format(…) or a path expected');
  const definition = FUNCTIONS[name];
  if (!definition)
    throw reader.error(
      `there is no intrinsic function ${name}; the functions are ${Object.keys(FUNCTIONS).join(', ')}`,
    );
  reader.skipSpace();
  reader.expect('(');
  reader.skipSpace();
  const list = reader.peek() === ')' ? [] : reader.readList(() => readArgument(reader, depth));
  reader.expect(')');
  const [least, most] = definition.arity;
  if (list.length < least || list.length > most) {
    throw reader.error(`${name} takes ${least === most ? least : `${least} to ${most}`} arguments, not ${list.length}`);
  }
  return { kind: 'call', name, arguments: list };
}

function readArgument(reader: PathReader, depth: number): Intrinsic {
  const start = reader.peek();
  if (start === "'") return { kind: 'text', raw: readRaw(reader) };
  if (start === '$') {
    const from = reader.position;
    reader.match(PATH_ROOT);
    readSteps(reader);
    return { kind: 'path', text: reader.text.slice(from, reader.position) };
  }
  if (start === 'S') return readCall(reader, depth + 1);
  const scalar = reader.match(SCALAR);
  if (scalar === undefined)
    throw reader.error(
      `a path, a text in single quotes, a number, true, false, null or a function expected where "${start}" stands`,
    );
  return { kind: 'literal', value: JSON.parse(scalar) as Json };
}

/** A text in single quotes with its escapes still in it: States.Format must tell `\{` from `{`. */
function readRaw(reader: PathReader): string {
  reader.expect("'");
  const start = reader.position;
  while (!reader.done && reader.peek() !== "'") reader.position += reader.peek() === '\\' ? 2 : 1;
  const raw = reader.text.slice(start, reader.position);
  reader.expect("'");
  return raw;
}

/** A backslash in a text that escapes nothing: a failure of the machine, and not of the function. */
export class OpenEscape extends Error {
  override name = 'OpenEscape';
}

const OPEN_ESCAPE = /^(?:[^\\]|\\['{}\\])*\\(?!['{}\\])/;

function unescaped(raw: string): string {
  if (OPEN_ESCAPE.test(raw))
    throw new OpenEscape(`a backslash in '${raw}' escapes nothing; write \\\\ for a backslash`);
  return raw.replace(/\\(.)/gs, '$1');
}

/** Computes an intrinsic function; `path` reads the paths in it. Throws IntrinsicFailure. */
export function callIntrinsic(intrinsic: Intrinsic, path: (text: string) => Json, random: SeededRandom): Json {
  switch (intrinsic.kind) {
    case 'literal':
      return intrinsic.value;
    case 'text':
      return unescaped(intrinsic.raw);
    case 'path':
      return path(intrinsic.text);
    case 'call': {
      const values = intrinsic.arguments.map((argument) => callIntrinsic(argument, path, random));
      const template = intrinsic.arguments[0];
      if (intrinsic.name === 'States.Format' && template?.kind === 'text') values[0] = template.raw;
      return FUNCTIONS[intrinsic.name]!.compute(values, random);
    }
  }
}

interface Definition {
  arity: [least: number, most: number];
  compute(values: Json[], random: SeededRandom): Json;
}

const ANY = Number.POSITIVE_INFINITY;
const LONGEST_TEXT = 10_000;
const LONGEST_RANGE = 1_000;
const HASHES: Record<string, string> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

const FUNCTIONS: Record<string, Definition> = {
  'States.Array': { arity: [0, ANY], compute: (values) => values },
  'States.ArrayContains': {
    arity: [2, 2],
    compute: ([list, item]) => listOf(list).some((other) => isDeepStrictEqual(other, item)),
  },
  'States.ArrayGetItem': {
    arity: [2, 2],
    compute: ([list, index]) => {
      const position = integerOf(index, 'the index');
      const item = position < 0 ? undefined : listOf(list)[position];
      if (item === undefined) throw new IntrinsicFailure(`the index ${position} is outside of the array`);
      return item;
    },
  },
  'States.ArrayLength': { arity: [1, 1], compute: ([list]) => listOf(list).length },
  'States.ArrayPartition': { arity: [2, 2], compute: ([list, size]) => partition(listOf(list), size) },
  'States.ArrayRange': { arity: [3, 3], compute: ([first, last, step]) => range(first, last, step) },
  'States.ArrayUnique': { arity: [1, 1], compute: ([list]) => unique(listOf(list)) },
  'States.Base64Decode': { arity: [1, 1], compute: ([text]) => decode(shortText(text)) },
  'States.Base64Encode': {
    arity: [1, 1],
    compute: ([text]) => Buffer.from(shortText(text), 'utf8').toString('base64'),
  },
  'States.Format': { arity: [1, ANY], compute: ([template, ...values]) => format(textOf(template), values) },
  'States.Hash': { arity: [2, 2], compute: ([data, algorithm]) => hash(data!, algorithm) },
  'States.JsonMerge': { arity: [3, 3], compute: ([first, second, deep]) => merge(first, second, deep) },
  'States.JsonToString': { arity: [1, 1], compute: ([value]) => JSON.stringify(value) },
  'States.MathAdd': { arity: [2, 2], compute: ([a, b]) => add(a, b) },
  'States.MathRandom': { arity: [2, 3], compute: ([start, end, seed], random) => mathRandom(start, end, seed, random) },
  'States.StringSplit': { arity: [2, 2], compute: ([text, delimiters]) => split(textOf(text), textOf(delimiters)) },
  'States.StringToJson': { arity: [1, 1], compute: ([text]) => parseJson(textOf(text)) },
  'States.UUID': { arity: [0, 0], compute: (_, random) => random.uuid() },
};

const show = (value: Json | undefined): string => JSON.stringify(value)?.slice(0, 80) ?? 'nothing';

function listOf(value: Json | undefined): Json[] {
  if (Array.isArray(value)) return value;
  throw new IntrinsicFailure(`an array expected, got ${show(value)}`);
}

function textOf(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  throw new IntrinsicFailure(`a string expected, got ${show(value)}`);
}

function shortText(value: Json | undefined): string {
  const text = textOf(value);
  if (text.length > LONGEST_TEXT)
    throw new IntrinsicFailure(`the string has ${text.length} characters; the most are ${LONGEST_TEXT}`);
  return text;
}

/** Numbers that are no integers are rounded to the nearest, as the language says. */
function integerOf(value: Json | undefined, what: string): number {
  if (typeof value === 'number') return Math.round(value);
  throw new IntrinsicFailure(`${what} must be a number, got ${show(value)}`);
}

function partition(list: Json[], size: Json | undefined): Json[][] {
  const width = integerOf(size, 'the chunk size');
  if (width < 1) throw new IntrinsicFailure(`the chunk size must be a positive integer, got ${show(size)}`);
  return Array.from({ length: Math.ceil(list.length / width) }, (_, i) => list.slice(i * width, (i + 1) * width));
}

function range(first: Json | undefined, last: Json | undefined, step: Json | undefined): number[] {
  const [from, to, by] = [integerOf(first, 'the first'), integerOf(last, 'the last'), integerOf(step, 'the step')];
  if (by === 0) throw new IntrinsicFailure('the step must not be 0');
  const count = Math.max(0, Math.floor((to - from) / by) + 1);
  if (count > LONGEST_RANGE)
    throw new IntrinsicFailure(`the range has ${count} elements; the most are ${LONGEST_RANGE}`);
  return Array.from({ length: count }, (_, i) => from + i * by);
}

function unique(list: Json[]): Json[] {
  const seen = new Set<string>();
  return list.filter((item) => {
    const text = JSON.stringify(item, withSortedKeys);
    return !seen.has(text) && seen.add(text);
  });
}

/** Objects are equal whatever the order of their fields. */
function withSortedKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function decode(text: string): string {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.replace(/=+$/, '').length % 4 === 1) {
    throw new IntrinsicFailure(`${show(text)} is not base64`);
  }
  return Buffer.from(text, 'base64').toString('utf8');
}

function format(template: string, values: Json[]): string {
  let used = 0;
  const text = template.replace(/\\(.)|\{\}/gs, (_, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    const value = values[used++];
    return value === undefined ? '' : asText(value);
  });
  if (used === values.length) return text;
  throw new IntrinsicFailure(`the template has ${used} {} for ${values.length} arguments`);
}

/** A value in the text that Java gives it: `[a, 1]` and `{k=v}`, strings without quotes. */
function asText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(asText).join(', ')}]`;
  if (value === null || typeof value !== 'object') return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}=${asText(item)}`)
    .join(', ')}}`;
}

function hash(data: Json, algorithm: Json | undefined): string {
  const known = HASHES[textOf(algorithm)];
  if (!known)
    throw new IntrinsicFailure(`the algorithm ${show(algorithm)} is unknown; use ${Object.keys(HASHES).join(', ')}`);
  const text = shortText(typeof data === 'string' ? data : JSON.stringify(data));
  return createHash(known).update(text).digest('hex');
}

function merge(first: Json | undefined, second: Json | undefined, deep: Json | undefined): Json {
  if (deep !== false) throw new IntrinsicFailure('the third argument must be false: only shallow merging is supported');
  for (const value of [first, second]) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw new IntrinsicFailure(`an object expected, got ${show(value)}`);
    }
  }
  return { ...(first as object), ...(second as object) };
}

function add(a: Json | undefined, b: Json | undefined): number {
  const sum = integerOf(a, 'the first number') + integerOf(b, 'the second number');
  if (sum >= -(2 ** 31) && sum < 2 ** 31) return sum;
  throw new IntrinsicFailure(`${sum} is outside of the 32-bit integers`);
}

function mathRandom(
  start: Json | undefined,
  end: Json | undefined,
  seed: Json | undefined,
  random: SeededRandom,
): number {
  const [from, to] = [integerOf(start, 'the start'), integerOf(end, 'the end')];
  if (from >= to) throw new IntrinsicFailure(`the start ${from} must be below the end ${to}`);
  if (seed !== undefined) return from + new JavaRandom(integerOf(seed, 'the seed')).below(to - from);
  return from + Math.floor(random.number() * (to - from));
}

/** Splits at each of the characters of `delimiters`; empty pieces are left out. */
function split(text: string, delimiters: string): string[] {
  const at = new Set(delimiters);
  const pieces = [''];
  for (const character of text) {
    if (at.has(character)) pieces.push('');
    else pieces[pieces.length - 1] += character;
  }
  return pieces.filter((piece) => piece !== '');
}

function parseJson(text: string): Json {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new IntrinsicFailure(`${show(text)} is not JSON (${(error as Error).message})`);
  }
}
