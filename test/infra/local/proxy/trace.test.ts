import { describe, expect, test } from '@jest/globals';
import { childTraceparent, newTraceparent, requestIdFrom } from '../../../../infra/local/proxy/trace.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

describe('traceparent (W3C Trace Context, section 3.2)', () => {
  test.each([
    ['00-…-01', `00-${TRACE}-${PARENT}-01`, '01'],
    ['00-…-00', `00-${TRACE}-${PARENT}-00`, '00'],
    ['flags without a meaning are cleared', `00-${TRACE}-${PARENT}-fd`, '01'],
    ['a later version is read as version 00', `cc-${TRACE}-${PARENT}-01`, '01'],
    ['a later version may have more fields', `cc-${TRACE}-${PARENT}-01-what`, '01'],
  ])('is continued: %s', (_name, value, flags) => {
    expect(childTraceparent(value)).toMatch(new RegExp(`^00-${TRACE}-(?!${PARENT})[0-9a-f]{16}-${flags}$`));
  });

  test.each([
    ['version ff', `ff-${TRACE}-${PARENT}-01`],
    ['a zero trace id', `00-${'0'.repeat(32)}-${PARENT}-01`],
    ['a zero parent id', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${PARENT}-01`],
    ['more fields in version 00', `00-${TRACE}-${PARENT}-01-what`],
    ['more in a later version without a dash', `cc-${TRACE}-${PARENT}-01.what`],
    ['a short trace id', `00-${TRACE.slice(1)}-${PARENT}-01`],
    ['nothing', ''],
  ])('is invalid: %s', (_name, value) => {
    expect(childTraceparent(value)).toBeUndefined();
  });

  test('a new one is different each time and valid', () => {
    const all = Array.from({ length: 2_000 }, newTraceparent);
    expect(new Set(all.map((value) => value.split('-')[1])).size).toBe(2_000);
    expect(all.every((value) => childTraceparent(value) !== undefined)).toBe(true);
  });
});

describe('request id', () => {
  test.each(['order-17', 'a', '4bf92f35:77.b3/4+d=_', 'x'.repeat(128)])('%j is kept', (value) => {
    expect(requestIdFrom(value)).toBe(value);
  });

  test.each([undefined, '', 'a b', 'ü', 'x'.repeat(129), '<script>', 'a\r\nb'])('%j is replaced', (value) => {
    expect(requestIdFrom(value)).toMatch(/^[\da-f-]{36}$/);
  });
});
