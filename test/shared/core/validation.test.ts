import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { DurationCodec, Timestamp } from '../../../shared/core/codecs.ts';
import { Duration } from '../../../shared/core/duration.ts';
import type { CloudError } from '../../../shared/core/errors.ts';
import { author, decode, encode } from '../../../shared/core/validation.ts';

const Bucket = z.strictObject({
  name: z.string().min(1),
  size: z.int().nonnegative().default(0),
  rules: z.array(z.strictObject({ after: DurationCodec })).default([]),
  created: Timestamp.optional(),
});

function refusal(value: unknown, schema: z.ZodType = Bucket): CloudError {
  try {
    decode(schema, value, 'bucket');
  } catch (error) {
    return error as CloudError;
  }
  throw new Error('it was not refused');
}

describe('a value', () => {
  test('comes in its JSON form and is its memory form afterwards, and back', () => {
    const json = { name: 'models', size: 1, rules: [{ after: 'PT5M' }], created: '2026-01-01T00:00:00.000Z' };
    const bucket = decode(Bucket, json, 'bucket');
    expect(bucket.rules[0]!.after.equals(Duration.minutes(5))).toBe(true);
    expect(bucket.created).toEqual(new Date(Date.UTC(2026, 0, 1)));
    expect(encode(Bucket, bucket, 'bucket')).toEqual(json);
  });

  test('gets the defaults that it leaves out', () => {
    expect(decode(Bucket, { name: 'models' }, 'bucket')).toEqual({ name: 'models', size: 0, rules: [] });
  });

  test('may be authored with dates and durations', () => {
    const created = new Date(0);
    const bucket = author(Bucket, { name: 'models', created, rules: [{ after: Duration.hours(1) }] }, 'bucket');
    expect(bucket).toMatchObject({ created, size: 0 });
    expect(bucket.rules[0]!.after.equals(Duration.hours(1))).toBe(true);
  });

  test.each([
    ['a missing name', {}, 'name', undefined],
    ['an empty name', { name: '' }, 'name', ''],
    ['a number as text', { name: 'a', size: '1' }, 'size', '1'],
    ['a negative count', { name: 'a', size: -1 }, 'size', -1],
    ['NaN', { name: 'a', size: Number.NaN }, 'size', Number.NaN],
    ['a wrong entry of a list', { name: 'a', rules: [{ after: 'PT1S' }, { after: '5m' }] }, 'rules[1].after', '5m'],
    ['a memory form', { name: 'a', created: new Date(0) }, 'created', new Date(0)],
    ['an unknown key', { name: 'a', nam: 'b' }, 'nam', 'b'],
    ['an unknown key within', { name: 'a', rules: [{ after: 'PT1S', befor: 1 }] }, 'rules[0].befor', 1],
    ['nothing', undefined, '(value)', undefined],
    ['a list', [], '(value)', []],
  ])('with %s is refused with the place and the value', (_what, value, path, found) => {
    const error = refusal(value);
    expect(error.code).toBe('InvalidInput');
    expect(error.details.issues).toEqual([{ path, value: found, message: expect.stringMatching(/./) }]);
    expect(error.message.startsWith(`bucket: ${path}: `)).toBe(true);
  });

  test('is refused with everything that is wrong with it', () => {
    const error = refusal({ name: '', size: -1, other: true, more: true });
    const paths = (error.details.issues as { path: string }[]).map(({ path }) => path);
    expect(paths.toSorted()).toEqual(['more', 'name', 'other', 'size']);
    expect(error.message).toContain('other: this key is unknown here; remove it or correct its name (got true)');
    expect(error.message).toContain('(got "")');
    expect(error.message).toContain('(got -1)');
  });

  test('that cannot be written is refused as well', () => {
    expect(() => encode(Bucket, { name: 'a', size: 0.5, rules: [] }, 'answer')).toThrow(
      /^answer: size: .*\(got 0\.5\)$/,
    );
  });

  test('that is long is shown in its beginning', () => {
    const { message } = refusal({ name: 'a', size: 'x'.repeat(200) });
    expect(message).toMatch(/\(got "x{76}…\)$/);
  });

  test.each([
    'password',
    'apiToken',
    'clientSecret',
    'secret_key',
    'access_key_id',
    'accessKeyId',
    'privateKey',
    'passphrase',
    'credentials',
    'serviceAccountKey',
  ])('under %s is never shown', (key) => {
    const schema = z.strictObject({ [key]: z.number() });
    const error = refusal({ [key]: 'hunter2' }, schema);
    expect(error.message).not.toContain('hunter2');
    expect(JSON.stringify(error)).not.toContain('hunter2');
    expect(error.message).toContain(`bucket: ${key}: `);
    const unknown = refusal({ name: 'a', [key]: { value: 'hunter2' } });
    expect(JSON.stringify(unknown)).not.toContain('hunter2');
  });

  test('that is an object is not shown in the message, whatever it holds', () => {
    const schema = z.strictObject({ login: z.string() });
    expect(refusal({ login: { password: 'hunter2' } }, schema).message).toMatch(/\(got an object\)$/);
  });

  test.each([
    ['an object', { password: 'hunter2' }],
    ['a list', [{ password: 'hunter2' }]],
  ])('that is %s shows no secret from within it', (_what, login) => {
    const error = refusal({ login }, z.strictObject({ login: z.string() }));
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });
});
