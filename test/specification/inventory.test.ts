import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ERROR_FAMILIES } from '../../shared/types/errors.ts';
import { LOG_LEVEL_ORDER } from '../../shared/types/logging.ts';
import { kindsOf } from '../../shared/types/variants.ts';
import { MODULES } from '../shared/types/schemas.ts';
import { isBuilt } from './built.ts';
import { ENUMS, FUNCTIONS, STRUCTS, undefinedTypes, variantFields } from './inventory.ts';
import {
  BUILT_IN,
  IN_MEMORY_TYPES,
  MAY_BE_ABSENT,
  NAMES,
  OTHER_TYPES,
  OWN_VARIANTS,
  PROVIDER_FACTORIES,
  SERVICE_CLASSES,
  TUPLE_FIELDS,
} from './mapping.ts';
import { fits, shapeOf } from './notation.ts';
import { PLANNED } from './planned.ts';

const exported: Record<string, unknown> = Object.assign({}, ...Object.values(MODULES));

function schemaNamed(name: string): z.ZodType | undefined {
  const found = exported[NAMES[name] ?? name];
  return found instanceof z.ZodType ? found : undefined;
}

/** What is wrong with the counterpart of one field, if anything. */
function fieldProblems(path: string, notation: string, schema: z.core.$ZodType | undefined): string[] {
  if (!schema) return [`${path} is missing`];
  const problems: string[] = [];
  const mayBeAbsent = schema._zod.optout === 'optional';
  const shouldBe = notation.startsWith('?') || path in MAY_BE_ABSENT;
  if (mayBeAbsent !== shouldBe) problems.push(`${path} ${mayBeAbsent ? 'is' : 'is not'} optional`);
  const type = OTHER_TYPES[path] ?? notation;
  if (!fits(type, schema, schemaNamed)) problems.push(`${path} is not of the type ${type}`);
  return problems;
}

const dataStructs = STRUCTS.filter(({ name }) => ![...SERVICE_CLASSES, ...PROVIDER_FACTORIES].includes(name));

test('the inventory is the whole specification', () => {
  const count = (definitions: { parts: object }[]) => definitions.flatMap(({ parts }) => Object.keys(parts)).length;
  expect([STRUCTS.length, count(STRUCTS), ENUMS.length, count(ENUMS), FUNCTIONS.length]).toEqual([
    116, 544, 63, 312, 202,
  ]);
});

describe('a struct has a schema with each of its fields, and a field beyond them says that it is ours', () => {
  test.each(dataStructs)('$name', ({ file, name, parts }) => {
    const schema = MODULES[file]?.[NAMES[name] ?? name];
    const shape = shapeOf(schema as z.ZodType) ?? {};
    expect(
      Object.entries(parts).flatMap(([field, type]) => fieldProblems(`${name}.${field}`, type, shape[field])),
    ).toEqual([]);
    const own = Object.keys(shape).filter((field) => !(field in parts));
    expect(own.filter((field) => !(shape[field] as z.ZodType).description?.startsWith('Ours: '))).toEqual([]);
  });
});

test('a service of the specification is made by its `new`', () => {
  expect(FUNCTIONS).toEqual(expect.arrayContaining(SERVICE_CLASSES.map((name) => `${name}.new`)));
});

const isPlain = ({ parts }: { parts: Record<string, string> }) =>
  Object.values(parts).every((carried) => carried === '' || carried.startsWith('='));

describe('an enum whose variants carry nothing is a union of their names', () => {
  test.each(ENUMS.filter(isPlain))('$name', ({ file, name, parts }) => {
    const schema = MODULES[file]?.[name] as z.ZodEnum;
    expect([...schema.options].sort()).toEqual(Object.keys(parts).sort());
  });
});

