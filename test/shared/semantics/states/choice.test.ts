import { describe, expect, test } from '@jest/globals';
import { execute, type Json } from '../../../../shared/semantics/states/index.ts';
import { echo } from './machines.ts';

const INPUT = {
  s: 'abc',
  other: 'abd',
  n: 5,
  five: 5,
  b: true,
  t: '2030-01-01T12:00:00Z',
  same: '2030-01-01T13:00:00+01:00',
  z: null,
  list: [1],
};

const choose = (rule: Json, input: Json = INPUT, language = 'JSONPath') =>
  execute(
    {
      QueryLanguage: language,
      StartAt: 'C',
      States: {
        C: { Type: 'Choice', Choices: [{ ...(rule as object), Next: 'Yes' }], Default: 'No' },
        Yes: { Type: 'Succeed' },
        No: { Type: 'Succeed' },
      },
    },
    input,
    { task: echo },
  );
const verdict = async (rule: Json) => (await choose(rule)).trace[1];

describe('a comparison', () => {
  test.each<[string, string, Json, 'Yes' | 'No']>([
    ['StringEquals', 's', 'abc', 'Yes'],
    ['StringEquals', 's', 'ABC', 'No'],
    ['StringEquals', 'n', '5', 'No'],
    ['StringEqualsPath', 's', '$.s', 'Yes'],
    ['StringLessThan', 's', 'abd', 'Yes'],
    ['StringLessThanPath', 's', '$.other', 'Yes'],
    ['StringGreaterThan', 's', 'abd', 'No'],
    ['StringGreaterThanPath', 'other', '$.s', 'Yes'],
    ['StringLessThanEquals', 's', 'abc', 'Yes'],
    ['StringLessThanEqualsPath', 'other', '$.s', 'No'],
    ['StringGreaterThanEquals', 's', 'abc', 'Yes'],
    ['StringGreaterThanEqualsPath', 's', '$.other', 'No'],
    ['StringMatches', 's', 'a*c', 'Yes'],
    ['StringMatches', 's', 'a*d', 'No'],
    ['StringMatches', 's', 'abc', 'Yes'],
    ['StringMatches', 's', 'a\\*c', 'No'],
    ['NumericEquals', 'n', 5, 'Yes'],
    ['NumericEqualsPath', 'n', '$.five', 'Yes'],
    ['NumericEquals', 's', 5, 'No'],
    ['NumericLessThan', 'n', 5, 'No'],
    ['NumericLessThanPath', 'n', '$.five', 'No'],
    ['NumericGreaterThan', 'n', 4, 'Yes'],
    ['NumericGreaterThanPath', 'n', '$.five', 'No'],
    ['NumericLessThanEquals', 'n', 5, 'Yes'],
    ['NumericLessThanEqualsPath', 'n', '$.five', 'Yes'],
    ['NumericGreaterThanEquals', 'n', 6, 'No'],
    ['NumericGreaterThanEqualsPath', 'n', '$.five', 'Yes'],
    ['BooleanEquals', 'b', true, 'Yes'],
    ['BooleanEquals', 'b', false, 'No'],
    ['BooleanEqualsPath', 'b', '$.b', 'Yes'],
    ['TimestampEquals', 't', '2030-01-01T13:00:00+01:00', 'Yes'],
    ['TimestampEqualsPath', 't', '$.same', 'Yes'],
    ['TimestampLessThan', 't', '2030-01-01T12:00:01Z', 'Yes'],
    ['TimestampLessThanPath', 't', '$.same', 'No'],
    ['TimestampGreaterThan', 't', '2029-12-31T23:59:59.999Z', 'Yes'],
    ['TimestampGreaterThanPath', 't', '$.same', 'No'],
    ['TimestampLessThanEquals', 't', '2030-01-01T12:00:00Z', 'Yes'],
    ['TimestampLessThanEqualsPath', 't', '$.same', 'Yes'],
    ['TimestampGreaterThanEquals', 't', '2030-01-01T12:00:01Z', 'No'],
    ['TimestampGreaterThanEqualsPath', 't', '$.same', 'Yes'],
    ['TimestampEquals', 's', '2030-01-01T12:00:00Z', 'No'],
    ['IsNull', 'z', true, 'Yes'],
    ['IsNull', 's', false, 'Yes'],
    ['IsPresent', 's', true, 'Yes'],
    ['IsPresent', 'missing', false, 'Yes'],
    ['IsPresent', 'missing', true, 'No'],
    ['IsPresent', 'z', true, 'Yes'],
    ['IsNumeric', 'n', true, 'Yes'],
    ['IsNumeric', 's', true, 'No'],
    ['IsString', 's', true, 'Yes'],
    ['IsBoolean', 'b', true, 'Yes'],
    ['IsBoolean', 'n', false, 'Yes'],
    ['IsTimestamp', 't', true, 'Yes'],
    ['IsTimestamp', 's', true, 'No'],
  ])('%s of $.%s and %j: %s', async (operator, variable, operand, expected) => {
    expect(await verdict({ Variable: `$.${variable}`, [operator]: operand })).toBe(expected);
  });

  const yes = { Variable: '$.n', NumericEquals: 5 };
  const no = { Variable: '$.n', NumericEquals: 6 };
  test.each<[string, Json, string]>([
    ['And of both', { And: [yes, yes] }, 'Yes'],
    ['And of one', { And: [yes, no] }, 'No'],
    ['Or of one', { Or: [no, yes] }, 'Yes'],
    ['Or of none', { Or: [no, no] }, 'No'],
    ['Not', { Not: no }, 'Yes'],
    ['nested', { And: [{ Or: [no, { Not: no }] }, yes] }, 'Yes'],
    [
      'And stops at the first that fails',
      {
        And: [
          { Variable: '$.q', IsPresent: true },
          { Variable: '$.q', NumericEquals: 1 },
        ],
      },
      'No',
    ],
    ['of the context object', { Variable: '$$.State.Name', StringEquals: 'C' }, 'Yes'],
  ])('%s', async (_name, rule, expected) => {
    expect(await verdict(rule)).toBe(expected);
  });

  test.each<Json>([
    { Variable: '$.missing', NumericEquals: 1 },
    { Variable: '$.missing', IsNull: true },
    { Variable: '$.n', NumericEqualsPath: '$.missing' },
  ])('%j of a path that selects nothing ends with States.Runtime', async (rule) => {
    expect(await choose(rule)).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: expect.stringContaining(
        "Invalid path '$.missing': The choice state's condition path references an invalid value.",
      ),
    });
  });
});

