import { z } from 'zod';
import type { Json } from '../core/codecs.ts';
import { Decimal, DecimalError, decimal, type Numeric, numberProblem } from '../core/decimal.ts';

type Binary = Uint8Array<ArrayBuffer>;

/** Ours: values of one type without order or repetition. */
export type AttributeSet = Set<string> | Set<Numeric> | Set<Binary>;

/** Ours: attributes by name: a map inside an item. */
export interface AttributeMap {
  [name: string]: AttributeValue;
}

/**
 * Ours: the value of one attribute of an item, as it is in memory. Numbers are exact to 38 digits: a JavaScript number where that is exact,
 * else a `Decimal`. -0 is 0.
 */
export type AttributeValue =
  | string
  | Numeric
  | Binary
  | boolean
  | null
  | AttributeSet
  | AttributeValue[]
  | AttributeMap;

/** Raised for what cannot be a value; says what is wrong, and where in it. A schema turns it into a validation issue. */
export class AttributeError extends Error {
  override name = 'AttributeError';
}

/** How deep lists and maps may lie within one another: that of DynamoDB. */
const DEEPEST = 32;

/** Where a value lies, as the names and positions that lead to it, the innermost first. */
type Path = { name: string | number; above: Path } | undefined;

/**
 * The JSON form of a value. Text, numbers, booleans, null, lists and maps are those of JSON; what JSON lacks is an object whose one name
 * begins with `$`: `{"$number": "1e100"}`, `{"$binary": "AAE="}`, `{"$set": [1, 2]}`. A map that looks like one is written as
 * `{"$map": {"$set": …}}`.
 */
export function attributeToJson(value: AttributeValue, path: Path = undefined, depth = 1): Json {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return checkedText(value, path);
  if (typeof value === 'number') return checkedNumber(value, path);
  if (value instanceof Decimal) return { $number: value.text };
  if (value instanceof Uint8Array) return { $binary: Buffer.from(value).toString('base64') };
  if (value instanceof Set) return { $set: setToJson(value, path) };
  if (typeof value !== 'object') fail(`a ${typeof value} cannot be kept in an item`, path);
  if (depth > DEEPEST) fail(`lists and maps lie more than ${DEEPEST} deep`, path);
  if (Array.isArray(value))
    return value.map((member, at) => attributeToJson(member, { name: at, above: path }, depth + 1));
  const map = mapToJson(value, path, depth);
  return tagOf(map) === undefined ? map : { $map: map };
}

/** The value whose JSON form it is. */
export function attributeFromJson(json: Json, path: Path = undefined, depth = 1): AttributeValue {
  if (json === null || typeof json === 'boolean') return json;
  if (typeof json === 'string') return checkedText(json, path);
  if (typeof json === 'number') return checkedNumber(json, path);
  if (typeof json !== 'object') fail(`a ${typeof json} is no JSON value`, path);
  if (depth > DEEPEST) fail(`lists and maps lie more than ${DEEPEST} deep`, path);
  if (Array.isArray(json))
    return json.map((member, at) => attributeFromJson(member, { name: at, above: path }, depth + 1));
  const tag = tagOf(json);
  if (tag === undefined) return mapFromJson(json, path, depth);
  return tagged(tag, json[tag]!, path, depth);
}

/** The JSON form of an item: that of a map, in which no name stands for a type. */
export const itemToJson = (item: Item): { [name: string]: Json } => mapToJson(item, undefined, 0);

/** The item whose JSON form it is. */
export const itemFromJson = (json: { [name: string]: Json }): Item => mapFromJson(json, undefined, 0);

function tagged(tag: string, content: Json, path: Path, depth: number): AttributeValue {
  switch (tag) {
    case '$number':
      return numberFromText(content, path);
    case '$binary':
      return binaryFromText(content, path);
    case '$set':
      return setFromJson(content, path);
    case '$map':
      if (content === null || typeof content !== 'object' || Array.isArray(content)) fail('$map needs an object', path);
      return mapFromJson(content, path, depth);
    default:
      fail(`"${tag}" is none of $number, $binary, $set and $map; write a map of that name as {"$map": {…}}`, path);
  }
}

function mapToJson(map: AttributeMap, path: Path, depth: number): { [name: string]: Json } {
  const prototype = Object.getPrototypeOf(map);
  if (prototype !== Object.prototype && prototype !== null)
    fail(`a ${prototype.constructor?.name ?? 'class'} cannot be kept in an item; convert it`, path);
  return Object.fromEntries(
    Object.entries(map).map(([name, value]) => {
      const place = { name, above: path };
      checkedName(name, place);
      return [name, attributeToJson(value, place, depth + 1)];
    }),
  );
}

