import { expect, test } from '@jest/globals';
import { JavaRandom } from '../../../../shared/semantics/states/javaRandom.ts';

test('nextInt of a seed gives what java.util.Random gives', () => {
  const random = new JavaRandom(0);
  expect(Array.from({ length: 5 }, () => random.below(100))).toEqual([60, 48, 29, 47, 15]);
});

test('nextDouble of a seed gives what java.util.Random gives', () => {
  expect(new JavaRandom(42).number()).toBe(0.7275636800328681);
});

test('a bound that is a power of two, and one above the integers of Java, stay in their range', () => {
  const random = new JavaRandom(7);
  for (const bound of [16, 2 ** 30, 2 ** 32]) {
    const value = random.below(bound);
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThan(bound);
  }
});
