import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareNumbers, decimal } from '../../../../../shared/core/decimal.ts';
import { afterPrefix, keyBytes, successor } from '../../../../../shared/drivers/nosql/local/keys.ts';

const numbers = fc
  .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^\d{1,38}$/), fc.integer({ min: -130, max: 87 }))
  .map(([sign, digits, exponent]) => `${sign}${digits}e${exponent}`)
  .map(decimal);

describe('the bytes of keys', () => {
  test('are in the order of the numbers', () => {
    const inOrder = fc.property(numbers, numbers, (a, b) => {
      expect(Math.sign(Buffer.compare(keyBytes(a), keyBytes(b)))).toBe(Math.sign(compareNumbers(a, b)));
    });
    fc.assert(inOrder, { numRuns: 500 });
  });

  test('are in the order of numbers that differ in one digit', () => {
    const inOrder = fc.property(
      fc.integer({ min: -1000, max: 1000 }),
      fc.integer({ min: -1000, max: 1000 }),
      (a, b) => {
        expect(Math.sign(Buffer.compare(keyBytes(a / 10), keyBytes(b / 10)))).toBe(Math.sign(a - b));
      },
    );
    fc.assert(inOrder, { numRuns: 500 });
  });

  test.each([
    [
      [1, 2],
      [1, 3],
    ],
    [[1, 255], [2]],
    [[255], undefined],
  ])('all that begin with %j come before %j', (prefix, after) => {
    expect(afterPrefix(Buffer.from(prefix))).toEqual(after && Buffer.from(after));
  });

  test('nothing comes between bytes and their successor', () => {
    const bytes = fc.uint8Array({ maxLength: 4 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const next = successor(a);
        expect(Buffer.compare(a, next)).toBe(-1);
        expect(Buffer.compare(b, a) > 0 && Buffer.compare(b, next) < 0).toBe(false);
      }),
    );
  });
});
