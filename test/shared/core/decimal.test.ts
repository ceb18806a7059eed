import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  compareNumbers,
  Decimal,
  DecimalError,
  decimal,
  numberProblem,
  partsOf,
  sum,
} from '../../../shared/core/decimal.ts';

describe('a number in text', () => {
  test.each([
    ['0', 0],
    ['-0', 0],
    ['1.50', 1.5],
    ['0.1', 0.1],
    ['1e3', 1000],
    ['-12.5E-1', -1.25],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('%s is a JavaScript number where that is exact', (text, value) => {
    expect(decimal(text)).toBe(value);
  });

  test.each([
    ['9007199254740993', '9007199254740993'],
    ['0.10000000000000000001', '0.10000000000000000001'],
    ['1e100', '1e+100'],
    ['100000000000000000000.0', '100000000000000000000'],
    ['-1e-130', '-1e-130'],
  ])('%s is a Decimal where JavaScript would round it', (text, canonical) => {
    const value = decimal(text);
    // 1e-130 is not a whole number, and its shortest form is exact.
    expect(value instanceof Decimal ? value.text : String(value)).toBe(canonical);
  });

  test.each(['', 'one', 'NaN', 'Infinity', '1e', '0x10', '1,5', ' 1'])('%j is no number', (text) => {
    expect(() => decimal(text)).toThrow(DecimalError);
  });

  test.each([
    ['1'.repeat(39), /39 significant digits, and at most 38/],
    ['1e126', /too large/],
    ['1e-131', /too near to 0/],
    ['1e400', /too large/],
    ['1'.repeat(401), /401 characters/],
  ])('%s is refused', (text, message) => {
    expect(() => decimal(text)).toThrow(message);
  });

  test('keeps 38 digits whatever zeros stand beside them', () => {
    const digits = '12345678901234567890123456789012345678';
    expect(String(decimal(`000${digits}.000`))).toBe('1.2345678901234567890123456789012345678e+37');
    expect(decimal(`${digits}000`)).toEqual(decimal(`${digits}e3`));
  });
});

describe('arithmetic', () => {
  test('is exact', () => {
    expect(sum(0.1, 0.2)).toBe(0.3);
    expect(sum(decimal('9007199254740993'), -2)).toBe(Number.MAX_SAFE_INTEGER);
    expect(String(sum(Number.MAX_SAFE_INTEGER, 2))).toBe('9007199254740993');
  });

  test('refuses a sum that cannot be kept', () => {
    expect(() => sum(decimal('1e125'), decimal('1e-1'))).toThrow(/127 significant digits/);
  });

  test('orders whole numbers as their digits do', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.bigInt(-(10n ** 30n), 10n ** 30n), (a, b) => {
        expect(Math.sign(compareNumbers(decimal(String(a)), decimal(String(b))))).toBe(a < b ? -1 : a > b ? 1 : 0);
        expect(sum(decimal(String(a)), decimal(String(b)))).toEqual(decimal(String(a + b)));
      }),
    );
  });
});

test.each([
  [Number.NaN, /NaN/],
  [Number.POSITIVE_INFINITY, /Infinity/],
  [2 ** 53, /decimal\('…'\)/],
  [1e-131, /too near/],
])('%s cannot be kept as a JavaScript number', (value, problem) => {
  expect(numberProblem(value)).toMatch(problem);
});

test.each([
  [0, { negative: false, digits: '', exponent: 0 }],
  [-120, { negative: true, digits: '12', exponent: 2 }],
  [0.05, { negative: false, digits: '5', exponent: -2 }],
  [decimal('9007199254740993e10'), { negative: false, digits: '9007199254740993', exponent: 25 }],
])('the parts of %s', (value, parts) => {
  expect(partsOf(value)).toEqual(parts);
});
