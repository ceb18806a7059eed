import { describe, expect, test } from '@jest/globals';
import { execute, type Json } from '../../../../shared/semantics/states/index.ts';
import { echo, failing, runJsonata, runState } from './machines.ts';

const one = (state: Json, name = 'I'): Json => ({
  StartAt: name,
  States: { [name]: { ...(state as object), End: true } },
});
const pass = (fields: Record<string, Json> = {}, name = 'I') => one({ Type: 'Pass', ...fields }, name);
const call = one({ Type: 'Task', Resource: 'r' });

describe('Parallel', () => {
  test('gives every branch the same input, and the outputs in the order of the branches', async () => {
    const state = { Type: 'Parallel', Branches: [one({ Type: 'Wait', Seconds: 9 }, 'A'), pass({ Result: 'b' }, 'B')] };
    expect((await runState(state, { x: 1 })).output).toEqual([{ x: 1 }, 'b']);
  });

  test('takes Parameters, ResultSelector and ResultPath', async () => {
    const state = {
      Type: 'Parallel',
      Parameters: { 'y.$': '$.x' },
      Branches: [pass()],
      ResultSelector: { 'first.$': '$[0]' },
      ResultPath: '$.r',
    };
    expect((await runState(state, { x: 1 })).output).toEqual({ x: 1, r: { first: { y: 1 } } });
  });

  test('takes Arguments and Output', async () => {
    const state = {
      Type: 'Parallel',
      Arguments: '{% $states.input.x %}',
      Branches: [pass()],
      Output: '{% $states.result[0] + 1 %}',
    };
    expect((await runJsonata(state, { x: 1 })).output).toBe(2);
  });

  test('fails with the failure of the first branch that fails, and aborts the others', async () => {
    const signals: AbortSignal[] = [];
    const state = {
      Type: 'Parallel',
      Branches: [one({ Type: 'Task', Resource: 'slow' }, 'S'), one({ Type: 'Fail', Error: 'E', Cause: 'c' }, 'F')].map(
        (branch) => {
          const { F } = (branch as { States: Record<string, { End?: boolean }> }).States;
          if (F) delete F.End;
          return branch;
        },
      ),
    };
    const result = await runState(state, {}, (_resource, _payload, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    expect(result).toMatchObject({ status: 'FAILED', error: 'E', cause: 'c' });
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });

  test('enters the branches in turns, so that one that fails at once does not keep the others from beginning', async () => {
    const F: Json = { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'E' } } };
    const two: Json = { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', End: true } } };
    expect((await runState({ Type: 'Parallel', Branches: [F, pass()] })).trace).toEqual(['X', 'F', 'I']);
    expect((await runState({ Type: 'Parallel', Branches: [two, pass()] })).trace).toEqual(['X', 'A', 'I', 'B']);
  });

  test('is retried as a whole, and caught as a whole', async () => {
    const Retry = [{ ErrorEquals: ['Boom'], MaxAttempts: 1 }];
    const state = { Type: 'Parallel', Branches: [call], Retry };
    expect(await runState(state, 7, failing({ name: 'Boom' }))).toMatchObject({ output: [7], trace: ['X', 'I', 'I'] });
    const definition = {
      StartAt: 'X',
      States: {
        X: { ...state, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Y' }], End: true },
        Y: { Type: 'Succeed' },
      },
    };
    const { output } = await execute(definition, 7, { task: failing({ name: 'Boom' }, { name: 'Boom' }) });
    expect(output).toEqual({ Error: 'Boom' });
  });
});

describe('variables', () => {
  const branch = (name: string, Output: Json, Assign: Json): Json => ({
    StartAt: name,
    States: { [name]: { Type: 'Pass', Assign, Next: `${name}2` }, [`${name}2`]: { Type: 'Pass', Output, End: true } },
  });

  test('of outside are seen in a branch, and those of a branch stay in it', async () => {
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'A',
      States: {
        A: { Type: 'Pass', Assign: { x: 1 }, Next: 'P' },
        P: {
          Type: 'Parallel',
          Branches: [branch('B', '{% $x + $own %}', { own: 10 }), branch('C', '{% $exists($own) %}', { other: 1 })],
          Next: 'Z',
        },
        Z: { Type: 'Pass', Output: '{% [$states.input, $x, $exists($own)] %}', End: true },
      },
    };
    expect((await execute(definition, {}, { task: echo })).output).toEqual([11, false, 1, false]);
  });
});

describe('Map', () => {
  test.each<[string, Json, Json, Json]>([
    ['goes over its input', { Type: 'Map', ItemProcessor: pass() }, [1, 2], [1, 2]],
    ['goes over nothing', { Type: 'Map', ItemProcessor: pass() }, [], []],
    ['takes the old Iterator', { Type: 'Map', Iterator: pass() }, [1], [1]],
    ['ItemsPath', { Type: 'Map', ItemsPath: '$.l', ItemProcessor: pass() }, { l: [3] }, [3]],
    [
      'ItemSelector',
      {
        Type: 'Map',
        ItemsPath: '$.l',
        ItemSelector: { 'v.$': '$$.Map.Item.Value', 'i.$': '$$.Map.Item.Index', 'k.$': '$.k' },
        ItemProcessor: pass(),
      },
      { l: ['a', 'b'], k: 1 },
      [
        { v: 'a', i: 0, k: 1 },
        { v: 'b', i: 1, k: 1 },
      ],
    ],
    [
      'Parameters, the old name of it',
      { Type: 'Map', Parameters: { 'v.$': '$$.Map.Item.Value' }, Iterator: pass() },
      [1],
      [{ v: 1 }],
    ],
    [
      'ResultPath',
      { Type: 'Map', ItemsPath: '$.l', ResultPath: '$.r', ItemProcessor: pass() },
      { l: [1] },
      { l: [1], r: [1] },
    ],
  ])('%s', async (_name, state, input, expected) => {
    expect((await runState(state, input)).output).toEqual(expected);
  });

  test('takes Items, ItemSelector and Output in JSONata', async () => {
    const state = {
      Type: 'Map',
      Items: '{% $states.input.l %}',
      ItemSelector: '{% $states.context.Map.Item.Value * $states.input.k %}',
      ItemProcessor: pass(),
      Output: '{% $sum($states.result) %}',
    };
    expect((await runJsonata(state, { l: [1, 2, 3], k: 2 })).output).toBe(12);
  });

  test.each<[string, Json, string, string]>([
    ['JSONPath', { Type: 'Map', ItemsPath: '$.l', ItemProcessor: pass() }, 'States.Runtime', 'must point to array'],
    [
      'JSONata',
      { Type: 'Map', Items: '{% $states.input.l %}', ItemProcessor: pass() },
      'States.QueryEvaluationError',
      "Expected 'array', but was 'number'",
    ],
  ])('over something that is no array fails (%s)', async (language, state, error, cause) => {
    const result = await runState(state, { l: 5 }, echo, language);
    expect(result).toMatchObject({ status: 'FAILED', error, cause: expect.stringContaining(cause) });
  });

  test.each([
    ['JSONPath', { Parameters: { 'i.$': '$$.Map.Item.Index' } }, 'States.Runtime'],
    ['JSONata', { Output: '{% $states.context.Map.Item.Index %}' }, 'States.QueryEvaluationError'],
  ])(
    'shows an item to its ItemSelector and not to the states of the iteration (%s)',
    async (language, fields, error) => {
      const state = { Type: 'Map', ItemProcessor: pass(fields as Record<string, Json>) };
      expect(await runState(state, [7], echo, language)).toMatchObject({ status: 'FAILED', error });
    },
  );

  test('over an object fails inline', async () => {
    const state = { Type: 'Map', ItemsPath: '$.l', ItemProcessor: pass() };
    expect(await runState(state, { l: { a: 1 } })).toMatchObject({ error: 'States.Runtime' });
  });

  test.each<[string, Json, number]>([
    ['MaxConcurrency', { MaxConcurrency: 3 }, 3],
    ['MaxConcurrencyPath', { MaxConcurrencyPath: '$.n', ItemsPath: '$.l' }, 2],
    ['without one, as many as Step Functions does inline', {}, 40],
  ])('%s says how many run at once', async (_name, fields, expected) => {
    let now = 0;
    let most = 0;
    const list = Array.from({ length: 60 }, (_, i) => i);
    const input = 'ItemsPath' in (fields as object) ? { l: list, n: 2 } : list;
    const state = { Type: 'Map', ItemProcessor: call, ...(fields as object) };
    const { status } = await runState(state, input, async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    });
    expect([status, most]).toEqual(['SUCCEEDED', expected]);
  });

  test('ends with the failure of an iteration', async () => {
    const state = { Type: 'Map', MaxConcurrency: 1, ItemProcessor: call };
    expect(await runState(state, [1, 2], failing({ name: 'Boom', message: 'c' }))).toMatchObject({
      error: 'Boom',
      cause: 'c',
      trace: ['X', 'I'],
    });
  });
});

