import fc from 'fast-check';
import { z } from 'zod';
import { Bytes, DurationCodec, Json, Timestamp } from '../../../shared/core/codecs.ts';
import { decimal } from '../../../shared/core/decimal.ts';
import { Duration } from '../../../shared/core/duration.ts';
import { AttributeValue, Item } from '../../../shared/types/attributes.ts';

type Arb = fc.Arbitrary<unknown>;
// biome-ignore lint/suspicious/noExplicitAny: the checks of Zod are told apart by `check`, each with fields of its own
type CheckDef = { check: string } & Record<string, any>;

/** Values, in memory, that a schema allows; rules across fields are kept by filtering where the rule stands. */
export function arbitraryOf(schema: z.core.$ZodType): Arb {
  const values = structural(schema);
  const hasRule = checksOf(schema).some(({ check }) => check === 'custom');
  return hasRule ? values.filter((value) => z.safeEncode(schema, value).success) : values;
}

function structural(schema: z.core.$ZodType): Arb {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'string':
      return text(checksOf(schema));
    case 'number':
      return number(checksOf(schema));
    case 'boolean':
      return fc.boolean();
    case 'literal':
      return fc.constantFrom(...def.values);
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries));
    case 'optional':
    case 'default':
      return arbitraryOf(def.innerType);
    case 'object':
      return object(def.shape);
    case 'array':
      return fc.array(arbitraryOf(def.element), { minLength: minLength(schema), maxLength: minLength(schema) + 2 });
    case 'tuple':
      return fc.tuple(...def.items.map(arbitraryOf));
    case 'record':
      return fc.dictionary(keys(def.keyType), arbitraryOf(def.valueType), { maxKeys: 3, noNullPrototype: true });
    case 'union':
      return fc.oneof(...def.options.filter(hasJsonForm).map(arbitraryOf));
    case 'lazy':
      if (schema._zod.def === Json._zod.def) return json;
      break;
    case 'pipe':
      return codec(def);
  }
  throw new Error(`no values are known for a schema of the type ${def.type}`);
}

/** Whether a schema's values can be written as JSON: a function has no such form. */
export function hasJsonForm(schema: z.core.$ZodType): boolean {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'object') return Object.values(def.shape).every(hasJsonForm);
  return !(def.type === 'pipe' && def.in._zod.def.type === 'never');
}

/** The checks of a schema: its own format and those that were added to it. */
export function checksOf(schema: z.core.$ZodType): CheckDef[] {
  const { def } = schema._zod;
  const own = 'check' in def ? [def as unknown as CheckDef] : [];
  return [...own, ...(def.checks ?? []).map((check) => check._zod.def as CheckDef)];
}

const json: Arb = fc
  .jsonValue({ maxDepth: 2 })
  .map((value) => JSON.stringify(value))
  .filter((encoded) => !encoded.includes('__proto__'))
  .map((encoded) => JSON.parse(encoded));

const instants = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
const durations = fc.nat({ max: 400 * 86_400_000 }).map((milliseconds) => Duration.milliseconds(milliseconds));

/** Numbers that a JavaScript number holds, and those that only a `Decimal` does. */
const numbers = fc
  .tuple(fc.boolean(), fc.stringMatching(/^[1-9]\d{0,37}$/), fc.integer({ min: -130, max: 87 }))
  .map(([negative, digits, exponent]) => `${negative ? '-' : ''}${digits}e${exponent}`)
  .map(decimal);
const attributeNames = fc
  .oneof(fc.string({ minLength: 1, unit: 'grapheme' }), fc.constantFrom('$set', '$number', '$binary', '$map', '$x'))
  .filter((name) => name !== '__proto__');
const binary = fc.uint8Array({ maxLength: 40 });
const texts = fc.string({ unit: 'grapheme' });
const distinct = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<Set<T>> =>
  fc.uniqueArray(values, { minLength: 1, maxLength: 4, selector: String }).map((members) => new Set(members));
