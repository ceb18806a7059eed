import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../../shared/semantics/states/index.ts';
import { runState } from './machines.ts';

const PUT = 'arn:aws:states:::s3:putObject';
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;
const PLACE = { Resource: PUT, Parameters: { Bucket: 'b', Prefix: 'out' } };

type Put = { Bucket: string; Key: string; Body: string };

/** Runs a distributed Map whose items give themselves back or fail as "bad", and gives what was written under names without the run. */
async function writeResults(fields: Record<string, Json>, items: Json, language = 'JSONPath', refuse?: string) {
  const puts: Put[] = [];
  const state = {
    Type: 'Map',
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED' },
      StartAt: 'I',
      States: { I: { Type: 'Task', Resource: 'r', End: true } },
    },
    ...fields,
  };
  const result = await runState(
    state,
    items,
    (resource, payload) => {
      if (resource === PUT) {
        const put = payload as unknown as Put;
        if (refuse && put.Key.endsWith(refuse)) throw { name: 'AccessDenied', message: 'no' };
        puts.push(put);
        return {};
      }
      if (payload === 'bad') throw { name: 'Bad', message: 'it is bad' };
      return payload;
    },
    language,
  );
  const files = Object.fromEntries(puts.map(({ Key, Body }) => [Key.split('/').at(-1)!, Body]));
  return { result, puts, files, read: (name: string) => JSON.parse(files[name]!) as Record<string, Json>[] };
}

