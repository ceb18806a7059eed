import { describe, expect, test } from '@jest/globals';
import { matches, type Pattern } from '../../../../shared/semantics/patterns/index.ts';

type Case = [pattern: unknown[], value: unknown, expected: boolean];

/** Each case matches the list of matchers with the field `a` of an event; a value of undefined is a missing field. */
function field(name: string, cases: Case[]): void {
  describe(name, () => {
    test.each(cases)('%j and %j: %s', (matchers, value, expected) => {
      expect(matches({ a: matchers }, value === undefined ? { b: 1 } : { a: value })).toBe(expected);
    });
  });
}

field('an exact value', [
  [['x'], 'x', true],
  [['x'], 'X', false],
  [['x', 'y'], 'y', true],
  [[''], '', true],
  [[''], null, false],
  [[null], null, true],
  [[null], '', false],
  [[null], undefined, false],
  [[true], true, true],
  [[true], 'true', false],
  [[false], true, false],
  [['é'], 'é', true],
]);

field('a number matches by its value', [
  [[5], 5, true],
  [[300], 3e2, true],
  [[0], -0, true],
  [[5], '5', false],
  [['5'], 5, false],
  [[1e10], 1e10, true],
  [[0.1234567], 0.1234567, true],
]);

field('prefix', [
  [[{ prefix: 'ab' }], 'abc', true],
  [[{ prefix: 'ab' }], 'ab', true],
  [[{ prefix: 'ab' }], 'a', false],
  [[{ prefix: 'ab' }], 'ABC', false],
  [[{ prefix: '' }], '', true],
  [[{ prefix: '' }], 5, false],
  [[{ prefix: '1' }], 12, false],
  [[{ prefix: { 'equals-ignore-case': 'EventB' } }], 'eVENTbridge', true],
  [[{ prefix: { 'equals-ignore-case': 'EventB' } }], 'event', false],
]);

field('suffix', [
  [[{ suffix: '.png' }], 'a.png', true],
  [[{ suffix: '.png' }], 'a.PNG', false],
  [[{ suffix: '.png' }], 'png', false],
  [[{ suffix: { 'equals-ignore-case': '.png' } }], 'a.PNG', true],
  [[{ suffix: { 'equals-ignore-case': '.png' } }], 'a.PNGx', false],
]);

field('equals-ignore-case', [
  [[{ 'equals-ignore-case': 'alice' }], 'ALICE', true],
  [[{ 'equals-ignore-case': 'ALICE' }], 'alice', true],
  [[{ 'equals-ignore-case': 'alice' }], 'alices', false],
  [[{ 'equals-ignore-case': 'ÄÖ' }], 'äö', true],
  [[{ 'equals-ignore-case': '1' }], 1, false],
]);

field('wildcard', [
  [[{ wildcard: '*/bin/*.jar' }], '/usr/bin/x.jar', true],
  [[{ wildcard: '*/bin/*.jar' }], '/bin/.jar', true],
  [[{ wildcard: '*/bin/*.jar' }], '/bin.jar', false],
  [[{ wildcard: 'a*a' }], 'a', false],
  [[{ wildcard: 'a*a' }], 'aa', true],
  [[{ wildcard: 'a*b*b' }], 'ab', false],
  [[{ wildcard: 'a*b*b' }], 'abb', true],
  [[{ wildcard: '*' }], '', true],
  [[{ wildcard: '*' }], 5, false],
  [[{ wildcard: 'abc' }], 'abc', true],
  [[{ wildcard: 'abc' }], 'abcd', false],
  [[{ wildcard: 'a\\*b' }], 'a*b', true],
  [[{ wildcard: 'a\\*b' }], 'axb', false],
  [[{ wildcard: 'a\\\\*' }], 'a\\x', true],
  [[{ wildcard: '\\**' }], '*anything', true],
]);

field('numeric', [
  [[{ numeric: ['>', 0, '<=', 5] }], 5, true],
  [[{ numeric: ['>', 0, '<=', 5] }], 0, false],
  [[{ numeric: ['>=', 0, '<', 5] }], 0, true],
  [[{ numeric: ['>=', 0, '<', 5] }], 5, false],
  [[{ numeric: ['=', 3.018e2] }], 301.8, true],
  [[{ numeric: ['<', 10] }], -4.5, true],
  [[{ numeric: ['<', 10] }], '5', false],
  [[{ numeric: ['>', 0] }], 5e9, true],
  [[{ numeric: ['>', 0] }], 5_000_000_001, false],
  [[{ numeric: ['<', 0] }], -5_000_000_001, false],
  [[{ numeric: ['>', 0] }], 0.000001, true],
  [[{ numeric: ['=', 0.00000033] }], 3.3e-7, true],
  [[{ numeric: ['<', 4999999999.999999] }], 4999999999.999998, true],
]);

