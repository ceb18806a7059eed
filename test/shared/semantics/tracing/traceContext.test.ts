import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseTraceContext, traceFields } from '../../../../shared/semantics/tracing/traceContext.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const VALID = `00-${TRACE}-${PARENT}-01`;
const stateOf = (tracestate: string): string | undefined =>
  parseTraceContext({ traceparent: VALID, tracestate })?.state;

describe('traceparent (section 3.2)', () => {
  test.each([
    ['version 00', VALID, 1],
    ['not sampled', `00-${TRACE}-${PARENT}-00`, 0],
    ['random', `00-${TRACE}-${PARENT}-03`, 3],
    ['flags that have no meaning yet', `00-${TRACE}-${PARENT}-fc`, 0],
    ['an unknown higher version', `cc-${TRACE}-${PARENT}-01`, 1],
    ['an unknown higher version with more after a dash', `cc-${TRACE}-${PARENT}-01-what-else`, 1],
  ])('is read: %s', (_what, traceparent, flags) => {
    expect(parseTraceContext({ traceparent })).toEqual({ traceId: TRACE, parentId: PARENT, flags });
  });

  test.each([
    ['version ff', `ff-${TRACE}-${PARENT}-01`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${PARENT}-01`],
    ['a parent id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['zeros in a higher version', `cc-${'0'.repeat(32)}-${PARENT}-01`],
    ['upper case', VALID.toUpperCase()],
    ['a version that is not hexadecimal', `0x-${TRACE}-${PARENT}-01`],
    ['flags of one digit', `00-${TRACE}-${PARENT}-1`],
    ['more in version 00', `${VALID}-what`],
    ['an empty rest in version 00', `${VALID}-`],
    ['a higher version whose rest begins without a dash', `cc-${TRACE}-${PARENT}-01.what`],
    ['space around it', ` ${VALID}`],
    ['a line break after it', `${VALID}\n`],
    ['nothing', ''],
  ])('is not valid, nor is its tracestate then: %s', (_what, traceparent) => {
    expect(parseTraceContext({ traceparent, tracestate: 'a=1' })).toBeUndefined();
  });

  test('is written as version 00 whatever version was read', () => {
    const context = parseTraceContext({ traceparent: `cc-${TRACE}-${PARENT}-ff-what`, tracestate: 'a=1' })!;
    expect(traceFields(context)).toEqual({ traceparent: `00-${TRACE}-${PARENT}-03`, tracestate: 'a=1' });
  });

  test('any context that is written is read as the same', () => {
    const hex = (length: number): fc.Arbitrary<string> =>
      fc
        .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
        .filter((digits) => /[^0]/.test(digits));
    fc.assert(
      fc.property(hex(32), hex(16), fc.nat(3), (traceId, parentId, flags) => {
        const context = { traceId, parentId, flags };
        expect(parseTraceContext(traceFields(context))).toEqual(context);
      }),
    );
  });
});

describe('tracestate (section 3.3)', () => {
  test.each([
    ['one member', 'rojo=00f067aa0ba902b7', 'rojo=00f067aa0ba902b7'],
    ['spaces and tabs around members', 'a=1 ,\tb=2', 'a=1,b=2'],
    ['empty members', 'a=1,,b=2, ', 'a=1,b=2'],
    ['a key with a tenant', 'fw529a3039@dt=FfffffeC', 'fw529a3039@dt=FfffffeC'],
    ['a key that begins with a digit', '0a*_/-=1', '0a*_/-=1'],
    ['a value with spaces inside', 'a=x y', 'a=x y'],
    ['32 members', list(32), list(32)],
  ])('is kept: %s', (_what, text, kept) => {
    expect(stateOf(text)).toBe(kept);
  });

  test.each([
    ['a key twice', 'a=1,b=2,a=3'],
    ['33 members', list(33)],
    ['a key with capitals', 'A=1'],
    ['a key that begins with a mark', '_a=1'],
    ['a key of 257 characters', `${'a'.repeat(257)}=1`],
    ['a value of 257 characters', `a=${'1'.repeat(257)}`],
    ['no value', 'a='],
    ['no key', '=1'],
    ['no equals sign', 'a'],
    ['two equals signs', 'a=1=2'],
    ['a letter outside of ASCII', 'a=ü'],
    ['one bad member among good ones', 'a=1,B=2'],
    ['nothing', ''],
  ])('is left out as a whole, and the traceparent kept: %s', (_what, text) => {
    expect(parseTraceContext({ traceparent: VALID, tracestate: text })).toEqual({
      traceId: TRACE,
      parentId: PARENT,
      flags: 1,
    });
  });

  test('that is longer than 512 characters loses its long members first, then the last ones', () => {
    const [long, short] = [`long=${'x'.repeat(200)}`, (index: number) => `s${index}=${'y'.repeat(90)}`];
    const shorts = Array.from({ length: 6 }, (_, index) => short(index));
    expect(stateOf([long, ...shorts].join(','))).toBe(shorts.slice(0, 5).join(','));
    expect(stateOf([long, shorts[0]].join(','))).toBe(`${long},${shorts[0]}`);
  });
});

function list(members: number): string {
  return Array.from({ length: members }, (_, index) => `k${index}=v`).join(',');
}
