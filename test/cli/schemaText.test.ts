import { expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import { z } from 'zod';
import { schemaText } from '../../cli/schemaText.ts';
import { DurationCodec, Timestamp } from '../../shared/core/codecs.ts';
import { Duration } from '../../shared/core/duration.ts';
import { jsonSchemaOf } from '../../shared/operationDescription.ts';

const textOf = (schema: z.ZodType): string => schemaText(jsonSchemaOf(schema), picocolors.createColors(false));

test('members are told with their type, whether they are required, their default and what is said of them', () => {
  const schema = z.strictObject({
    name: z.string().min(1).max(63),
    count: z.int().min(0).default(1).describe('how many'),
    ratio: z.number().gt(0).max(1).optional(),
    level: z.enum(['Low', 'High']),
    since: Timestamp.optional(),
    every: DurationCodec.default(() => Duration.minutes(5)).describe('between two'),
    tags: z.record(z.string(), z.string()).optional(),
  });
  expect(textOf(schema).split('\n')).toEqual([
    'name   text of 1 to 63 characters, required',
    'count  whole number ≥ 0, default 1  how many',
    'ratio  number > 0 ≤ 1',
    'level  Low | High, required',
    'since  time (RFC 3339)',
    'every  duration such as PT5M  between two',
    'tags   map of texts',
  ]);
});

test('the variants of a union are headed by their kind', () => {
  const schema = z.strictObject({
    source: z.union([
      z.strictObject({ kind: z.literal('Local'), path: z.string() }),
      z.strictObject({ kind: z.literal('None') }),
    ]),
    steps: z.array(z.strictObject({ weight: z.int() })).min(1),
  });
  expect(textOf(schema).split('\n')).toEqual([
    'source         one of, required',
    '  kind: Local',
    '    path       text, required',
    '  kind: None',
    'steps          list of objects, at least 1, required',
    '  weight       whole number, required',
  ]);
});

test('an object without members says so', () => {
  expect(textOf(z.strictObject({}))).toBe('nothing');
});