field('cidr', [
  [[{ cidr: '10.0.0.0/24' }], '10.0.0.255', true],
  [[{ cidr: '10.0.0.0/24' }], '10.0.1.0', false],
  [[{ cidr: '10.0.0.77/24' }], '10.0.0.1', true],
  [[{ cidr: '0.0.0.0/0' }], '255.255.255.255', true],
  [[{ cidr: '10.0.0.1/31' }], '10.0.0.0', true],
  [[{ cidr: '10.0.0.0/24' }], '10.0.0', false],
  [[{ cidr: '10.0.0.0/24' }], 'not an address', false],
  [[{ cidr: '10.0.0.0/24' }], '::ffff:10.0.0.1', false],
  [[{ cidr: '2001:db8::/32' }], '2001:db8:ffff::1', true],
  [[{ cidr: '2001:db8::/32' }], '2001:DB8:0:0:0:0:0:1', true],
  [[{ cidr: '2001:db8::/32' }], '2001:db9::', false],
  [[{ cidr: '::ffff:10.0.0.0/104' }], '::ffff:10.9.9.9', true],
  [[{ cidr: '::/0' }], '10.0.0.1', false],
]);

field('exists', [
  [[{ exists: true }], null, true],
  [[{ exists: true }], '', true],
  [[{ exists: true }], undefined, false],
  [[{ exists: true }], { c: 1 }, false],
  [[{ exists: true }], [], false],
  [[{ exists: false }], undefined, true],
  [[{ exists: false }], null, false],
  [[{ exists: false }], { c: 1 }, true],
  [[{ exists: false }], [], true],
  [[{ exists: false }, { prefix: 'x' }], 'xy', true],
  [[{ exists: false }, { prefix: 'x' }], 'y', false],
  [[{ exists: false }, { prefix: 'x' }], undefined, true],
]);

field('anything-but', [
  [[{ 'anything-but': 'x' }], 'y', true],
  [[{ 'anything-but': 'x' }], 'x', false],
  [[{ 'anything-but': 'x' }], null, true],
  [[{ 'anything-but': 'x' }], 5, true],
  [[{ 'anything-but': 'x' }], undefined, false],
  [[{ 'anything-but': 'x' }], { c: 1 }, false],
  [[{ 'anything-but': 123 }], 123.0, false],
  [[{ 'anything-but': 123 }], '123', true],
  [[{ 'anything-but': [1, 2] }], 2, false],
  [[{ 'anything-but': ['x', 'y'] }], 'z', true],
  [[{ 'anything-but': ['x', 'y'] }], 'y', false],
  [[{ 'anything-but': 'x' }], ['x', 'y'], true],
  [[{ 'anything-but': 'x' }], ['x', 'x'], false],
  [[{ 'anything-but': { prefix: 'us-' } }], 'eu-1', true],
  [[{ 'anything-but': { prefix: 'us-' } }], 'us-1', false],
  [[{ 'anything-but': { prefix: 'us-' } }], 7, true],
  [[{ 'anything-but': { prefix: ['us-', 'eu-'] } }], 'eu-1', false],
  [[{ 'anything-but': { suffix: '.png' } }], 'a.png', false],
  [[{ 'anything-but': { suffix: ['.png', '.jpg'] } }], 'a.gif', true],
  [[{ 'anything-but': { 'equals-ignore-case': 'init' } }], 'INIT', false],
  [[{ 'anything-but': { 'equals-ignore-case': ['init', 'done'] } }], 'Done', false],
  [[{ 'anything-but': { wildcard: '*/lib/*' } }], '/usr/lib/x', false],
  [[{ 'anything-but': { wildcard: ['*/lib/*', '*/bin/*'] } }], '/usr/share/x', true],
]);

field('a list in the event matches when one of its values does', [
  [['x'], ['y', 'x'], true],
  [['x'], [['y'], ['x']], true],
  [['x'], [], false],
  [[{ numeric: ['>', 5] }], [1, 9], true],
]);

