import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { Bytes, Count, DurationCodec, Int32, Int64, Json, NonEmpty, Timestamp } from '../../../shared/core/codecs.ts';
import { Duration } from '../../../shared/core/duration.ts';
import { decode, encode } from '../../../shared/core/validation.ts';

const accepts = (schema: z.ZodType, value: unknown): boolean => z.safeDecode(schema, value as never).success;

describe('a timestamp', () => {
  test.each([
    ['2026-01-02T03:04:05Z', Date.UTC(2026, 0, 2, 3, 4, 5)],
    ['2026-01-02T03:04:05.678Z', Date.UTC(2026, 0, 2, 3, 4, 5, 678)],
    ['2026-01-02T03:04:05+02:00', Date.UTC(2026, 0, 2, 1, 4, 5)],
  ])('is read from %s', (text, time) => {
    expect(decode(Timestamp, text, 'time')).toEqual(new Date(time));
  });

  test.each(['2026-01-02', '2026-01-02 03:04:05Z', '2026-13-01T00:00:00Z', '2026-02-30T00:00:00Z', 'now', 0])(
    'is not read from %p',
    (value) => {
      expect(accepts(Timestamp, value)).toBe(false);
    },
  );

  test('is written in UTC', () => {
    expect(encode(Timestamp, new Date(0), 'time')).toBe('1970-01-01T00:00:00.000Z');
    expect(() => encode(Timestamp, new Date(Number.NaN), 'time')).toThrow(/^time: /);
  });
});

describe('a duration', () => {
  test('is text in JSON', () => {
    expect(decode(DurationCodec, 'PT5M', 'timeout').equals(Duration.minutes(5))).toBe(true);
    expect(encode(DurationCodec, Duration.minutes(5), 'timeout')).toBe('PT5M');
  });

  test('that is malformed is refused with how to write it', () => {
    expect(() => decode(DurationCodec, '5 minutes', 'timeout')).toThrow(
      'timeout: (value): "5 minutes" is not an ISO 8601 duration; write weeks to seconds, such as PT5M or P1DT12H (got "5 minutes")',
    );
    expect(() => encode(DurationCodec, 300 as never, 'timeout')).toThrow(/Duration expected/);
  });
});

describe('bytes', () => {
  test('are base64 in JSON, and come back as they were', () => {
    expect(encode(Bytes, new Uint8Array([0, 255, 16]), 'data')).toBe('AP8Q');
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const copy = new Uint8Array(bytes);
        expect(decode(Bytes, encode(Bytes, copy, 'data'), 'data')).toEqual(copy);
      }),
    );
  });

  test.each(['AP8', 'AP8Q!', 'AP-_', 7])('are not read from %p', (value) => {
    expect(accepts(Bytes, value)).toBe(false);
  });
});

describe('a number', () => {
  test.each([
    ['Int32', Int32, [-(2 ** 31), 0, 2 ** 31 - 1], [2 ** 31, -(2 ** 31) - 1, 0.5, Number.NaN, '1', null]],
    ['Int64', Int64, [-(2 ** 53) + 1, 2 ** 53 - 1], [2 ** 53, -(2 ** 53), 0.5, Number.POSITIVE_INFINITY, '1', 1n]],
    ['Count', Count, [0, 1, 2 ** 53 - 1], [-1, 0.5, Number.NaN, 2 ** 53]],
  ])('of type %s has its bounds', (_name, schema, allowed, refused) => {
    for (const value of allowed) expect([value, accepts(schema, value)]).toEqual([value, true]);
    for (const value of refused) expect([value, accepts(schema, value)]).toEqual([value, false]);
  });
});

describe('a text', () => {
  test('that must not be empty is refused when it is', () => {
    expect(accepts(NonEmpty, 'a')).toBe(true);
    expect(accepts(NonEmpty, '')).toBe(false);
  });
});

describe('a JSON value', () => {
  test('is what JSON can say', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false } as never), (value) => {
        const sent = JSON.parse(JSON.stringify(value));
        expect(decode(Json, sent, 'value')).toEqual(sent);
      }),
    );
    for (const value of [undefined, 1n, Number.NaN, () => 1]) expect(accepts(Json, value)).toBe(false);
  });
});
