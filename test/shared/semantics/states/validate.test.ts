import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type Json, parse, validate } from '../../../../shared/semantics/states/index.ts';

const machine = (states: Record<string, Json>, more: Record<string, Json> = {}): Json => ({
  StartAt: Object.keys(states)[0]!,
  States: states,
  ...more,
});
const withX = (state: Json, more: Record<string, Json> = {}) =>
  machine({ X: { End: true, ...(state as object) } }, more);
const JSONATA = { QueryLanguage: 'JSONata' };
const end: Json = { Type: 'Succeed' };
const withMap = (fields: Record<string, Json>) =>
  withX({ Type: 'Map', ItemProcessor: machine({ A: end }, { ProcessorConfig: { Mode: 'DISTRIBUTED' } }), ...fields });
const withWriter = (ResultWriter: Json) => withMap({ ResultWriter });
const withReader = (ReaderConfig: Json) =>
  withMap({ ItemReader: { Resource: 'arn:aws:states:::s3:getObject', ReaderConfig } });

describe('a good definition has no problems', () => {
  test.each<[string, Json]>([
    ['the workflow of this repository', JSON.parse(readFileSync('workflows/deploy.asl.json', 'utf8'))],
    [
      'with every field of a machine',
      machine({ X: end }, { Comment: 'c', Version: '1.0', TimeoutSeconds: 5, QueryLanguage: 'JSONPath' }),
    ],
    [
      'with a loop that can end',
      machine({
        A: { Type: 'Choice', Choices: [{ Variable: '$.x', IsPresent: true, Next: 'B' }], Default: 'A' },
        B: end,
      }),
    ],
    [
      'with paths of every kind',
      withX({
        Type: 'Pass',
        InputPath: '$$.Execution.Input',
        Parameters: { 'a.$': '$v.b', 'c.$': 'States.UUID()', 'd.$': '$.e[?(@.f)]' },
        ResultPath: '$.a.b[0]',
      }),
    ],
    ['with End where a state ends anyway', machine({ X: { Type: 'Succeed', End: true } })],
    ['with End where a state fails anyway', machine({ X: { Type: 'Fail', End: true } })],
    ['with a reader of a manifest', withReader({ InputType: 'MANIFEST' })],
    ['with a reader of an inventory', withReader({ ManifestType: 'S3_INVENTORY', MaxItems: 5 })],
    [
      'with a writer of results',
      withWriter({
        Resource: 'arn:aws:states:::s3:putObject',
        Parameters: { Bucket: 'b', 'Prefix.$': '$.p' },
        WriterConfig: { Transformation: 'FLATTEN', OutputType: 'JSONL' },
      }),
    ],
    ['with results that are formed alone', withWriter({ WriterConfig: { Transformation: 'COMPACT' } })],
    [
      'with a distributed Iterator',
      withX({
        Type: 'Map',
        Label: 'l',
        Iterator: machine({ A: end }, { ProcessorConfig: { Mode: 'DISTRIBUTED' } }),
      }),
    ],
    [
      'with names in JSONata that have something before them',
      withX(
        {
          Type: 'Pass',
          Output: [
            '{% $states.input.rows[price > 3]^(>price).name %}',
            '{% $states.input.rows{kind: $sum(price)} %}',
            '{% $states.input.rows[$.price > 3].($.name) %}',
            '{% $states.input.rows.{ "n": name, "f": $string(price) } %}',
            '{% $map($states.input.rows, function($row) { $row.name & $row[a = 1].b }) %}',
            '{% $states.input ~> |rows|{ "a": price }| %}',
            '{% ($rows := $states.input.rows; $rows.name) %}',
          ],
        },
        JSONATA,
      ),
    ],
    [
      'with the same variable in branches side by side, and in a distributed Map',
      machine({
        X: {
          Type: 'Parallel',
          Branches: ['A', 'B'].map((name) => machine({ [name]: { Type: 'Pass', Assign: { v: 1 }, End: true } })),
          Next: 'M',
        },
        M: {
          Type: 'Map',
          Assign: { w: 1 },
          ItemProcessor: machine(
            { C: { Type: 'Pass', Assign: { w: 2 }, End: true } },
            { ProcessorConfig: { Mode: 'DISTRIBUTED' } },
          ),
          End: true,
        },
      }),
    ],
    [
      'with the error output in a catcher',
      withX(
        {
          Type: 'Task',
          Resource: 'r',
          Catch: [
            {
              ErrorEquals: ['States.ALL'],
              Assign: { cause: '{% $states.errorOutput.Cause %}' },
              Output: '{% $states.errorOutput %}',
              Next: 'X',
            },
          ],
        },
        JSONATA,
      ),
    ],
    ['with a state in JSONata', withX({ Type: 'Pass', QueryLanguage: 'JSONata', Output: '{% 1 %}' })],
  ])('%s', (_name, definition) => {
    expect(validate(definition)).toEqual([]);
  });
});

