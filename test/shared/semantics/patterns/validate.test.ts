import { describe, expect, test } from '@jest/globals';
import { validate } from '../../../../shared/semantics/patterns/index.ts';

describe('a valid pattern has no problems', () => {
  test.each([
    [{ a: ['x', 1, true, false, null] }],
    [{ a: { b: { c: [{ prefix: '' }, { suffix: '' }, { 'equals-ignore-case': '' }, { wildcard: '' }] } } }],
    [{ a: [{ exists: true }, { exists: false }] }],
    [{ a: [{ numeric: ['=', 0] }, { numeric: ['>', -5e9, '<=', 5e9] }, { numeric: ['<', -4e-8] }] }],
    [{ a: [{ cidr: '10.0.0.0/8' }, { cidr: '2001:db8::/127' }] }],
    [{ a: [{ 'anything-but': [1, 2] }, { 'anything-but': { prefix: ['x'] } }] }],
    [{ $or: [{ a: [1] }, { b: [1] }] }],
  ])('%j', (pattern) => {
    expect(validate(pattern)).toEqual([]);
  });
});

describe('a problem names its place and what to do', () => {
  test.each<[unknown, string, RegExp]>([
    ['x', '', /a pattern is an object/],
    [[], '', /a pattern is an object/],
    [null, '', /a pattern is an object/],
    [{}, '', /an empty object matches nothing/],
    [{ a: {} }, '/a', /an empty object/],
    [{ a: [] }, '/a', /empty list/],
    [{ a: 'x' }, '/a', /write a list of what it may be, such as \["x"\]/],
    [{ a: null }, '/a', /write a list/],
    [{ a: [['x']] }, '/a/0', /cannot be matched/],
    [{ a: ['x', {}] }, '/a/1', /write one operator of prefix/],
    [{ a: [{ prefix: 'x', suffix: 'y' }] }, '/a/0', /one operator per object/],
    [{ a: [{ regex: 'x' }] }, '/a/0/regex', /"regex" is not an operator/],
    [{ a: [{ toString: 'x' }] }, '/a/0/toString', /is not an operator/],
    [{ 'a/b~c': [] }, '/a~1b~0c', /empty list/],
    [{ a: [{ prefix: 5 }] }, '/a/0/prefix', /write a string or/],
    [{ a: [{ prefix: ['x'] }] }, '/a/0/prefix', /write a string or/],
    [{ a: [{ prefix: { suffix: 'x' } }] }, '/a/0/prefix/suffix', /is not an operator here/],
    [{ a: [{ suffix: { 'equals-ignore-case': 1 } }] }, '/a/0/suffix/equals-ignore-case', /write a string/],
    [{ a: [{ 'equals-ignore-case': ['x'] }] }, '/a/0/equals-ignore-case', /write a string/],
    [{ a: [{ wildcard: 'a**b' }] }, '/a/0/wildcard', /two asterisks in a row at position 2/],
    [{ a: [{ wildcard: 'a\\b' }] }, '/a/0/wildcard', /backslash at position 1/],
    [{ a: [{ wildcard: 'a\\' }] }, '/a/0/wildcard', /backslash at position 1/],
    [{ a: [{ wildcard: 1 }] }, '/a/0/wildcard', /write a string/],
    [{ a: [{ exists: 'true' }] }, '/a/0/exists', /write true or false/],
    [{ a: [{ cidr: '10.0.0.0' }] }, '/a/0/cidr', /one "\/"/],
    [{ a: [{ cidr: '10.0.0.0/32' }] }, '/a/0/cidr', /0 to 31; to match one address/],
    [{ a: [{ cidr: '::/128' }] }, '/a/0/cidr', /0 to 127/],
    [{ a: [{ cidr: '10.0.0/8' }] }, '/a/0/cidr', /neither/],
    [{ a: [{ cidr: '10.0.0.256/8' }] }, '/a/0/cidr', /neither/],
    [{ a: [{ cidr: '1::2::3/8' }] }, '/a/0/cidr', /neither/],
    [{ a: [{ cidr: '10.0.0.0/-1' }] }, '/a/0/cidr', /not a number of bits/],
    [{ a: [{ numeric: '=5' }] }, '/a/0/numeric', /write a list/],
    [{ a: [{ numeric: [] }] }, '/a/0/numeric', /has 0 elements/],
    [{ a: [{ numeric: ['=', '5'] }] }, '/a/0/numeric/1', /"5" is not a number/],
    [{ a: [{ numeric: ['!=', 5] }] }, '/a/0/numeric/0', /not a comparison/],
    [{ a: [{ numeric: ['<', 5, '>', 0] }] }, '/a/0/numeric', /first .* second/],
    [{ a: [{ numeric: ['=', 5, '<', 9] }] }, '/a/0/numeric', /first .* second/],
    [{ a: [{ numeric: ['>', 5, '<', 5] }] }, '/a/0/numeric', /not below/],
    [{ a: [{ numeric: ['>', 5e9 + 1] }] }, '/a/0/numeric/1', /outside of/],
    [{ a: [{ numeric: ['>', 0, '<', 5, '<', 6] }] }, '/a/0/numeric', /has 6 elements/],
    [{ a: [{ 'anything-but': [] }] }, '/a/0/anything-but', /empty list/],
    [{ a: [{ 'anything-but': ['x', 1] }] }, '/a/0/anything-but', /only strings or only numbers/],
    [{ a: [{ 'anything-but': true }] }, '/a/0/anything-but', /write a string, a number/],
    [{ a: [{ 'anything-but': null }] }, '/a/0/anything-but', /write a string, a number/],
    [{ a: [{ 'anything-but': [{ prefix: 'x' }] }] }, '/a/0/anything-but/0', /cannot stand in the list/],
    [{ a: [{ 'anything-but': { prefix: '' } }] }, '/a/0/anything-but/prefix', /empty prefix/],
    [{ a: [{ 'anything-but': { suffix: ['x', ''] } }] }, '/a/0/anything-but/suffix/1', /empty suffix/],
    [{ a: [{ 'anything-but': { prefix: [] } }] }, '/a/0/anything-but/prefix', /empty list/],
    [{ a: [{ 'anything-but': { numeric: ['=', 1] } }] }, '/a/0/anything-but/numeric', /is not an operator here/],
    [{ a: [{ 'anything-but': { prefix: ['x'], suffix: ['y'] } }] }, '/a/0/anything-but', /one operator per object/],
    [{ a: [{ 'anything-but': {} }] }, '/a/0/anything-but', /write one operator/],
    [{ a: [{ 'anything-but': 5e9 + 1 }] }, '/a/0/anything-but', /outside of/],
    [{ a: [{ 'anything-but': [1, -1e10] }] }, '/a/0/anything-but/1', /outside of/],
    [{ a: [{ numeric: ['>=', 5e9] }] }, '/a/0/numeric', /no range beyond/],
    [{ a: [{ numeric: ['<', -5e9] }] }, '/a/0/numeric', /no range beyond/],
    [{ $or: [] }, '/$or', /two or more objects/],
    [{ $or: { a: [1] } }, '/$or', /two or more objects/],
    [{ $or: [{ a: ['x'] }] }, '/$or', /two or more objects/],
    [{ $or: ['x', { a: ['x'] }] }, '/$or/0', /an object with fields, and this is "x"/],
    [{ $or: [{ a: ['x'] }, {}] }, '/$or/1', /an empty object/],
    [{ $or: [{ a: ['x'] }, { prefix: ['x'] }] }, '/$or/1/prefix', /reserved/],
    [{ $or: [{ a: ['x'] }, { b: { '>': { c: ['x'] } } }] }, '/$or/1/b/>', /reserved/],
    [{ $or: [{ a: ['x'] }, { b: 'y' }] }, '/$or/1/b', /write a list/],
  ])('%j at "%s"', (pattern, pointer, message) => {
    expect(validate(pattern)).toContainEqual({ pointer, message: expect.stringMatching(message) });
  });

  test('all problems are told at once', () => {
    const problems = validate({ a: [], b: { c: [{ prefix: 1 }, { wildcard: '**' }] }, d: 5 });
    expect(problems.map(({ pointer }) => pointer)).toEqual(['/a', '/b/c/0/prefix', '/b/c/1/wildcard', '/d']);
  });
});

describe('$or multiplies', () => {
  const alternatives = (count: number, name: string) =>
    Array.from({ length: count }, (_, index) => ({ [`${name}${index}`]: ['x'] }));

  test('up to 1,000 combinations', () => {
    const pattern = { a: { $or: alternatives(25, 'p') }, b: { $or: alternatives(40, 'q') } };
    expect(validate(pattern)).toEqual([]);
  });

  test('beyond, the pattern is refused, and quickly', () => {
    const fields = Object.fromEntries(
      alternatives(30, 'f').map((_, index) => [`f${index}`, { $or: alternatives(50, 'p') }]),
    );
    expect(validate(fields)).toContainEqual({ pointer: '/f1/$or', message: expect.stringMatching(/more than 1000/) });
  });
});