describe('fields', () => {
  const event = { source: 'aws.ec2', detail: { state: 'running', count: 5 }, 'x.y': 1 };
  test.each<[Pattern, boolean]>([
    [{ source: ['aws.ec2'], detail: { state: ['running'] } }, true],
    [{ source: ['aws.ec2'], detail: { state: ['stopped'] } }, false],
    [{ source: ['aws.s3'], detail: { state: ['running'] } }, false],
    [{ detail: ['running'] }, false],
    [{ state: ['running'] }, false],
  ])('all must match, nested as they are in the event: %j: %s', (pattern, expected) => {
    expect(matches(pattern, event)).toBe(expected);
  });

  test('a name with full stops means the same path as nesting, in patterns and in events', () => {
    const patterns = [{ detail: { 'a.b': ['x'] } }, { detail: { a: { b: ['x'] } } }, { 'detail.a.b': ['x'] }];
    const events = [{ detail: { 'a.b': 'x' } }, { detail: { a: { b: 'x' } } }];
    for (const pattern of patterns) for (const each of events) expect(matches(pattern, each)).toBe(true);
  });

  test('of two entries for one path the later one counts', () => {
    expect(matches({ a: { b: ['x'] }, 'a.b': ['y'] }, { a: { b: 'y' } })).toBe(true);
    expect(matches({ a: { b: ['x'] }, 'a.b': ['y'] }, { a: { b: 'x' } })).toBe(false);
  });

  test('a name that JavaScript knows is a name like any other', () => {
    expect(matches({ constructor: [{ exists: true }] }, {})).toBe(false);
    expect(matches({ toString: ['x'] }, { toString: 'x' })).toBe(true);
  });

  test.each([null, 'text', 5, [{ a: 'x' }]])('an event that is no object has no fields: %j', (other) => {
    expect(matches({ a: ['x'] }, other)).toBe(false);
    expect(matches({ a: [{ exists: false }] }, other)).toBe(true);
  });

  test('a pattern that is not valid throws with its problems', () => {
    expect(() => matches({ a: 'x' }, {})).toThrow(expect.objectContaining({ code: 'InvalidInput' }));
    expect(() => matches({ a: 'x' }, {})).toThrow(/event pattern: \/a: "a" is "x"; write a list/);
  });
});

describe('arrays of objects', () => {
  const john = { first: 'John', last: 'Doe' };
  const anna = { first: 'Anna', last: 'Smith' };
  const peter = { first: 'Peter', last: 'Jones' };
  const people = { people: [john, anna, peter] };

  test.each<[Pattern, unknown, boolean]>([
    [{ people: { first: ['Anna'] } }, people, true],
    [{ people: { first: ['Anna'], last: ['Smith'] } }, people, true],
    [{ people: { first: ['Anna'], last: ['Jones'] } }, people, false],
    [{ people: { first: ['Anna', 'Peter'], last: ['Jones'] } }, people, true],
    [{ people: { first: ['Anna'], last: ['Jones'] } }, { people: [[john, anna], [peter]] }, false],
    [{ people: { first: ['Peter'], last: ['Jones'] } }, { people: [[john, anna], [peter]] }, true],
  ])('no two fields come from different elements: %j', (pattern, event, expected) => {
    expect(matches(pattern, event)).toBe(expected);
  });

  test('elements of different arrays go together', () => {
    const pattern = { a: { x: [2] }, b: { y: [1] } };
    expect(matches(pattern, { a: [{ x: 1 }, { x: 2 }], b: [{ y: 1 }, { y: 2 }] })).toBe(true);
  });

  test('arrays within one element go with it, and not with another one', () => {
    const pattern = { a: { id: [1], tags: { name: ['t'] } } };
    expect(
      matches(pattern, {
        a: [
          { id: 1, tags: [{ name: 's' }, { name: 't' }] },
          { id: 2, tags: [] },
        ],
      }),
    ).toBe(true);
    expect(
      matches(pattern, {
        a: [
          { id: 1, tags: [] },
          { id: 2, tags: [{ name: 't' }] },
        ],
      }),
    ).toBe(false);
  });

  test('three fields must agree all together, not only with their neighbours', () => {
    const pattern = { a: { x: [1], y: [1], z: [1] } };
    expect(
      matches(pattern, {
        a: [
          { x: 1, y: 1 },
          { y: 1, z: 1 },
          { x: 1, z: 1 },
        ],
      }),
    ).toBe(false);
    expect(matches(pattern, { a: [{ x: 1 }, { x: 1, y: 1, z: 1 }] })).toBe(true);
  });

  test('a plain value beside objects in an array goes with each of them', () => {
    expect(matches({ a: ['plain'], 'a.x': [1] }, { a: ['plain', { x: 1 }] })).toBe(true);
  });

  test('exists false means in no element', () => {
    expect(matches({ a: { x: [{ exists: false }] } }, { a: [{ y: 1 }, { x: 1 }] })).toBe(false);
    expect(matches({ a: { x: [{ exists: false }], y: [1] } }, { a: [{ y: 1 }, { z: 1 }] })).toBe(true);
  });
});

describe('$or', () => {
  const pattern = {
    source: ['s'],
    $or: [{ a: [1] }, { b: [2], $or: [{ c: [3] }, { d: [4] }] }],
    detail: { $or: [{ x: ['x'] }, { y: ['y'] }] },
  };
  test.each([
    [{ source: 's', a: 1, detail: { x: 'x' } }, true],
    [{ source: 's', a: 1, detail: { y: 'y' } }, true],
    [{ source: 's', b: 2, d: 4, detail: { y: 'y' } }, true],
    [{ source: 's', b: 2, detail: { y: 'y' } }, false],
    [{ source: 's', a: 1, detail: {} }, false],
    [{ source: 't', a: 1, detail: { x: 'x' } }, false],
    [{ source: 's', a: 1, x: 'x' }, false],
  ])('multiplies with its siblings and nests: %j: %s', (event, expected) => {
    expect(matches(pattern, event)).toBe(expected);
  });
});