function mapFromJson(json: { [name: string]: Json }, path: Path, depth: number): AttributeMap {
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => {
      const place = { name, above: path };
      checkedName(name, place);
      return [name, attributeFromJson(value, place, depth + 1)];
    }),
  );
}

function setToJson(set: AttributeSet, path: Path): Json[] {
  const members = [...set].map((member, at) => attributeToJson(member, { name: at, above: path }));
  checkSet(members, path);
  return members;
}

function setFromJson(json: Json, path: Path): AttributeSet {
  if (!Array.isArray(json)) fail('$set needs a list', path);
  const members = json.map((member, at) => attributeFromJson(member, { name: at, above: path }));
  checkSet(
    members.map((member) => attributeToJson(member)),
    path,
  );
  return new Set(members) as AttributeSet;
}

function checkSet(members: Json[], path: Path): void {
  if (members.length === 0) fail('a set must not be empty; leave the attribute out', path);
  const types = new Set(members.map(setTypeOf));
  if (types.size > 1 || types.has(undefined))
    fail('the members of a set must all be texts, all numbers or all binary', path);
  if (new Set(members.map((member) => JSON.stringify(member))).size < members.length)
    fail('a set must not have the same member twice', path);
}

function setTypeOf(member: Json): 'text' | 'number' | 'binary' | undefined {
  if (typeof member === 'string') return 'text';
  if (typeof member === 'number') return 'number';
  if (member === null || typeof member !== 'object') return undefined;
  return '$number' in member ? 'number' : '$binary' in member ? 'binary' : undefined;
}

/** The one name of an object that says of what type its content is. */
function tagOf(json: { [name: string]: Json }): string | undefined {
  const names = Object.keys(json);
  return names.length === 1 && names[0]!.startsWith('$') ? names[0] : undefined;
}

function checkedText(text: string, path: Path): string {
  if (!text.isWellFormed()) fail('a text with half of a surrogate pair has no UTF-8 form', path);
  return text;
}

function checkedName(name: string, path: Path): void {
  if (name === '') fail('the name of an attribute must not be empty', path);
  if (!name.isWellFormed()) fail('a name with half of a surrogate pair has no UTF-8 form', path);
}

function checkedNumber(value: number, path: Path): number {
  const problem = numberProblem(value);
  if (problem) fail(problem, path);
  return value === 0 ? 0 : value;
}

function numberFromText(content: Json, path: Path): Numeric {
  if (typeof content !== 'string') fail('$number needs a text', path);
  try {
    return decimal(content);
  } catch (error) {
    if (error instanceof DecimalError) fail(error.message, path);
    throw error;
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function binaryFromText(content: Json, path: Path): Binary {
  if (typeof content !== 'string' || !BASE64.test(content)) fail('$binary needs base64 text', path);
  return new Uint8Array(Buffer.from(content, 'base64'));
}

function fail(message: string, path: Path): never {
  const place = textOf(path);
  throw new AttributeError(place ? `attribute ${place}: ${message}` : message);
}

function textOf(path: Path): string {
  if (!path) return '';
  const { name, above } = path;
  if (typeof name === 'number') return `${textOf(above)}[${name}]`;
  return above ? `${textOf(above)}.${name}` : name;
}

/** Does `read`, and tells a schema what is wrong where it fails. */
function reporting<T>(read: () => T, input: unknown, context: { issues: z.core.$ZodRawIssue[] }): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AttributeError)) throw error;
    context.issues.push({ code: 'custom', input, message: error.message });
    return z.NEVER;
  }
}

const isMap = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Set) &&
  !ArrayBuffer.isView(value);

// Zod's own schema of JSON leaves `__proto__` out without a word, and an attribute may have that name.
const AnyJson = z.custom<Json>((value) => value !== undefined, 'a JSON value expected');
const JsonObject = z
  .custom<{ [name: string]: Json }>(isMap, 'attributes by name expected, such as { "id": "a" }')
  .meta({ type: 'object' });

/** Ours: the value of one attribute of an item. */
export const AttributeValue = z.codec(
  AnyJson,
  z.custom<AttributeValue>((value) => value !== undefined, 'a value expected'),
  {
    decode: (json, context) => reporting(() => attributeFromJson(json), json, context),
    encode: (value, context) => reporting(() => attributeToJson(value), value, context),
  },
);

/** Ours: attributes by name: an item of a table, the key of one, or a change to one. */
export const Item = z.codec(
  JsonObject,
  z.custom<AttributeMap>(isMap, 'attributes by name expected, such as { id: "a" }'),
  {
    decode: (json, context) => reporting(() => itemFromJson(json), json, context),
    encode: (item, context) => reporting(() => itemToJson(item), item, context),
  },
);
export type Item = AttributeMap;
