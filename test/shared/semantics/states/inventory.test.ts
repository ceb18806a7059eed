import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../../shared/semantics/states/index.ts';
import { runState } from './machines.ts';

const GET = 'arn:aws:states:::s3:getObject';

const manifest = (fields: Record<string, Json> = {}): Record<string, Json> => ({
  sourceBucket: 'source',
  destinationBucket: 'arn:aws:s3:::reports',
  fileFormat: 'CSV',
  fileSchema: 'Bucket, Key, Size',
  files: [{ key: 'data/1.csv' }, { key: 'data/2.csv' }],
  ...fields,
});

const FILES: Record<string, string> = {
  'data/1.csv': '"source","a.txt","1"\n"source","b,c.txt","2"\n',
  'data/2.csv': '"source","d.txt","3"\n',
};

const ITEMS = [
  { Bucket: 'source', Key: 'a.txt', Size: '1' },
  { Bucket: 'source', Key: 'b,c.txt', Size: '2' },
  { Bucket: 'source', Key: 'd.txt', Size: '3' },
];

/** Runs a distributed Map over an inventory, and gives what was fetched beside the result. */
async function readInventory(file: unknown, ReaderConfig: Json = { InputType: 'MANIFEST' }, files: Json = FILES) {
  const fetched: Json[] = [];
  const state = {
    Type: 'Map',
    ItemReader: {
      Resource: GET,
      ReaderConfig,
      Parameters: { Bucket: 'given', Key: 'manifest.json', VersionId: 'v1', ExpectedBucketOwner: '1' },
    },
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED' },
      StartAt: 'I',
      States: { I: { Type: 'Pass', End: true } },
    },
  };
  const result = await runState(state, {}, (_resource, payload) => {
    fetched.push(payload);
    const { Key } = payload as { Key: string };
    return Key === 'manifest.json' ? file : (files as Record<string, Json>)[Key];
  });
  return { result, fetched };
}

describe('ItemReader of an S3 inventory', () => {
  test.each<[string, unknown, Json]>([
    ['the text of a manifest', JSON.stringify(manifest()), { InputType: 'MANIFEST' }],
    ['a manifest that was read already', manifest(), { InputType: 'MANIFEST' }],
    ['a Body', { Body: JSON.stringify(manifest()) }, { ManifestType: 'S3_INVENTORY' }],
  ])('gives the rows of all its files from %s', async (_name, file, config) => {
    expect((await readInventory(file, config)).result.output).toEqual(ITEMS);
  });

  test('fetches the files from the bucket of the inventory, without the version of the manifest', async () => {
    expect((await readInventory(manifest())).fetched).toEqual([
      { Bucket: 'given', Key: 'manifest.json', VersionId: 'v1', ExpectedBucketOwner: '1' },
      { Bucket: 'reports', Key: 'data/1.csv', ExpectedBucketOwner: '1' },
      { Bucket: 'reports', Key: 'data/2.csv', ExpectedBucketOwner: '1' },
    ]);
  });

  test('fetches no file beyond MaxItems', async () => {
    const { result, fetched } = await readInventory(manifest(), { InputType: 'MANIFEST', MaxItems: 2 });
    expect(result.output).toEqual(ITEMS.slice(0, 2));
    expect(fetched).toHaveLength(2);
  });

  test('takes headers that are given in place of the fileSchema', async () => {
    const config = { InputType: 'MANIFEST', CSVHeaderLocation: 'GIVEN', CSVHeaders: ['b', 'k'] };
    expect((await readInventory(manifest(), config)).result.output).toContainEqual({ b: 'source', k: 'd.txt' });
  });

  test.each<[string, unknown, string, Json?]>([
    ['in Parquet', manifest({ fileFormat: 'Parquet' }), 'the inventory is in "Parquet"; have it published as CSV'],
    ['in ORC', manifest({ fileFormat: 'ORC' }), 'the inventory is in "ORC"'],
    ['without files', manifest({ files: {} }), 'has no files'],
    ['without fileSchema', manifest({ fileSchema: null }), 'has no fileSchema'],
    ['with a file without key', manifest({ files: [{ size: 1 }] }), 'has no key: {"size":1}'],
    ['that is a list', '[]', 'must be a JSON object'],
    ['that is no JSON', '{', 'is not JSON'],
    ['with a file that is no text', manifest(), '"data/1.csv" must be given as text', {}],
  ])('%s ends with States.ItemReaderFailed', async (_name, file, cause, files = FILES) => {
    expect((await readInventory(file, { InputType: 'MANIFEST' }, files)).result).toMatchObject({
      error: 'States.ItemReaderFailed',
      cause: expect.stringContaining(cause),
    });
  });
});