describe('Map in DISTRIBUTED mode', () => {
  const distributed = (machine: Json): Json => ({
    ...(machine as object),
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
  });
  const map = (fields: Record<string, Json>): Json => ({ Type: 'Map', ItemProcessor: distributed(call), ...fields });
  const failOnOdd = (_resource: string, payload: Json) => {
    if ((payload as number) % 2 === 1) throw { name: 'Odd' };
    return payload;
  };

  test.each<[Record<string, Json>, Json]>([
    [{ ToleratedFailureCount: 2 }, [0, 2, 4]],
    [{ ToleratedFailurePercentage: 40 }, [0, 2, 4]],
    [{ ToleratedFailureCount: 5, ToleratedFailurePercentage: 100 }, [0, 2, 4]],
  ])('%j tolerates two of five', async (fields, expected) => {
    expect((await runState(map(fields), [0, 1, 2, 3, 4], failOnOdd)).output).toEqual(expected);
  });

  test.each<Record<string, Json>>([
    {},
    { ToleratedFailureCount: 1 },
    { ToleratedFailurePercentage: 39 },
    { ToleratedFailureCount: 9, ToleratedFailurePercentage: 20 },
  ])('%j does not', async (fields) => {
    expect(await runState(map(fields), [0, 1, 2, 3, 4], failOnOdd)).toMatchObject({
      status: 'FAILED',
      error: 'States.ExceedToleratedFailureThreshold',
    });
  });

  test.each([
    [101, 'JSONPath', 'States.Runtime'],
    [-1, 'JSONPath', 'States.Runtime'],
    [101, 'JSONata', 'States.QueryEvaluationError'],
  ])('a percentage of %s does not exist (%s)', async (p, language, error) => {
    const fields: Record<string, Json> =
      language === 'JSONPath'
        ? { ToleratedFailurePercentagePath: '$[0].p' }
        : { ToleratedFailurePercentage: '{% $states.input[0].p %}' };
    expect(await runState(map(fields), [{ p }], echo, language)).toMatchObject({ status: 'FAILED', error });
  });

  const OBJECT = { l: { b: 2, a: [1] } };
  const ENTRIES = [
    { Key: 'b', Value: 2 },
    { Key: 'a', Value: [1] },
  ];

  test.each<[string, Record<string, Json>, string]>([
    ['ItemsPath', { ItemsPath: '$.l' }, 'JSONPath'],
    ['InputPath', { InputPath: '$.l' }, 'JSONPath'],
    ['Items', { Items: '{% $states.input.l %}' }, 'JSONata'],
  ])('goes over the entries of an object that %s gives', async (_name, fields, language) => {
    expect((await runState(map(fields), OBJECT, echo, language)).output).toEqual(ENTRIES);
  });

  test('ItemSelector sees the key and the value of an entry', async () => {
    const ItemSelector = { 'k.$': '$$.Map.Item.Key', 'v.$': '$$.Map.Item.Value', 'i.$': '$$.Map.Item.Index' };
    expect((await runState(map({ ItemsPath: '$.l', ItemSelector }), OBJECT)).output).toEqual([
      { k: 'b', v: 2, i: 0 },
      { k: 'a', v: [1], i: 1 },
    ]);
  });

  test('ItemBatcher groups the entries of an object', async () => {
    const state = map({ ItemsPath: '$.l', ItemBatcher: { MaxItemsPerBatch: 2 } });
    expect((await runState(state, OBJECT)).output).toEqual([{ Items: ENTRIES }]);
  });

  test.each<[string, Record<string, Json>, string]>([
    ['JSONPath', { ItemsPath: '$.n' }, 'States.Runtime'],
    ['JSONata', { Items: '{% $states.input.n %}' }, 'States.QueryEvaluationError'],
  ])('over neither an array nor an object fails (%s)', async (language, fields, error) => {
    expect(await runState(map(fields), { n: 5 }, echo, language)).toMatchObject({
      error,
      cause: expect.stringContaining('array or object'),
    });
  });

  test('ItemBatcher groups by count and gives BatchInput along', async () => {
    const state = map({ ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { 'k.$': '$.k' } }, ItemsPath: '$.l' });
    expect((await runState(state, { l: [1, 2, 3], k: 9 })).output).toEqual([
      { BatchInput: { k: 9 }, Items: [1, 2] },
      { BatchInput: { k: 9 }, Items: [3] },
    ]);
  });

  test('ItemBatcher groups by size', async () => {
    const state = map({ ItemBatcher: { MaxInputBytesPerBatch: 8 } });
    expect((await runState(state, ['aaa', 'b', 'ccccc'])).output).toEqual([
      { Items: ['aaa'] },
      { Items: ['b'] },
      { Items: ['ccccc'] },
    ]);
  });

  const CSV = 'id,name\n1,"Ada, L."\n2,"say ""hi"""\n';
  test.each<[string, Json, Json, Json]>([
    ['JSON', {}, '[1, 2]', [1, 2]],
    ['a value that was read already', {}, [1, 2], [1, 2]],
    ['JSON in a Body', { InputType: 'JSON' }, { Body: '[3]' }, [3]],
    ['JSONL', { InputType: 'JSONL' }, '{"a":1}\n{"a":2}\n', [{ a: 1 }, { a: 2 }]],
    [
      'CSV with its headers',
      { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' },
      CSV,
      [
        { id: '1', name: 'Ada, L.' },
        { id: '2', name: 'say "hi"' },
      ],
    ],
    [
      'CSV with given headers',
      { InputType: 'CSV', CSVHeaderLocation: 'GIVEN', CSVHeaders: ['a'], CSVDelimiter: 'PIPE' },
      'x|y\nz',
      [{ a: 'x' }, { a: 'z' }],
    ],
    ['no more than MaxItems', { MaxItems: 1 }, '[1, 2]', [1]],
    ['what ItemsPointer points at', { ItemsPointer: '/a~1b/0' }, '{"a/b":[[7]]}', [7]],
    ['a JSON object, entry by entry', {}, '{"a":1}', [{ Key: 'a', Value: 1 }]],
  ])('ItemReader reads %s', async (_name, ReaderConfig, file, expected) => {
    const ItemReader = {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig,
      Parameters: { Bucket: 'b', 'Key.$': '$.key' },
    };
    const result = await runState(map({ ItemReader }), { key: 'k' }, (resource, payload) => {
      if (resource !== 'arn:aws:states:::s3:getObject') return payload;
      expect(payload).toEqual({ Bucket: 'b', Key: 'k' });
      return file;
    });
    expect(result.output).toEqual(expected);
  });

  test('ItemReader goes over a listing', async () => {
    const ItemReader = { Resource: 'arn:aws:states:::s3:listObjectsV2', Parameters: { Bucket: 'b' } };
    const result = await runState(map({ ItemReader }), {}, (resource, payload) =>
      resource === 'r' ? payload : { Contents: [{ Key: 'x' }] },
    );
    expect(result.output).toEqual([{ Key: 'x' }]);
  });

  test.each<[string, () => unknown, Json?]>([
    ['cannot be fetched', () => failing({ name: 'NoSuchKey', message: 'k' })('r', {}, {} as never)],
    ['is no JSON', () => '{'],
    ['does not have what ItemsPointer points at', () => '{"b":[]}', { ItemsPointer: '/a' }],
    ['holds neither an array nor an object', () => '5'],
  ])('a file that %s ends with States.ItemReaderFailed', async (_name, file, ReaderConfig = {}) => {
    const ItemReader = { Resource: 'arn:aws:states:::s3:getObject', ReaderConfig };
    expect(await runState(map({ ItemReader }), {}, file)).toMatchObject({
      status: 'FAILED',
      error: 'States.ItemReaderFailed',
    });
  });

  test('iterations do not see the variables of outside, and do not fill its history', async () => {
    const items = Array.from({ length: 200 }, (_, i) => i);
    const result = await execute({ StartAt: 'X', States: { X: { ...(map({}) as object), End: true } } }, items, {
      task: echo,
      limits: { historyEvents: 20 },
    });
    expect(result.output).toEqual(items);
  });
});

test('items of a distributed Map are executions of their own, with a context of their own where the caller gave one', async () => {
  const context = { Execution: { Id: 'arn:run', Name: 'run', RoleArn: 'arn:role', StartTime: 'then' }, Extra: 1 };
  const read = pass({ Parameters: { 'e.$': '$$.Execution', 'x.$': '$$.Extra' }, OutputPath: '$' });
  const processor = { ...(read as object), ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } };
  const definition = { StartAt: 'X', States: { X: { Type: 'Map', ItemProcessor: processor, End: true } } };
  const { output, trace } = await execute(definition, [7], { task: echo, context });
  expect(trace).toEqual(['X']);
  const e = { Id: 'arn:run/X-0', Name: 'X-0', Input: 7, RoleArn: 'arn:role', RedriveCount: 0 };
  expect(output).toEqual([{ e: expect.objectContaining(e), x: 1 }]);
  expect(output).not.toEqual([{ e: expect.objectContaining({ StartTime: 'then' }), x: 1 }]);
});
