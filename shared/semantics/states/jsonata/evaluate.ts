import { createHash } from 'node:crypto';
import type { Json } from '../definition.ts';
import { JavaRandom } from '../javaRandom.ts';
import type { Limits } from '../limits.ts';
import type { SeededRandom } from '../random.ts';
import { withTimeLimit } from '../timeLimit.ts';
import { buildSyncJsonata, type SyncExpression, type SyncJsonata } from './build.ts';

/** What one evaluation sees beside its bindings. */
export interface JsonataEnvironment {
  now: number;
  random: SeededRandom;
  limits: Limits;
}

/** Why an expression could not be parsed or evaluated: JSONata's code and sentence. */
export class JsonataFailure extends Error {
  override name = 'JsonataFailure';
}

interface Compiled {
  expression: SyncExpression;
  hasRegex: boolean;
}

const CACHED_EXPRESSIONS = 5_000;
const cache = new Map<string, Compiled>();
let build: SyncJsonata | undefined;
let environment: JsonataEnvironment;
let spent = 0;

/** Whether a string of a definition is an expression: `{% … %}`. */
export const isExpression = (value: unknown): value is `{%${string}%}` =>
  typeof value === 'string' && value.startsWith('{%') && value.endsWith('%}') && value.length >= 4;

/** The text between `{%` and `%}`. */
export const expressionText = (value: string): string => value.slice(2, -2).trim();

/** The syntax error of an expression, or undefined when it has none. */
export function syntaxError(text: string): string | undefined {
  try {
    compile(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The syntax tree of an expression; throws JsonataFailure when it has none. */
export const treeOf = (text: string): unknown => compile(text).expression.ast();

/** Evaluates an expression at once; `undefined` means that it returned nothing. Throws JsonataFailure. */
export function evaluateJsonata(
  text: string,
  bindings: Record<string, unknown>,
  within: JsonataEnvironment,
): Json | undefined {
  const { expression, hasRegex } = compile(text);
  environment = within;
  spent = 0;
  try {
    const run = (): unknown => expression.evaluate(undefined, bindings);
    const value = hasRegex ? withTimeLimit(run, within.limits.jsonataRegexMilliseconds) : run();
    return value === undefined ? undefined : toJson(value);
  } catch (error) {
    throw asFailure(error);
  }
}

function compile(text: string): Compiled {
  const known = cache.get(text);
  if (known) return known;
  build ??= buildSyncJsonata({
    now: () => environment?.now ?? 0,
    random: () => environment.random.number(),
    spend,
    deepen,
  });
  let expression: SyncExpression;
  try {
    expression = build(text);
  } catch (error) {
    throw asFailure(error);
  }
  for (const [name, implementation, signature] of FUNCTIONS) {
    expression.registerFunction(name, implementation, signature);
  }
  const compiled = { expression, hasRegex: containsRegex(expression.ast()) };
  if (cache.size >= CACHED_EXPRESSIONS) cache.delete(cache.keys().next().value!);
  cache.set(text, compiled);
  return compiled;
}

function spend(amount: number): void {
  spent += amount;
  if (spent > environment.limits.jsonataSteps) {
    throw new JsonataFailure(`the expression took more than ${environment.limits.jsonataSteps} steps`);
  }
}

function deepen(depth: number): void {
  if (depth > environment.limits.jsonataDepth) {
    throw new JsonataFailure(`the expression is nested more than ${environment.limits.jsonataDepth} deep`);
  }
}

function containsRegex(node: unknown): boolean {
  if (node === null || typeof node !== 'object') return false;
  if ((node as { type?: string }).type === 'regex') return true;
  return Object.values(node).some(containsRegex);
}

function asFailure(error: unknown): JsonataFailure {
  if (error instanceof JsonataFailure) return error;
  const { code, message } = error as { code?: string; message?: string };
  if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
    return new JsonataFailure(`a regular expression ran longer than allowed (${message})`);
  }
  if (message === 'Maximum call stack size exceeded') {
    return new JsonataFailure('D1011: Stack overflow. Check for non-terminating recursive function.');
  }
  return new JsonataFailure(code ? `${code}: ${message}` : (message ?? 'unknown failure'));
}

/** A result as plain JSON: JSONata marks its sequences with properties of their own, and a function is no value of a state. */
function toJson(value: unknown): Json {
  if (typeof value === 'function') throw new JsonataFailure('the result is a function, which is not a JSON value');
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value === null || typeof value !== 'object') return value as Json;
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : toJson(item)));
  if ('_jsonata_lambda' in value || '_jsonata_function' in value) {
    throw new JsonataFailure('the result is a function, which is not a JSON value');
  }
  const object: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    if (key === '__proto__')
      Object.defineProperty(object, key, { value: toJson(item), enumerable: true, writable: true, configurable: true });
    else object[key] = toJson(item);
  }
  return object;
}

const HASHES: Record<string, string> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** The functions that Step Functions adds to JSONata, and the one it takes away. */
const FUNCTIONS: [name: string, implementation: (...values: never[]) => unknown, signature: string][] = [
  ['partition', partition, '<an:a>'],
  ['range', range, '<nnn?:x>'],
  ['hash', hash, '<xs?:s>'],
  ['random', random, '<n?:n>'],
  ['uuid', () => environment.random.uuid(), '<:s>'],
  ['parse', parse, '<s:x>'],
  [
    'eval',
    () => {
      throw new JsonataFailure('$eval is not supported; use $parse to read JSON text');
    },
    '<sx?:x>',
  ],
];

/** Step Functions answers several arguments with nothing instead of an error; a number that is no integer loses its fraction. */
function partition(list: unknown[] | undefined, size: number): unknown[][] | undefined {
  const width = Math.trunc(size);
  if (width < 0) throw new JsonataFailure(`$partition: the chunk size is ${size}; use an integer of 1 or more`);
  if (list === undefined || list.length === 0 || !(width > 0)) return undefined;
  return Array.from({ length: Math.ceil(list.length / width) }, (_, i) => list.slice(i * width, (i + 1) * width));
}

/** The longest list that $range of Step Functions makes. */
const LONGEST_RANGE = 360_145;

function range(...bounds: (number | undefined)[]): number[] | number | undefined {
  const [first = Number.NaN, last = Number.NaN, delta = Number.NaN] = bounds.map((bound) => bound && Math.trunc(bound));
  if (delta === 0) throw new JsonataFailure('$range: the step is 0, which leads nowhere; use another number');
  const count = Math.floor((last - first) / delta) + 1;
  if (!(count > 0)) return undefined;
  if (count > LONGEST_RANGE) {
    throw new JsonataFailure(`$range: the list would have ${count} elements; the most are ${LONGEST_RANGE}`);
  }
  spend(count);
  return count === 1 ? first : Array.from({ length: count }, (_, i) => first + i * delta);
}

function random(seed?: number): number {
  return seed === undefined ? environment.random.number() : new JavaRandom(seed).number();
}

function hash(data: unknown, algorithm: string | undefined): string | undefined {
  if (data === undefined || algorithm === undefined) return undefined;
  const known = HASHES[algorithm];
  if (!known)
    throw new JsonataFailure(
      `$hash: the algorithm ${JSON.stringify(algorithm)} is unknown; use one of ${Object.keys(HASHES).join(', ')}`,
    );
  return createHash(known)
    .update(typeof data === 'string' ? data : JSON.stringify(data))
    .digest('hex');
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new JsonataFailure(`$parse: the text is not JSON (${(error as Error).message})`);
  }
}
