import { describe, expect, test } from '@jest/globals';
import { evaluateJsonata, JsonataFailure, syntaxError } from '../../../../shared/semantics/states/jsonata/index.ts';
import { DEFAULT_LIMITS } from '../../../../shared/semantics/states/limits.ts';
import { SeededRandom } from '../../../../shared/semantics/states/random.ts';

const NOW = Date.UTC(2030, 0, 1);
const evaluate = (text: string, bindings: Record<string, unknown> = {}, limits = {}) =>
  evaluateJsonata(text, bindings, {
    now: NOW,
    random: new SeededRandom('seed', 'place'),
    limits: { ...DEFAULT_LIMITS, ...limits },
  });

describe('the synchronous build', () => {
  test.each<[string, unknown]>([
    ['$a.b[1]', 2],
    ['$a.b[$ > 1]', [2, 3]],
    ['[1..4].($ * 2)', [2, 4, 6, 8]],
    ['{"x": $a.b, "n": $count($a.b)}', { x: [1, 2, 3], n: 3 }],
    ['$map($a.b, function($v, $i) { $v * $i })', [0, 2, 6]],
    ['$filter($a.b, function($v) { $v != 2 })', [1, 3]],
    ['$reduce($a.b, function($sum, $v) { $sum + $v })', 6],
    ['$sift({"a": 1, "b": 2}, function($v) { $v > 1 })', { b: 2 }],
    ['$each({"a": 1, "b": 2}, function($v, $k) { $k & $v })', ['a1', 'b2']],
    ['$single([1, 2, 3], function($v) { $v = 2 })', 2],
    ['$sort([3, 1, 2], function($l, $r) { $l > $r })', [1, 2, 3]],
    ['[{"n": 2}, {"n": 1}]^(n).n', [1, 2]],
    ['$match("ab12", /([a-z]+)(\\d+)/).groups', ['ab', '12']],
    ['$replace("a-b-c", /-/, function($m) { "+" })', 'a+b+c'],
    ['$split("a1b2c", /\\d/)', ['a', 'b', 'c']],
    ['$contains("hello", /l+o$/)', true],
    ['{"a": 1} ~> |$|{"b": 2}|', { a: 1, b: 2 }],
    ['($f := function($n) { $n <= 1 ? 1 : $n * $f($n - 1) }; $f(10))', 3628800],
    ['($add := function($x, $y) { $x + $y }; $inc := $add(?, 1); $inc(4))', 5],
    ['[{"k": "a", "v": 1}, {"k": "a", "v": 2}]{k: $sum(v)}', { a: 3 }],
    ['$uppercase("x") ~> $pad(3, "-")', 'X--'],
    ['$fromMillis(0)', '1970-01-01T00:00:00.000Z'],
    ['$base64decode($base64encode("hi"))', 'hi'],
    ['$states.none', undefined],
  ])('%s', (text, expected) => {
    expect(evaluate(text, { a: { b: [1, 2, 3] } })).toEqual(expected);
  });

  test('sorts long lists without recursion', () => {
    expect(evaluate('$sort([1..20000], function($l, $r) { $l < $r })[0]')).toBe(20_000);
  });

  test('gives plain JSON, without the marks of a sequence', () => {
    expect(Object.keys(evaluate('[1, 2].($ + 1)') as object)).toEqual(['0', '1']);
  });

  test.each([
    ['$now()', '2030-01-01T00:00:00.000Z'],
    ['$millis()', NOW],
  ])('%s is the time of the execution', (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  test.each(['$random()', '$uuid()', '$shuffle([1..20])'])(
    '%s is the same on a replay and goes on inside one',
    (text) => {
      expect(evaluate(text)).toEqual(evaluate(text));
      expect(evaluate(`[${text}][0] = [${text}, ${text}][1]`)).toBe(false);
    },
  );
});

describe("Step Functions' own functions", () => {
  test.each<[string, unknown]>([
    ['$partition([1, 2, 3, 4, 5], 2)', [[1, 2], [3, 4], [5]]],
    ['$range(1, 9, 2)', [1, 3, 5, 7, 9]],
    ['$range(5, 1, -2)', [5, 3, 1]],
    ['$hash("input data", "SHA-1")', 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
    ['$parse("{\\"a\\": [1, null]}")', { a: [1, null] }],
    ['$random(42)', 0.7275636800328681],
    ['$range(-1.7, 2, 1)', [-1, 0, 1, 2]],
    ['$range(3, 3, 1)', 3],
    ['$range(1, 5, -1)', undefined],
    ['$range(1, 5)', undefined],
    ['$partition([1, 2, 3], 2.9)', [[1, 2], [3]]],
    ['$partition([1], 0)', undefined],
    ['$partition([], 1)', undefined],
    ['$hash("x")', undefined],
  ])('%s', (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  test('$uuid gives a UUID of version 4', () => {
    expect(evaluate('$uuid()')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test.each([
    ['$partition([1], -1)', /chunk size/],
    ['$range(1, 2, 0)', /step is 0/],
    ['$range(1, 360146, 1)', /the most are 360145/],
    ['$hash("x", "CRC")', /algorithm "CRC" is unknown/],
    ['$parse("{")', /not JSON/],
    ['$eval("1 + 1")', /\$eval is not supported/],
  ])('%s fails', (text, message) => {
    expect(() => evaluate(text)).toThrow(message);
  });
});

describe('the guard', () => {
  test.each([
    ['an endless tail call', '($f := function($n) { $f($n + 1) }; $f(0))', /more than 2000000 steps/],
    ['a deep recursion', '($f := function($n) { 1 + $f($n + 1) }; $f(0))', /nested more than 100 deep/],
    ['a huge range', '$count([1..9999999])', /steps/],
    ['a doubling text', '$reduce([1..60], function($a, $b) { $a & $a }, "xxxxxxxx")', /steps/],
    ['a doubling list', '$count($reduce([1..60], function($a, $b) { $append($a, $a) }, [1, 2]))', /steps/],
    ['a huge padding', '$length($pad("x", 400000000))', /steps/],
    [
      'a regular expression that backtracks',
      '$contains("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)',
      /regular expression/,
    ],
  ])('ends %s', (_name, text, message) => {
    expect(() => evaluate(text, {}, { jsonataRegexMilliseconds: 100 })).toThrow(message);
  });

  // What Step Functions accepts and refuses at its depth of 100, one level apart.
  test.each([
    ['terms', (n: number) => Array(n).fill('1').join(' + '), 100],
    ['parentheses', (n: number) => `${'('.repeat(n)}1${')'.repeat(n)}`, 99],
    ['brackets', (n: number) => `${'['.repeat(n)}1${']'.repeat(n)}`, 99],
    ['stages', (n: number) => `1${' ~> $string()'.repeat(n)}`, 99],
    ['calls', (n: number) => `($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(${n}))`, 31],
  ])('counts the depth of %s as Step Functions does', (_name, expression, deepest) => {
    expect(evaluate(expression(deepest))).toBeDefined();
    expect(() => evaluate(expression(deepest + 1))).toThrow('nested more than 100 deep');
  });

  test('leaves nothing behind for the next evaluation', () => {
    expect(() => evaluate('($f := function($n) { $f($n + 1) }; $f(0))')).toThrow(JsonataFailure);
    expect(evaluate('$sum([1..1000])')).toBe(500_500);
  });
});

describe('failures', () => {
  test.each([
    ['1 + "a"', /^T2002: /],
    ['$nothing()', /^T1006: /],
    ['$error("stop here")', /stop here/],
    ['function($x) { $x }', /is a function/],
    ['$number("x")', /^D3030: /],
  ])('%s names what JSONata names', (text, message) => {
    expect(() => evaluate(text)).toThrow(message);
  });

  test('a syntax error is found without evaluating', () => {
    expect(syntaxError('1 +')).toMatch(/^S0207: /);
    expect(syntaxError('1 + 1')).toBeUndefined();
  });
});