describe('a problem is found at its place', () => {
  test.each<[string, Json, string, string]>([
    ['no object', [] as Json, '', 'JSON object'],
    ['no StartAt', { States: { X: end } }, '/StartAt', 'missing'],
    ['StartAt of nothing', { StartAt: 'Y', States: { X: end } }, '/StartAt', 'there is no state "Y"'],
    ['no states', { StartAt: 'X', States: {} }, '/States', 'at least one state'],
    ['a field of nothing', machine({ X: end }, { Foo: 1 }), '/Foo', 'no field "Foo"'],
    ['an unknown language', machine({ X: end }, { QueryLanguage: 'SQL' }), '/QueryLanguage', 'JSONPath or JSONata'],
    ['a timeout of 0', machine({ X: end }, { TimeoutSeconds: 0 }), '/TimeoutSeconds', 'from 1'],
    ['an unknown type', machine({ X: { Type: 'Loop' } }), '/States/X/Type', 'no type of state'],
    ['Next of nothing', machine({ X: { Type: 'Pass', Next: 'Y' } }), '/States/X/Next', 'there is no state "Y"'],
    ['Next and End', machine({ X: { Type: 'Pass', Next: 'Y', End: true }, Y: end }), '/States/X', 'both Next and End'],
    ['neither', machine({ X: { Type: 'Pass' } }), '/States/X', 'leads nowhere'],
    ['no end', machine({ X: { Type: 'Pass', Next: 'X' } }), '/States', 'ends the machine'],
    ['an unreachable state', machine({ X: end, 'a/b': end }), '/States/a~1b', 'no state leads to'],
    ['a long name', machine({ ['x'.repeat(81)]: end }), `/States/${'x'.repeat(81)}`, '81 characters'],
    [
      'a name twice',
      withX({ Type: 'Parallel', Branches: [machine({ A: end }), machine({ A: end })] }),
      '/States/X/Branches/1/States/A',
      'names are unique',
    ],
    ['a task without Resource', withX({ Type: 'Task' }), '/States/X/Resource', 'a text expected'],
    [
      'TimeoutSeconds twice',
      withX({ Type: 'Task', Resource: 'r', TimeoutSeconds: 5, TimeoutSecondsPath: '$.t' }),
      '/States/X',
      'at most one of TimeoutSeconds, TimeoutSecondsPath',
    ],
    [
      'a heartbeat above the timeout',
      withX({ Type: 'Task', Resource: 'r', TimeoutSeconds: 5, HeartbeatSeconds: 5 }),
      '/States/X/HeartbeatSeconds',
      'not below TimeoutSeconds',
    ],
    [
      'a field of JSONata in JSONPath',
      withX({ Type: 'Pass', Output: 1 }),
      '/States/X/Output',
      'in JSONPath has no field "Output"',
    ],
    [
      'a field of JSONPath in JSONata',
      withX({ Type: 'Pass', Result: 1 }, JSONATA),
      '/States/X/Result',
      'in JSONata has no field "Result"',
    ],
    [
      'JSONPath in JSONata',
      withX({ Type: 'Pass', QueryLanguage: 'JSONPath' }, JSONATA),
      '/States/X/QueryLanguage',
      'everything is in JSONata',
    ],
    [
      'Assign in Succeed',
      machine({ X: { Type: 'Succeed', Assign: { a: 1 } } }),
      '/States/X/Assign',
      'no field "Assign"',
    ],
    [
      'a reserved variable',
      withX({ Type: 'Pass', Assign: { states: 1 } }, JSONATA),
      '/States/X/Assign/states',
      'reserved',
    ],
    [
      'a bad variable name',
      withX({ Type: 'Pass', Assign: { '1a': 1 } }, JSONATA),
      '/States/X/Assign/1a',
      'name of a variable',
    ],
    [
      'a bad expression',
      withX({ Type: 'Pass', Output: { a: ['{% 1 + %}'] } }, JSONATA),
      '/States/X/Output/a/0',
      'cannot be parsed: S0207',
    ],
    ...['{% name %}', '{% [1, $f(name)] %}', '{% $states.input.a & name.b %}', '{% function($x) { name } %}'].map(
      (Output): [string, Json, string, string] => [
        `a name at the top level of ${Output}`,
        withX({ Type: 'Pass', Output }, JSONATA),
        '/States/X/Output',
        "reference to 'name' at the top level",
      ],
    ),
    [
      'a variable of the states around in a branch',
      machine({
        X: {
          Type: 'Parallel',
          Catch: [{ ErrorEquals: ['States.ALL'], Assign: { 'v.$': '$' }, Next: 'Y' }],
          Branches: [machine({ A: { Type: 'Pass', Assign: { v: 1 }, End: true } })],
          Next: 'Y',
        },
        Y: end,
      }),
      '/States/X/Branches/0/States/A/Assign/v',
      '"v" is a variable of the states around',
    ],
    ['$ in JSONata', withX({ Type: 'Pass', Output: '{% $.a %}' }, JSONATA), '/States/X/Output', "reference to '$'"],
    ['$$ in JSONata', withX({ Type: 'Pass', Output: '{% $$.a %}' }, JSONATA), '/States/X/Output', "reference to '$$'"],
    [
      'the error output outside of a catcher',
      withX({ Type: 'Pass', Assign: { a: '{% $states.errorOutput.Cause %}' } }, JSONATA),
      '/States/X/Assign/a',
      'of a catcher alone',
    ],
    [
      'a language of a branch',
      withX({ Type: 'Parallel', Branches: [machine({ A: end }, JSONATA)] }),
      '/States/X/Branches/0/QueryLanguage',
      'no field "QueryLanguage"',
    ],
    ['half an expression', withX({ Type: 'Pass', Output: '{% 1' }, JSONATA), '/States/X/Output', 'half an expression'],
    ['a bad path', withX({ Type: 'Pass', InputPath: 'a.b' }), '/States/X/InputPath', 'begins with $'],
    [
      'a path of a template',
      withX({ Type: 'Pass', Parameters: { a: { 'b.$': '$.[' } } }),
      '/States/X/Parameters/a/b.$',
      'expected',
    ],
    [
      'a template that is no object',
      withX({ Type: 'Pass', Parameters: '$.a' }),
      '/States/X/Parameters',
      'an object expected',
    ],
    [
      'a field twice in a template',
      withX({ Type: 'Pass', Parameters: { a: { b: 1, 'b.$': '$.c' } } }),
      '/States/X/Parameters/a/b',
      '"b" and "b.$" are one field',
    ],
    [
      'an intrinsic of nothing',
      withX({ Type: 'Pass', Parameters: { 'b.$': 'States.Nope()' } }),
      '/States/X/Parameters/b.$',
      'no intrinsic function',
    ],
    [
      'a ResultPath of many places',
      withX({ Type: 'Pass', ResultPath: '$.a[*]' }),
      '/States/X/ResultPath',
      'more than one place',
    ],
    [
      'a ResultPath of the context',
      withX({ Type: 'Pass', ResultPath: '$$.a' }),
      '/States/X/ResultPath',
      'reference path',
    ],
    [
      'an empty ErrorEquals',
      withX({ Type: 'Task', Resource: 'r', Retry: [{ ErrorEquals: [] }] }),
      '/States/X/Retry/0/ErrorEquals',
      'at least one entry',
    ],
    [
      'States.ALL not alone',
      withX({ Type: 'Task', Resource: 'r', Retry: [{ ErrorEquals: ['A', 'States.ALL'] }] }),
      '/States/X/Retry/0/ErrorEquals',
      'stands alone',
    ],
    [
      'States.ALL not last',
      withX({ Type: 'Task', Resource: 'r', Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['A'] }] }),
      '/States/X/Retry/0/ErrorEquals',
      'put it last',
    ],
    [
      'a backoff below 1',
      withX({ Type: 'Task', Resource: 'r', Retry: [{ ErrorEquals: ['A'], BackoffRate: 0.5 }] }),
      '/States/X/Retry/0/BackoffRate',
      'from 1 up',
    ],
    [
      'a cap below the interval',
      withX({ Type: 'Task', Resource: 'r', Retry: [{ ErrorEquals: ['A'], IntervalSeconds: 9, MaxDelaySeconds: 9 }] }),
      '/States/X/Retry/0/MaxDelaySeconds',
      'not above IntervalSeconds',
    ],
    [
      'an unknown jitter',
      withX({ Type: 'Task', Resource: 'r', Retry: [{ ErrorEquals: ['A'], JitterStrategy: 'SOME' }] }),
      '/States/X/Retry/0/JitterStrategy',
      'FULL or NONE',
    ],
    [
      'a catcher that goes nowhere',
      withX({ Type: 'Task', Resource: 'r', Catch: [{ ErrorEquals: ['A'], Next: 'Q' }] }),
      '/States/X/Catch/0/Next',
      'there is no state "Q"',
    ],
    ['Retry on a Pass', withX({ Type: 'Pass', Retry: [] }), '/States/X/Retry', 'no field "Retry"'],
    [
      'no rules',
      machine({ X: { Type: 'Choice', Choices: [], Default: 'Y' }, Y: end }),
      '/States/X/Choices',
      'at least one entry',
    ],
    [
      'a rule of two comparisons',
      machine({
        X: { Type: 'Choice', Choices: [{ Variable: '$.a', IsNull: true, IsString: true, Next: 'Y' }] },
        Y: end,
      }),
      '/States/X/Choices/0',
      'exactly one comparison',
    ],
    [
      'an operand of the wrong type',
      machine({ X: { Type: 'Choice', Choices: [{ Variable: '$.a', NumericEquals: '1', Next: 'Y' }] }, Y: end }),
      '/States/X/Choices/0/NumericEquals',
      'a number expected',
    ],
    [
      'Next inside of And',
      machine({
        X: { Type: 'Choice', Choices: [{ And: [{ Variable: '$.a', IsNull: true, Next: 'Y' }], Next: 'Y' }] },
        Y: end,
      }),
      '/States/X/Choices/0/And/0/Next',
      'no field "Next"',
    ],
    [
      'a Condition that is a text',
      machine({ X: { Type: 'Choice', Choices: [{ Condition: 'yes', Next: 'Y' }] }, Y: end }, JSONATA),
      '/States/X/Choices/0/Condition',
      'an expression',
    ],
    [
      'a Wait of two',
      withX({ Type: 'Wait', Seconds: 1, Timestamp: '2030-01-01T00:00:00Z' }),
      '/States/X',
      'exactly one of',
    ],
    ['a Wait of nothing', withX({ Type: 'Wait' }), '/States/X', 'got none'],
    ['a bad timestamp', withX({ Type: 'Wait', Timestamp: 'tomorrow' }), '/States/X/Timestamp', 'a timestamp such as'],
    [
      'Error and ErrorPath',
      machine({ X: { Type: 'Fail', Error: 'a', ErrorPath: '$.a' } }),
      '/States/X',
      'at most one of Error, ErrorPath',
    ],
    ['no branches', withX({ Type: 'Parallel', Branches: [] }), '/States/X/Branches', 'at least one entry'],
    [
      'a problem in a branch',
      withX({ Type: 'Parallel', Branches: [machine({ A: { Type: 'Pass' } })] }),
      '/States/X/Branches/0/States/A',
      'leads nowhere',
    ],
    ['a Map without a processor', withX({ Type: 'Map' }), '/States/X', 'exactly one of ItemProcessor, Iterator'],
    [
      'a distributed field inline',
      withX({ Type: 'Map', ItemProcessor: machine({ A: end }), ToleratedFailureCount: 1 }),
      '/States/X/ToleratedFailureCount',
      'needs ProcessorConfig.Mode DISTRIBUTED',
    ],
    [
      'a negative MaxConcurrency',
      withX({ Type: 'Map', ItemProcessor: machine({ A: end }), MaxConcurrency: -1 }),
      '/States/X/MaxConcurrency',
      'from 0',
    ],
    [
      'Items that are a text',
      withX({ Type: 'Map', Items: 'all', ItemProcessor: machine({ A: end }) }, JSONATA),
      '/States/X/Items',
      'a list or an expression',
    ],
    [
      'a reader of Parquet',
      withReader({ InputType: 'PARQUET' }),
      '/States/X/ItemReader/ReaderConfig/InputType',
      'use JSON, JSONL, CSV, MANIFEST',
    ],
    [
      'a manifest of Athena',
      withReader({ InputType: 'CSV', ManifestType: 'ATHENA_DATA' }),
      '/States/X/ItemReader/ReaderConfig/ManifestType',
      'use S3_INVENTORY',
    ],
    [
      'an inventory with an InputType',
      withReader({ InputType: 'CSV', ManifestType: 'S3_INVENTORY' }),
      '/States/X/ItemReader/ReaderConfig/InputType',
      'leave it out',
    ],
    [
      'objects to load and flatten',
      withReader({ InputType: 'CSV', Transformation: 'LOAD_AND_FLATTEN' }),
      '/States/X/ItemReader/ReaderConfig/Transformation',
      'use NONE',
    ],
    [
      'an ItemsPointer that is a path',
      withReader({ ItemsPointer: '$.items' }),
      '/States/X/ItemReader/ReaderConfig/ItemsPointer',
      'a JSON pointer',
    ],
    [
      'an empty ResultWriter',
      withMap({ ResultWriter: {} }),
      '/States/X/ResultWriter',
      'an object with Resource and Parameters',
    ],
    ['a ResultWriter without a place', withWriter({ Resource: 'r' }), '/States/X/ResultWriter', 'belong together'],
    [
      'Arguments in JSONPath',
      withWriter({ Resource: 'r', Arguments: {} }),
      '/States/X/ResultWriter/Arguments',
      'has no field "Arguments"',
    ],
    [
      'an unknown transformation',
      withWriter({ WriterConfig: { Transformation: 'ZIP' } }),
      '/States/X/ResultWriter/WriterConfig/Transformation',
      '"ZIP" is none of NONE, COMPACT, FLATTEN',
    ],
    [
      'an output in lines',
      withWriter({ WriterConfig: { OutputType: 'JSONL' } }),
      '/States/X/ResultWriter/WriterConfig/OutputType',
      'give a Resource',
    ],
    [
      'an inline ResultWriter',
      withX({ Type: 'Map', ItemProcessor: machine({ A: end }), ResultWriter: { WriterConfig: {} } }),
      '/States/X/ResultWriter',
      'needs ProcessorConfig.Mode DISTRIBUTED',
    ],
    ['a ReaderConfig that is no object', withReader('CSV'), '/States/X/ItemReader/ReaderConfig', 'an object'],
  ])('%s', (_name, definition, pointer, message) => {
    expect(validate(definition)).toContainEqual({ pointer, message: expect.stringContaining(message) });
  });
});

test('parse takes JSON text or its value, and throws all problems at once', () => {
  const definition = machine({ X: end });
  expect(parse(JSON.stringify(definition))).toEqual(definition);
  expect(parse(definition)).toBe(definition);
  expect(() => parse('{')).toThrow('the definition is not JSON');
  expect(() => parse(machine({ X: { Type: 'Task' }, Y: end }))).toThrow(
    /\/States\/X: .*\/States\/X\/Resource: .*\/States\/Y: /,
  );
});