describe('ResultWriter', () => {
  test('writes one file for each status, then the manifest that names them', async () => {
    const { result, puts, files, read } = await writeResults({ ResultWriter: PLACE, ToleratedFailureCount: 1 }, [
      1,
      'bad',
      'ä',
    ]);
    const run = UUID.exec(puts[0]!.Key)![0];
    expect(puts.map(({ Bucket, Key }) => `${Bucket}/${Key}`)).toEqual(
      ['SUCCEEDED_0', 'FAILED_0', 'manifest'].map((name) => `b/out/${run}/${name}.json`),
    );
    const size = (name: string) => ({ Key: `out/${run}/${name}`, Size: Buffer.byteLength(files[name]!) });
    const { MapRunArn } = result.output as { MapRunArn: string };
    expect(MapRunArn).toMatch(new RegExp(`^arn:aws:states:[^:]*:[^:]*:mapRun:[^:]*/X:${run}$`));
    expect(read('manifest.json')).toEqual({
      DestinationBucket: 'b',
      MapRunArn,
      ResultFiles: { FAILED: [size('FAILED_0.json')], PENDING: [], SUCCEEDED: [size('SUCCEEDED_0.json')] },
    });
    expect(result.output).toEqual({
      MapRunArn,
      ResultWriterDetails: { Bucket: 'b', Key: `out/${run}/manifest.json` },
    });
  });

  test('gives each result with the metadata of its execution', async () => {
    const { read } = await writeResults({ ResultWriter: PLACE, ToleratedFailureCount: 1 }, [{ a: 1 }, 'bad']);
    expect(read('SUCCEEDED_0.json')).toEqual([
      {
        ExecutionArn: expect.stringMatching(/\/X-0$/),
        Name: 'X-0',
        Input: '{"a":1}',
        InputDetails: { Included: true },
        Output: '{"a":1}',
        OutputDetails: { Included: true },
        RedriveCount: 0,
        RedriveStatus: 'NOT_REDRIVABLE',
        RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
        StartDate: expect.any(String),
        StateMachineArn: expect.stringMatching(/\/X$/),
        Status: 'SUCCEEDED',
        StopDate: expect.any(String),
      },
    ]);
    expect(read('FAILED_0.json')).toEqual([
      expect.objectContaining({ Name: 'X-1', Input: '"bad"', Status: 'FAILED', Error: 'Bad', Cause: 'it is bad' }),
    ]);
  });

  test('says when each execution started and stopped', async () => {
    const wait = { Type: 'Wait', Seconds: 60, End: true };
    const ItemProcessor = { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'I', States: { I: wait } };
    const { read } = await writeResults({ ResultWriter: PLACE, ItemProcessor }, [1]);
    const [{ StartDate, StopDate }] = read('SUCCEEDED_0.json') as [{ StartDate: string; StopDate: string }];
    expect(Date.parse(StopDate) - Date.parse(StartDate)).toBe(60_000);
  });

  test('writes what there is before the Map fails by its threshold', async () => {
    const { result, read } = await writeResults({ ResultWriter: PLACE, MaxConcurrency: 1 }, [1, 'bad', 3]);
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
    expect(read('SUCCEEDED_0.json')).toHaveLength(1);
    expect(read('FAILED_0.json')).toHaveLength(1);
    expect(read('PENDING_0.json')).toEqual([{ Input: '3', InputDetails: { Included: true }, Status: 'PENDING' }]);
  });

  test('gives an execution that was cut off as ABORTED among the failed', async () => {
    const ItemProcessor = {
      ProcessorConfig: { Mode: 'DISTRIBUTED' },
      StartAt: 'C',
      States: {
        C: {
          Type: 'Choice',
          Choices: [{ Variable: '$', StringEquals: 'bad', Next: 'F' }],
          Default: 'W',
        },
        W: { Type: 'Wait', Seconds: 9, Next: 'F' },
        F: { Type: 'Fail', Error: 'Bad' },
      },
    };
    const { read } = await writeResults({ ResultWriter: PLACE, ItemProcessor }, ['slow', 'bad']);
    expect(read('FAILED_0.json').map(({ Status }) => Status)).toEqual(['ABORTED', 'FAILED']);
  });

  test.each<[string, Json]>([
    ['COMPACT', [[1, 2], 3]],
    ['FLATTEN', [1, 2, 3]],
  ])('%s writes the outputs alone, and failures with their metadata', async (Transformation, expected) => {
    const ResultWriter = { ...PLACE, WriterConfig: { Transformation, OutputType: 'JSON' } };
    const { read } = await writeResults({ ResultWriter, ToleratedFailureCount: 1 }, [[1, 2], 'bad', 3]);
    expect(read('SUCCEEDED_0.json')).toEqual(expected);
    expect(read('FAILED_0.json')).toEqual([expect.objectContaining({ Status: 'FAILED', Error: 'Bad' })]);
  });

  test('JSONL writes a line for each result', async () => {
    const ResultWriter = { ...PLACE, WriterConfig: { Transformation: 'COMPACT', OutputType: 'JSONL' } };
    expect((await writeResults({ ResultWriter }, [{ a: 1 }, 2])).files['SUCCEEDED_0.json']).toBe('{"a":1}\n2');
  });

  test.each<[string, Json]>([
    ['COMPACT', [[1, 2], expect.objectContaining({ Status: 'FAILED', Error: 'Bad' })]],
    ['FLATTEN', [1, 2, expect.objectContaining({ Status: 'FAILED', Error: 'Bad' })]],
    [
      'NONE',
      [
        expect.objectContaining({ Status: 'SUCCEEDED', Output: '[1,2]' }),
        expect.objectContaining({ Status: 'FAILED', Error: 'Bad' }),
      ],
    ],
  ] as unknown as [string, Json][])(
    '%s alone forms the output and writes nothing',
    async (Transformation, expected) => {
      const ResultWriter = { WriterConfig: { Transformation } };
      const { result, puts } = await writeResults({ ResultWriter, ToleratedFailureCount: 1 }, [[1, 2], 'bad']);
      expect(result.output).toEqual(expected);
      expect(puts).toEqual([]);
    },
  );

  test('takes Arguments, and its result goes on as that of the Map', async () => {
    const fields = {
      ResultWriter: { Resource: PUT, Arguments: { Bucket: '{% $states.input.b %}' } },
      Items: '{% $states.input.l %}',
      Output: '{% $states.result.ResultWriterDetails %}',
    };
    const { result } = await writeResults(fields, { b: 'mine', l: [1] }, 'JSONata');
    const Key = expect.stringMatching(new RegExp(`^${UUID.source}/manifest.json$`));
    expect(result.output).toEqual({ Bucket: 'mine', Key });
  });

  test('each attempt of the Map writes under a run of its own', async () => {
    const Retry = [{ ErrorEquals: ['States.ExceedToleratedFailureThreshold'], MaxAttempts: 1 }];
    const { puts } = await writeResults({ ResultWriter: PLACE, Retry }, ['bad']);
    expect(new Set(puts.map(({ Key }) => Key.split('/')[1])).size).toBe(2);
  });

  test.each([
    ['of results', 'SUCCEEDED_0.json'],
    ['of the manifest', 'manifest.json'],
  ])('a file %s that cannot be written ends with States.ResultWriterFailed', async (_name, refused) => {
    const { result } = await writeResults({ ResultWriter: PLACE }, [1], 'JSONPath', refused);
    expect(result).toMatchObject({ error: 'States.ResultWriterFailed', cause: 'AccessDenied: no' });
  });

  test('a Bucket that is no text ends with States.ResultWriterFailed before an item begins', async () => {
    const ResultWriter = { Resource: PUT, Parameters: { Bucket: 5 } };
    const { result } = await writeResults({ ResultWriter }, [1]);
    expect(result).toMatchObject({ error: 'States.ResultWriterFailed', trace: ['X'] });
  });
});
