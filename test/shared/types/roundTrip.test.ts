import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { decode, encode } from '../../../shared/core/validation.ts';
import { ERROR_CODES } from '../../../shared/types/errors.ts';
import { page } from '../../../shared/types/pages.ts';
import { DeploymentDistribution } from '../../../shared/types/providers.ts';
import { Bucket } from '../../../shared/types/storage.ts';
import { TimeRange } from '../../../shared/types/time.ts';
import { arbitraryOf } from './arbitraries.ts';
import { everySchema } from './schemas.ts';

const schemas: [string, z.ZodType][] = [
  ...everySchema(),
  ['pages.page', page(Bucket)],
  ...Object.entries(ERROR_CODES).map(([code, { details }]): [string, z.ZodType] => [`details of ${code}`, details]),
];

describe('a value comes back from JSON as it was', () => {
  test.each(schemas)('%s', (name, schema) => {
    const holds = fc.property(arbitraryOf(schema), (value) => {
      const written = encode(schema, value, name);
      const read = JSON.parse(JSON.stringify(written));
      expect(read).toEqual(written);
      const memory = decode(schema, read, name);
      expect(memory).toEqual(value);
      expect(encode(schema, memory, name)).toEqual(written);
    });
    fc.assert(holds, { numRuns: 25 });
  });
});

describe('a default is a value that its own field allows', () => {
  const defaults = schemas.flatMap(([name, schema]) => defaultsIn(name, schema));

  test.each(defaults)('%s', (_path, schema, value) => {
    expect(z.safeEncode(schema, value).error).toBeUndefined();
  });

  test('there are some', () => {
    expect(defaults.length).toBeGreaterThan(50);
  });
});

describe('a function has no JSON form, and the error says what to do', () => {
  const message = /strategy: a function has no JSON form; give this distribution in code, or choose another kind/;

  test('when it is written', () => {
    const custom: DeploymentDistribution = { kind: 'Custom', strategy: () => [] };
    expect(() => encode(DeploymentDistribution, custom, 'distribution')).toThrow(message);
  });

  test('when it is read', () => {
    const custom = { kind: 'Custom', strategy: 'providers => []' };
    expect(() => decode(DeploymentDistribution, custom, 'distribution')).toThrow(message);
  });
});

test('rules across fields hold when a value is written as well', () => {
  const backwards = { start: new Date(1000), end: new Date(0) };
  expect(() => encode(TimeRange, backwards, 'range')).toThrow(/range: end: end must be after start/);
});

function defaultsIn(path: string, schema: z.core.$ZodType): [string, z.core.$ZodType, unknown][] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'pipe') return defaultsIn(path, def.in);
  if (def.type === 'default') return [[path, def.innerType, def.defaultValue]];
  if (def.type === 'union') return def.options.flatMap((option, index) => defaultsIn(`${path}[${index}]`, option));
  if (def.type !== 'object') return [];
  return Object.entries(def.shape).flatMap(([name, field]) => defaultsIn(`${path}.${name}`, field));
}
