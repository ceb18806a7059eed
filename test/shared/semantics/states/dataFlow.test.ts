import { describe, expect, test } from '@jest/globals';
import { execute, type Json } from '../../../../shared/semantics/states/index.ts';
import { echo, runJsonata, runState } from './machines.ts';

const task = () => ({ Payload: { x: 1 }, Meta: 'm' });

describe('JSONPath', () => {
  test.each<[string, Json, Json, Json]>([
    ['Pass hands its input on', { Type: 'Pass' }, { a: 1 }, { a: 1 }],
    ['Result replaces it', { Type: 'Pass', Result: { r: 1 } }, { a: 1 }, { r: 1 }],
    ['ResultPath puts it in', { Type: 'Pass', Result: 1, ResultPath: '$.b.c' }, { a: 1 }, { a: 1, b: { c: 1 } }],
    ['ResultPath null drops it', { Type: 'Pass', Result: 1, ResultPath: null }, { a: 1 }, { a: 1 }],
    ['InputPath selects', { Type: 'Pass', InputPath: '$.a' }, { a: { b: 1 } }, { b: 1 }],
    ['InputPath null is the empty object', { Type: 'Pass', InputPath: null }, { a: 1 }, {}],
    ['InputPath of the context', { Type: 'Pass', InputPath: '$$.State.Name' }, {}, 'X'],
    ['OutputPath selects', { Type: 'Pass', OutputPath: '$.a' }, { a: 1 }, 1],
    ['OutputPath null is the empty object', { Type: 'Pass', OutputPath: null }, { a: 1 }, {}],
    [
      'Parameters fill a template',
      { Type: 'Pass', Parameters: { 'x.$': '$.a', y: 2, z: [{ 'q.$': '$.a' }] } },
      { a: 1 },
      { x: 1, y: 2, z: [{ q: 1 }] },
    ],
    [
      'Parameters read the context',
      { Type: 'Pass', Parameters: { 'n.$': '$$.Execution.Input.a', 's.$': '$$.State.Name' } },
      { a: 1 },
      { n: 1, s: 'X' },
    ],
    [
      'Parameters see what InputPath selected',
      { Type: 'Pass', InputPath: '$.a', Parameters: { 'x.$': '$.b' } },
      { a: { b: 1 } },
      { x: 1 },
    ],
    [
      'ResultPath goes into the raw input',
      { Type: 'Pass', InputPath: '$.a', ResultPath: '$.r' },
      { a: 1, b: 2 },
      { a: 1, b: 2, r: 1 },
    ],
    ['Succeed selects its output', { Type: 'Succeed', InputPath: '$.a', OutputPath: '$.b' }, { a: { b: 1 } }, 1],
  ])('%s', async (_name, state, input, expected) => {
    expect((await runState(state, input)).output).toEqual(expected);
  });

  test('ResultSelector comes before ResultPath', async () => {
    const state = { Type: 'Task', Resource: 'r', ResultSelector: { 'v.$': '$.Payload.x' }, ResultPath: '$.r' };
    expect((await runState(state, { a: 1 }, task)).output).toEqual({ a: 1, r: { v: 1 } });
  });

  test('a task is given what Parameters make', async () => {
    const state = { Type: 'Task', Resource: 'r', InputPath: '$.in', Parameters: { 'p.$': '$.a' } };
    expect((await runState(state, { in: { a: 1 } })).output).toEqual({ p: 1 });
  });

  test.each<[string, Json, string, string]>([
    [
      'InputPath',
      { Type: 'Pass', InputPath: '$.q' },
      'States.Runtime',
      "Invalid path '$.q' : No results for path: $['q']",
    ],
    [
      'OutputPath',
      { Type: 'Pass', OutputPath: '$.q.r' },
      'States.Runtime',
      "Invalid path '$.q.r' : Missing property in path $['q']",
    ],
    [
      'Parameters',
      { Type: 'Pass', Parameters: { 'x.$': '$.q' } },
      'States.Runtime',
      "The JSONPath '$.q' specified for the field 'x.$' could not be found in the input '{\"a\":\"text\"}'",
    ],
    [
      'ResultPath',
      { Type: 'Pass', ResultPath: '$.a.b' },
      'States.ResultPathMatchFailure',
      'Unable to apply ReferencePath $.a.b',
    ],
    ['a variable', { Type: 'Pass', Parameters: { 'x.$': '$nobody' } }, 'States.Runtime', '$nobody'],
  ])('%s that selects nothing fails the state', async (_field, state, error, cause) => {
    const result = await runState(state, { a: 'text' });
    expect(result).toMatchObject({ status: 'FAILED', error });
    expect(result.cause).toContain("An error occurred while executing the state 'X' (entered at the event id #2). ");
    expect(result.cause).toContain(cause);
  });

  test.each<[string, Json]>([
    ['Parameters', { Type: 'Pass', Parameters: { 'x.$': '$' } }],
    ['an intrinsic function', { Type: 'Pass', Parameters: { 'x.$': 'States.JsonToString($)' } }],
    ['ResultSelector', { Type: 'Task', Resource: 'r', ResultSelector: { 'x.$': '$' } }],
  ])('%s cannot read null by a path', async (_field, state) => {
    expect(await runState(state, null)).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: expect.stringContaining('Unable to apply Path transformation to null or empty input.'),
    });
  });

  test('null goes on where no path is applied to it', async () => {
    const state = { Type: 'Pass', Parameters: { 'name.$': '$$.State.Name' }, ResultPath: '$' };
    expect((await runState(state, null)).output).toEqual({ name: 'X' });
    expect((await runState({ Type: 'Pass' }, null)).output).toBeNull();
  });

  test('Assign sees the result and the variables as they were', async () => {
    const definition = {
      StartAt: 'A',
      States: {
        A: { Type: 'Task', Resource: 'r', Assign: { 'x.$': '$.Payload.x', 'in.$': '$$.Execution.Input.a' }, Next: 'B' },
        B: { Type: 'Pass', Assign: { 'x.$': 'States.MathAdd($x, 1)', 'old.$': '$x' }, Next: 'C' },
        C: { Type: 'Pass', Parameters: { 'x.$': '$x', 'old.$': '$old', 'in.$': '$in' }, End: true },
      },
    };
    expect((await execute(definition, { a: 9 }, { task })).output).toEqual({ x: 2, old: 1, in: 9 });
  });
});