describe('an enum with a variant that carries fields is a union told apart by kind', () => {
  const carrying = ENUMS.filter((definition) => !isPlain(definition) && definition.name !== 'CloudError');

  test.each(carrying)('$name', ({ file, name, parts }) => {
    const union = MODULES[file]?.[name] as z.ZodDiscriminatedUnion<z.ZodObject[]>;
    const kinds = kindsOf(union);
    expect(kinds).toEqual(expect.arrayContaining(Object.keys(parts)));
    const problems = Object.entries(parts).flatMap(([variant, carried]) => {
      const { kind: _, ...shape } = union.options[kinds.indexOf(variant)]?.shape ?? {};
      return variantProblems(`${name}.${variant}`, carried, shape);
    });
    expect(problems).toEqual([]);
    if (file !== 'errors') {
      expect(kinds.filter((kind) => !(kind in parts))).toEqual(OWN_VARIANTS[name] ?? []);
    }
  });

  function variantProblems(path: string, carried: string, shape: Record<string, z.core.$ZodType>): string[] {
    const fields = carried.startsWith('(')
      ? ([[TUPLE_FIELDS[path] ?? '(none)', carried.slice(1, -1)]] satisfies [string, string][])
      : variantFields(carried);
    const own = Object.keys(shape).filter((name) => !fields.some(([field]) => field === name));
    return [
      ...fields.flatMap(([field, type]) => fieldProblems(`${path}.${field}`, type, shape[field])),
      ...own
        .filter((field) => !(shape[field] as z.ZodType).description?.startsWith('Ours: '))
        .map((field) => `${path}.${field} does not say that it is ours`),
    ];
  }
});

test('the variants of CloudError are the families of errors', () => {
  const families = ENUMS.find(({ name }) => name === 'CloudError')?.parts ?? {};
  expect(Object.keys(ERROR_FAMILIES)).toEqual(expect.arrayContaining(Object.keys(families)));
});

test('the levels of a log are in the order of their numbers', () => {
  const levels = ENUMS.find(({ name }) => name === 'LogLevel')?.parts ?? {};
  expect(LOG_LEVEL_ORDER).toEqual(
    Object.fromEntries(Object.entries(levels).map(([level, number]) => [level, Number(number.replace('=', ''))])),
  );
});

describe('a type that the specification uses and never defines is defined here', () => {
  const folder = new URL('../../shared/types/', import.meta.url);
  const source = readdirSync(folder)
    .map((file) => readFileSync(new URL(file, folder), 'utf8'))
    .join('\n');

  const types = undefinedTypes().filter((name) => !BUILT_IN.includes(name));

  test.each(types.filter((name) => !IN_MEMORY_TYPES.includes(name)))('%s, as a schema', (name) => {
    expect(schemaNamed(name)).toBeDefined();
    expect(source).toMatch(new RegExp(`^export type ${name}\\b`, 'm'));
  });

  test.each(IN_MEMORY_TYPES)('%s, as a type', (name) => {
    expect(types).toContain(name);
    expect(source).toMatch(new RegExp(`^export (?:type|interface) ${name}\\b`, 'm'));
  });
});

describe('a function of the specification is either built or planned', () => {
  const built = Promise.all(FUNCTIONS.map(async (name) => ((await isBuilt(name)) ? [name] : []))).then((found) =>
    found.flat(),
  );

  test('a function without a counterpart has its line in planned.ts', async () => {
    const found = new Set(await built);
    expect(FUNCTIONS.filter((name) => !found.has(name) && !PLANNED.includes(name))).toEqual([]);
  });

  test('a function that is built has no line in planned.ts any more', async () => {
    const found = new Set(await built);
    expect(PLANNED.filter((name) => found.has(name))).toEqual([]);
  });

  test('a line in planned.ts names a function of the specification, once', () => {
    expect(PLANNED.filter((name) => !FUNCTIONS.includes(name))).toEqual([]);
    expect(new Set(PLANNED).size).toBe(PLANNED.length);
  });
});

describe('an exception in the mapping names something of the specification', () => {
  const fields = STRUCTS.flatMap(({ name, parts }) => Object.keys(parts).map((field) => `${name}.${field}`));
  const variants = ENUMS.flatMap(({ name, parts }) =>
    Object.entries(parts).flatMap(([variant, carried]) => [
      `${name}.${variant}`,
      ...variantFields(carried).map(([field]) => `${name}.${variant}.${field}`),
    ]),
  );
  const known = [...fields, ...variants, ...STRUCTS.map(({ name }) => name), ...ENUMS.map(({ name }) => name)];
  const exceptions = [NAMES, TUPLE_FIELDS, MAY_BE_ABSENT, OTHER_TYPES, OWN_VARIANTS].flatMap((table) =>
    Object.keys(table),
  );

  test.each([...exceptions, ...PROVIDER_FACTORIES, ...SERVICE_CLASSES])('%s', (path) => {
    expect(known).toContain(path);
  });
});
