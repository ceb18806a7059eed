import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../../shared/semantics/states/index.ts';
import { runState } from './machines.ts';

const INPUT = {
  name: 'Ada',
  list: [1, 2, 3, 3],
  nested: { a: 1 },
  text: '{"x": 1}',
  parts: 'a.b+c,d',
  splitter: '.+,',
  same: [
    { a: 1, b: 2 },
    { b: 2, a: 1 },
  ],
  rows: [
    { n: 1, tags: ['(x,'] },
    { n: 2, tags: [] },
  ],
};
const compute = (call: string) => runState({ Type: 'Pass', Parameters: { 'r.$': call } }, INPUT);

describe('an intrinsic function', () => {
  test.each<[string, Json]>([
    ["States.Format('Hello, {}!', $.name)", 'Hello, Ada!'],
    ["States.Format('{} of {}', 1, $.nested)", '1 of {a=1}'],
    ["States.Format('It\\'s \\{{}\\} \\\\', $.name)", "It's {Ada} \\"],
    ['States.StringToJson($.text)', { x: 1 }],
    ['States.JsonToString($.nested)', '{"a":1}'],
    ["States.Array($.name, 2, true, null, 'x', States.Array())", ['Ada', 2, true, null, 'x', []]],
    ['States.ArrayPartition($.list, 3)', [[1, 2, 3], [3]]],
    ['States.ArrayContains($.list, 2)', true],
    ['States.ArrayContains($.list, 9)', false],
    ['States.ArrayRange(1, 9, 2)', [1, 3, 5, 7, 9]],
    ['States.ArrayGetItem($.list, 1)', 2],
    ['States.ArrayLength($.list)', 4],
    ['States.ArrayUnique($.list)', [1, 2, 3]],
    ["States.Base64Encode('Data to encode')", 'RGF0YSB0byBlbmNvZGU='],
    ["States.Base64Decode('RGVjb2RlZCBkYXRh')", 'Decoded data'],
    ["States.Hash('input data', 'SHA-1')", 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
    ['States.JsonMerge($.nested, States.StringToJson(\'{"b":2}\'), false)', { a: 1, b: 2 }],
    ['States.MathAdd(111, -1)', 110],
    ['States.MathAdd(1.6, 1)', 3],
    ['States.StringSplit($.parts, $.splitter)', ['a', 'b', 'c', 'd']],
    ["States.ArrayGetItem(States.StringSplit('a,b', ','), States.MathAdd(0, 1))", 'b'],
    ["States.Format('{}', $$.State.Name)", 'X'],
    ["States.Format('{}', $.list[1:3])", '[2, 3]'],
    ["States.Format('{}', States.Array('a', null, true, States.Array(1.5)))", '[a, null, true, [1.5]]'],
    ["States.Format('{}', $.rows[?(@.tags[0]=='(x,')].n)", '[1]'],
    ['States.ArrayLength($.rows[?(@.n > 0 && (@.n < 2 || @.n == 3))])', 1],
    ['States.ArrayUnique($.same)', [{ a: 1, b: 2 }]],
    ["States.StringToJson('')", null],
    ["States.StringToJson('  ')", null],
    ['States.MathRandom(1, 101, 12345)', 52],
  ])('%s', async (call, expected) => {
    expect((await compute(call)).output).toEqual({ r: expected });
  });

  test('States.MathRandom stays in its range and takes a seed', async () => {
    const { output } = await runState({
      Type: 'Pass',
      Parameters: {
        'a.$': 'States.MathRandom(1, 10)',
        'b.$': 'States.MathRandom(1, 999999, 7)',
        'c.$': 'States.MathRandom(1, 999999, 7)',
      },
    });
    const { a, b, c } = output as Record<string, number>;
    expect(a).toBeGreaterThanOrEqual(1);
    expect(a).toBeLessThan(10);
    expect(b).toBe(c);
  });

  test('States.UUID gives a UUID of version 4', async () => {
    expect((await compute('States.UUID()')).output).toEqual({
      r: expect.stringMatching(/^[0-9a-f-]{14}4[0-9a-f]{3}-[89ab]/),
    });
  });

  test.each([
    ["States.Format('{} {}', 1)", '2 {} for 1 arguments'],
    ["States.StringToJson('{')", 'not JSON'],
    ['States.ArrayPartition($.list, 0)', 'positive integer'],
    ['States.ArrayRange(1, 5000, 1)', 'the most are 1000'],
    ['States.ArrayRange(1, 5, 0)', 'must not be 0'],
    ['States.ArrayGetItem($.list, 4)', 'outside of the array'],
    ['States.ArrayLength($.name)', 'an array expected'],
    ["States.Base64Decode('a')", 'not base64'],
    ["States.Hash('x', 'CRC')", 'unknown'],
    ['States.JsonMerge($.nested, $.nested, true)', 'only shallow'],
    ['States.JsonMerge($.nested, 1, false)', 'an object expected'],
    ['States.MathAdd(2147483647, 1)', '32-bit'],
    ["States.MathAdd('1', 1)", 'must be a number'],
    ['States.MathRandom(5, 5)', 'must be below'],
    ['States.StringSplit($.list, 1)', 'a string expected'],
  ])('%s ends with States.IntrinsicFailure', async (call, cause) => {
    expect(await compute(call)).toMatchObject({
      status: 'FAILED',
      error: 'States.IntrinsicFailure',
      cause: expect.stringContaining(cause),
    });
  });

  test.each([
    ['States.Nothing()', 'there is no intrinsic function States.Nothing'],
    ['States.UUID(1)', 'takes 0 arguments, not 1'],
    ["States.Format('x'", '")" expected'],
    ['States.ArrayLength($.a[)', 'expected'],
    ['Lambda.Call()', 'an intrinsic function such as'],
  ])('%s is refused before anything runs', async (call, message) => {
    await expect(compute(call)).rejects.toThrow(message);
  });

  test.each(["States.Array('a\\n')", "States.Format('a\\b{}', 1)", "States.StringSplit('a', '\\,')"])(
    '%s has a backslash that escapes nothing and ends with States.Runtime',
    async (call) => {
      expect(await compute(call)).toMatchObject({
        status: 'FAILED',
        error: 'States.Runtime',
        cause: expect.stringContaining('escapes nothing'),
      });
    },
  );

  test('with a path that selects nothing ends with States.Runtime', async () => {
    expect(await compute("States.Format('{}', $.missing)")).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
    });
  });
});