const attributeValues: Arb = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    texts,
    numbers,
    binary,
    fc.boolean(),
    fc.constant(null),
    distinct(texts),
    distinct(numbers),
    distinct(binary),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(attributeNames, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

function codec(def: z.core.$ZodPipeDef): Arb {
  const isSame = (other: z.ZodCodec) => def.reverseTransform === other.def.reverseTransform;
  if (isSame(Timestamp)) return instants;
  if (isSame(DurationCodec)) return durations;
  if (isSame(AttributeValue)) return attributeValues;
  if (isSame(Item)) return fc.dictionary(attributeNames, attributeValues, { maxKeys: 3, noNullPrototype: true });
  if (isSame(Bytes)) return fc.uint8Array({ maxLength: 40 });
  const decode = def.transform as (value: unknown, context: unknown) => unknown;
  return arbitraryOf(def.in).map((value) => decode(value, undefined));
}

function object(shape: z.core.$ZodShape): Arb {
  const fields = Object.entries(shape);
  const required = fields.filter(([, field]) => field._zod.def.type !== 'optional').map(([name]) => name);
  const arbitraries = Object.fromEntries(fields.map(([name, field]) => [name, arbitraryOf(field)]));
  return fc.record(arbitraries, { requiredKeys: required, noNullPrototype: true });
}

function keys(schema: z.core.$ZodType): fc.Arbitrary<string> {
  return (arbitraryOf(schema) as fc.Arbitrary<string>).filter((key) => key !== '__proto__');
}

const minLength = (schema: z.core.$ZodType): number =>
  Math.max(0, ...checksOf(schema).map(({ minimum }) => Number(minimum ?? 0)));

const FORMATS: Record<string, fc.Arbitrary<string>> = {
  url: fc.stringMatching(/^https?:\/\/[a-z]{1,9}\.example\/[a-z0-9]{0,9}$/),
  hostname: fc.stringMatching(/^[a-z]{1,9}(\.[a-z]{1,9}){0,2}$/),
};

function text(checks: CheckDef[]): Arb {
  const pattern = checks.find(({ format }) => format === 'regex')?.pattern as RegExp | undefined;
  if (pattern) return fc.stringMatching(withoutLookaheads(pattern)).filter((value) => pattern.test(value));
  const format = checks.find((check) => check.check === 'string_format')?.format as string | undefined;
  if (format) return FORMATS[format] ?? fail(`no texts are known for the format ${format}`);
  const min = checks.find(({ check }) => check === 'min_length')?.minimum ?? 0;
  return fc.string({ minLength: min, maxLength: min + 12, unit: 'grapheme' });
}

/** A pattern without its negative lookaheads, which the generator does not know; what it gives is filtered afterwards. */
function withoutLookaheads({ source }: RegExp): RegExp {
  for (let start = source.indexOf('(?!'); start >= 0; start = source.indexOf('(?!')) {
    let end = start;
    let depth = 0;
    do {
      if (source[end] === '\\') end += 1;
      else if (source[end] === '(') depth += 1;
      else if (source[end] === ')') depth -= 1;
      end += 1;
    } while (depth > 0);
    source = source.slice(0, start) + source.slice(end);
  }
  return new RegExp(source);
}

function number(checks: CheckDef[]): Arb {
  const isInteger = checks.some(({ check }) => check === 'number_format');
  const isInt32 = checks.some(({ format }) => format === 'int32');
  const bounds = (kind: string) => checks.filter(({ check }) => check === kind);
  const lower = bounds('greater_than').map(({ value, inclusive }) => ({ value, isOpen: !inclusive }));
  const upper = bounds('less_than').map(({ value, inclusive }) => ({ value, isOpen: !inclusive }));
  const largest = isInt32 ? 2 ** 31 - 1 : isInteger ? Number.MAX_SAFE_INTEGER : 1e300;
  const min = Math.max(isInt32 ? -(2 ** 31) : -largest, ...lower.map(({ value }) => value));
  const max = Math.min(largest, ...upper.map(({ value }) => value));
  if (isInteger) return fc.integer({ min, max });
  const minExcluded = lower.some(({ value, isOpen }) => isOpen && value === min);
  const maxExcluded = upper.some(({ value, isOpen }) => isOpen && value === max);
  // JSON has no −0.
  return fc.double({ min, max, minExcluded, maxExcluded, noNaN: true }).map((value) => value + 0);
}

function fail(message: string): never {
  throw new Error(message);
}
