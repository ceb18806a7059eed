import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compile, matches, type Pattern, validate } from '../../../../shared/semantics/patterns/index.ts';

const text = fc.constantFrom('', 'a', 'A', 'ab', 'aB', 'b', 'ba', 'k', '\u212a', 'K', '10.0.0.1');
const number = fc.constantFrom(0, 1, 2.5, -1, 5e9, 6e9, 1e-7);
const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null));
const wildcard = fc.constantFrom('*', 'a*', '*a', 'a*b', '*b*', 'ab', '\\*');
const word = fc.constantFrom('a', 'ab', 'b', 'K');
const matcher = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.record({ prefix: text }),
  fc.record({ suffix: text }),
  fc.record({ prefix: fc.record({ 'equals-ignore-case': text }) }),
  fc.record({ 'equals-ignore-case': text }),
  fc.record({ wildcard }),
  fc.record({ exists: fc.boolean() }),
  fc.constantFrom(
    { numeric: ['=', 1] },
    { numeric: ['>', 0] },
    { numeric: ['<=', 1] },
    { numeric: ['>=', 0, '<', 2.5] },
    { numeric: ['>', -1, '<=', 0] },
  ),
  fc.constant({ cidr: '10.0.0.0/8' }),
  fc.record({
    'anything-but': fc.oneof(
      word,
      fc.array(word, { minLength: 1 }),
      fc.record({ prefix: word }),
      fc.record({ wildcard }),
    ),
  }),
);
const leaf = fc.array(matcher, { minLength: 1, maxLength: 3 });
const name = fc.constantFrom('p', 'q', 'r');
const fields = <T>(value: fc.Arbitrary<T>) => fc.dictionary(name, value, { minKeys: 1, maxKeys: 3 });
const nested = fields(fc.oneof({ weight: 3, arbitrary: leaf }, fields(leaf)));
const pattern = fc
  .tuple(nested, fc.option(fc.array(nested, { minLength: 2, maxLength: 3 })))
  .map(([own, $or]): Pattern => ($or ? { ...own, $or } : own));
const { event } = fc.letrec((tie) => ({
  value: fc.oneof({ weight: 4, arbitrary: scalar }, fc.array(tie('value'), { maxLength: 3 }), tie('event')),
  event: fc.dictionary(name, tie('value'), { maxKeys: 3 }),
}));

describe('an index', () => {
  test('finds the patterns that match one by one, and no others', () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 12 }), event, (patterns, one) => {
        const expected = patterns.flatMap((each, position) => (matches(each, one) ? [position] : []));
        expect(compile(patterns).matching(one)).toEqual(expected);
      }),
      { numRuns: 3000 },
    );
  });

  test('is tested with patterns that are valid', () => {
    fc.assert(fc.property(pattern, (one) => validate(one).length === 0));
  });

  test('names a pattern once, even when several alternatives of its $or match', () => {
    expect(compile([{ $or: [{ a: [1] }, { b: [2] }] }]).matching({ a: 1, b: 2 })).toEqual([0]);
  });

  test('of no patterns matches nothing', () => {
    expect(compile([]).matching({ a: 1 })).toEqual([]);
  });

  test('refuses a pattern that is not valid and says which one', () => {
    expect(() => compile([{ a: [1] }, { a: 1 }])).toThrow(/event pattern 1: \/a/);
  });
});