describe('JSONata', () => {
  test.each<[string, Json, Json, Json]>([
    ['Pass hands its input on', { Type: 'Pass' }, { a: 1 }, { a: 1 }],
    [
      'Output replaces it',
      { Type: 'Pass', Output: { x: '{% $states.input.a %}', y: ['{% 1 + 1 %}', 'text'] } },
      { a: 1 },
      { x: 1, y: [2, 'text'] },
    ],
    [
      'the context',
      { Type: 'Succeed', Output: '{% $states.context.State.Name & $states.context.Execution.Input.a %}' },
      { a: 1 },
      'X1',
    ],
    [
      'Arguments are given to the task',
      { Type: 'Task', Resource: 'r', Arguments: { p: '{% $states.input.a %}' } },
      { a: 1 },
      { p: 1 },
    ],
    ['without Arguments the task is given the input', { Type: 'Task', Resource: 'r' }, { a: 1 }, { a: 1 }],
    [
      'Output sees input and result',
      { Type: 'Task', Resource: 'r', Arguments: 5, Output: '{% [$states.input.a, $states.result] %}' },
      { a: 1 },
      [1, 5],
    ],
    ['null is a value', { Type: 'Pass', Output: '{% null %}' }, {}, null],
    ['white space around an expression', { Type: 'Pass', Output: '{%\n  1\n%}' }, {}, 1],
  ])('%s', async (_name, state, input, expected) => {
    expect((await runJsonata(state, input)).output).toEqual(expected);
  });

  test.each<[string, Json, string]>([
    [
      'nothing',
      { Type: 'Pass', Output: { a: '{% $states.input.q %}' } },
      "The JSONata expression '$states.input.q' specified for the field 'Output/a' returned nothing (undefined).",
    ],
    [
      'a type error',
      { Type: 'Pass', Output: '{% 1 + "a" %}' },
      `specified for the field 'Output' threw an error during evaluation. T2002`,
    ],
    ['an unknown variable', { Type: 'Pass', Output: '{% $nobody %}' }, 'returned nothing'],
    ['the result of a state without one', { Type: 'Pass', Output: '{% $states.result %}' }, 'returned nothing'],
    ['a wrong type', { Type: 'Wait', Seconds: '{% "soon" %}' }, "Expected 'number', but was 'string'"],
    ['$eval', { Type: 'Pass', Output: '{% $eval("1") %}' }, '$eval is not supported'],
    ['a runaway', { Type: 'Pass', Output: '{% ($f := function() { $f() }; $f()) %}' }, 'steps'],
  ])('%s ends with States.QueryEvaluationError', async (_name, state, cause) => {
    const result = await runJsonata(state);
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(result.cause).toContain("An error occurred while executing the state 'X' (entered at the event id #2). ");
    expect(result.cause).toContain(cause);
  });

  test('Assign and Output see the variables as they were, and all assignments take effect together', async () => {
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'A',
      States: {
        A: { Type: 'Pass', Assign: { x: 1, y: 2 }, Next: 'B' },
        B: { Type: 'Pass', Assign: { x: '{% $y %}', y: '{% $x %}' }, Output: '{% $x %}', Next: 'C' },
        C: { Type: 'Pass', Output: '{% [$x, $y, $states.input] %}', End: true },
      },
    };
    expect((await execute(definition, {}, { task: echo })).output).toEqual([2, 1, 1]);
  });

  test('a state in JSONata can stand in a machine in JSONPath', async () => {
    const state = { Type: 'Pass', QueryLanguage: 'JSONata', Output: '{% $states.input.a + 1 %}' };
    expect((await runState(state, { a: 1 })).output).toBe(2);
  });
});

test('without an input an execution begins with the empty object', async () => {
  const definition = { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } };
  expect((await execute(definition, undefined, { task: echo })).output).toEqual({});
});

test('a payload above 256 KiB ends with States.DataLimitExceeded, which States.ALL does not catch', async () => {
  const definition = {
    StartAt: 'A',
    States: {
      A: { Type: 'Task', Resource: 'r', Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }], End: true },
      B: { Type: 'Succeed' },
    },
  };
  const big = () => 'x'.repeat(262_143);
  expect(await execute(definition, {}, { task: big })).toMatchObject({
    status: 'FAILED',
    error: 'States.DataLimitExceeded',
    trace: ['A'],
  });
  expect((await execute(definition, {}, { task: big, limits: { payloadBytes: 262_145 } })).status).toBe('SUCCEEDED');
});
