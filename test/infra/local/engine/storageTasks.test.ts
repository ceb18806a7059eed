import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ObjectStorage } from '../../../../functions/storage/index.ts';
import { isStorageTask } from '../../../../infra/local/engine/storageTasks.ts';
import { LocalHost } from '../../../../infra/local/host.ts';
import type { Json } from '../../../../shared/core/codecs.ts';
import { local } from '../../../../shared/provider.ts';

const map = (reader: object, writer?: object): object => ({
  QueryLanguage: 'JSONata',
  StartAt: 'Each',
  States: {
    Each: {
      Type: 'Map',
      ItemReader: reader,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'Double',
        States: {
          Double: {
            Type: 'Pass',
            Output: "{% $exists($states.input.n) ? {'n': $number($states.input.n) * 2} : $states.input.Key %}",
            End: true,
          },
        },
      },
      ...(writer && { ResultWriter: writer }),
      End: true,
    },
  },
});

const task = (resource: string): object => ({
  QueryLanguage: 'JSONata',
  StartAt: 'Do',
  States: { Do: { Type: 'Task', Resource: resource, Arguments: '{% $states.input %}', End: true } },
});

const CSV = {
  Resource: 'arn:aws:states:::s3:getObject',
  ReaderConfig: { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' },
  Arguments: { Bucket: 'data', Key: '{% $states.input.key %}' },
};
const WORKFLOWS: Record<string, object> = {
  rows: map(CSV, {
    Resource: 'arn:aws:states:::s3:putObject',
    WriterConfig: { Transformation: 'COMPACT', OutputType: 'JSON' },
    Arguments: { Bucket: 'data', Prefix: 'results' },
  }),
  files: map({
    Resource: 'arn:aws:states:::s3:listObjectsV2',
    Arguments: { Bucket: 'data', Prefix: '{% $states.input.prefix %}' },
  }),
  get: task('arn:aws:states:::aws-sdk:s3:getObject'),
  put: task('arn:aws:states:::aws-sdk:s3:putObject'),
  copy: task('arn:aws:states:::aws-sdk:s3:copyObject'),
  unknown: task('arn:aws:states:::aws-sdk:s3:selectObjectContent'),
};

const directory = mkdtempSync(join(tmpdir(), 'cloudlib-tasks-'));
let host: LocalHost;
let storage: ObjectStorage;

beforeAll(async () => {
  const workflows = Object.entries(WORKFLOWS).map(([name, definition]): [string, string] => {
    const file = join(directory, `${name}.asl.json`);
    writeFileSync(file, JSON.stringify(definition));
    return [name, file];
  });
  const configuration = { providers: { local: local() }, workflows: Object.fromEntries(workflows) };
  host = await LocalHost.start({ directory: join(directory, 'state'), configuration });
  storage = new ObjectStorage(local(), { host: async () => host });
  await storage.createBucket('data');
});
afterAll(async () => {
  await host.close();
  rmSync(directory, { recursive: true });
});

const put = (key: string, content: string | Buffer): Promise<unknown> =>
  storage.putObject('data', key, new Uint8Array(Buffer.from(content)));
const read = async (key: string): Promise<string> =>
  Buffer.from((await storage.getObject('data', key)).data).toString();

async function run(workflow: string, input: Json) {
  const { execution } = await host.start(workflow, input);
  return host.waitForExecution(execution);
}

describe('a workflow on the Local host', () => {
  test('maps the rows of a CSV in a bucket, and writes the results with their manifest', async () => {
    await put('rows.csv', 'n,name\n1,one\n2,"two, or so"\n21,many\n');
    const { status, output } = await run('rows', { key: 'rows.csv' });
    expect(status).toBe('SUCCEEDED');
    const { Bucket, Key } = (output as { ResultWriterDetails: { Bucket: string; Key: string } }).ResultWriterDetails;
    expect([Bucket, Key]).toEqual(['data', expect.stringMatching(/^results\/.*\/manifest\.json$/)]);
    const manifest = JSON.parse(await read(Key));
    const [file] = manifest.ResultFiles.SUCCEEDED;
    expect(JSON.parse(await read(file.Key))).toEqual([{ n: 2 }, { n: 4 }, { n: 42 }]);
    expect((await storage.headObject('data', file.Key)).size).toBe(file.Size);
  });

  test('reads a file that is compressed with gzip, as those of an inventory are', async () => {
    await put('rows.csv.gz', gzipSync('n\n3\n'));
    const { output } = await run('rows', { key: 'rows.csv.gz' });
    const { Key } = (output as { ResultWriterDetails: { Key: string } }).ResultWriterDetails;
    const [file] = JSON.parse(await read(Key)).ResultFiles.SUCCEEDED;
    expect(JSON.parse(await read(file.Key))).toEqual([{ n: 6 }]);
  });

  test('maps the objects of a bucket, more than a page of them', async () => {
    const keys = Array.from({ length: 1001 }, (_, index) => `many/${String(index).padStart(4, '0')}`);
    await Promise.all(keys.map((key) => put(key, 'x')));
    const { output } = await run('files', { prefix: 'many/' });
    expect(output).toEqual(keys);
  });

  test('fails as an ItemReader does when there is no such file', async () => {
    const { status, error, cause } = await run('rows', { key: 'none.csv' });
    expect([status, error]).toEqual(['FAILED', 'States.ItemReaderFailed']);
    expect(cause).toContain('none.csv');
  });

  test('writes, copies and reads objects as tasks', async () => {
    await run('put', { Bucket: 'data', Key: 'a b', Body: { n: 1 }, ContentType: 'application/json' });
    await run('copy', { Bucket: 'data', Key: 'copy', CopySource: 'data/a%20b' });
    const { output } = await run('get', { Bucket: 'data', Key: 'copy' });
    expect(output).toMatchObject({ Body: '{"n":1}', ContentLength: 7, ContentType: 'application/json' });
  });

  test('is told which value of a task is wrong', async () => {
    expect(await run('get', { Bucket: 'data' })).toMatchObject({
      error: 'InvalidInput',
      cause: expect.stringContaining('Key'),
    });
    expect(await run('get', { Bucket: 'none', Key: 'a' })).toMatchObject({ error: 'StorageError.BucketNotFound' });
  });

  test('is told that a task of S3 is not there', async () => {
    expect(await run('unknown', {})).toMatchObject({
      error: 'Unimplemented',
      cause: expect.stringContaining('selectObjectContent'),
    });
  });
});

test.each([
  ['arn:aws:states:::s3:getObject', true],
  ['arn:aws-cn:states:::aws-sdk:s3:getObject', true],
  ['cloudlib:storage.getObject', false],
  ['arn:aws:states:::lambda:invoke', false],
])('%s is a task of S3: %s', (resource, is) => {
  expect(isStorageTask(resource)).toBe(is);
});