test.each(['a\\b', 'a\\', '\\\\\\x'])(
  'StringMatches %j has a backslash that escapes nothing and ends with States.Runtime',
  async (StringMatches) => {
    const definition = {
      StartAt: 'C',
      States: {
        C: { Type: 'Choice', Choices: [{ Variable: '$.s', StringMatches, Next: 'Y' }], Default: 'Y' },
        Y: { Type: 'Succeed' },
      },
    };
    expect(await execute(definition, INPUT, { task: echo })).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: expect.stringContaining('Invalid StringMatches pattern'),
    });
  },
);

test('without a match and a Default it ends with States.Runtime, as in Step Functions', async () => {
  const definition = {
    StartAt: 'C',
    States: {
      C: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 6, Next: 'Y' }] },
      Y: { Type: 'Succeed' },
    },
  };
  expect(await execute(definition, INPUT, { task: echo })).toMatchObject({
    status: 'FAILED',
    error: 'States.Runtime',
    cause:
      "An error occurred while executing the state 'C' (entered at the event id #2). Failed to transition out of the state. The state does not point to a next state.",
  });
});

describe('in JSONata', () => {
  test('a Condition that is true is taken, with its Output and Assign', async () => {
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'C',
      States: {
        C: {
          Type: 'Choice',
          Choices: [
            {
              Condition: '{% $states.input.n > 4 %}',
              Assign: { n: '{% $states.input.n %}' },
              Output: 'out',
              Next: 'P',
            },
          ],
          Assign: { n: 0 },
          Default: 'P',
        },
        P: { Type: 'Pass', Output: ['{% $n %}', '{% $states.input %}'], End: true },
      },
    };
    expect((await execute(definition, { n: 5 }, { task: echo })).output).toEqual([5, 'out']);
    expect((await execute(definition, { n: 1 }, { task: echo })).output).toEqual([0, { n: 1 }]);
  });

  test('a Condition that is no boolean ends with States.QueryEvaluationError', async () => {
    expect(await choose({ Condition: '{% $states.input.s %}' }, INPUT, 'JSONata')).toMatchObject({
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
      cause: expect.stringContaining("Expected 'boolean', but was 'string'"),
    });
  });
});
