import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeModel, type Value } from '../../examples/sentiment/onnx.ts';
import { type ModelServer, startModelServer } from './modelServer.ts';

/** For each datatype: the ONNX type, two elements at the ends of its range, and elements that it refuses. */
const DATATYPES: Record<string, { type: Value['type']; ends: unknown[]; refused: unknown[] }> = {
  BOOL: { type: 'bool', ends: [true, false], refused: [1, 'true', null] },
  UINT8: { type: 'uint8', ends: [0, 255], refused: [256, -1, 1.5, '1'] },
  UINT16: { type: 'uint16', ends: [0, 65_535], refused: [65_536, -1] },
  UINT32: { type: 'uint32', ends: [0, 4_294_967_295], refused: [4_294_967_296, -1] },
  UINT64: { type: 'uint64', ends: [0, Number.MAX_SAFE_INTEGER], refused: [2 ** 53, -1] },
  INT8: { type: 'int8', ends: [-128, 127], refused: [128, -129] },
  INT16: { type: 'int16', ends: [-32_768, 32_767], refused: [32_768, -32_769] },
  INT32: { type: 'int32', ends: [-2_147_483_648, 2_147_483_647], refused: [2_147_483_648, 0.5, true] },
  INT64: { type: 'int64', ends: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER], refused: [2 ** 53, 0.5] },
  FP16: { type: 'float16', ends: [-65_504, 65_504], refused: [65_520, '1'] },
  FP32: { type: 'float', ends: [-1.5, 3.4028234663852886e38], refused: [3.5e38, null] },
  FP64: { type: 'double', ends: [-0.1, 1.7976931348623157e308], refused: ['0.1', [1]] },
  BYTES: { type: 'string', ends: ['', 'größer ≥ 9'], refused: [1, null] },
};

const directory = mkdtempSync(join(tmpdir(), 'cloudlib-datatypes-'));
let server: ModelServer;

/** One input [-1, 2] for each datatype, which comes back as it went in; `square` and `ratio` are computed. */
beforeAll(async () => {
  const entries = Object.entries(DATATYPES);
  const value = (name: string, type: Value['type']): Value => ({ name, type, shape: ['rows', 2] });
  const model = encodeModel({
    name: 'datatypes',
    documentation: '',
    operatorSets: { '': 20 },
    inputs: entries.map(([name, { type }]) => value(name, type)),
    outputs: [
      ...entries.map(([name, { type }]) => value(`${name} out`, type)),
      value('square', 'int64'),
      value('ratio', 'float'),
    ],
    constants: [],
    nodes: [
      ...entries.map(([name]) => ({ operator: 'Identity', inputs: [name], outputs: [`${name} out`] })),
      { operator: 'Mul', inputs: ['INT64', 'INT64'], outputs: ['square'] },
      { operator: 'Div', inputs: ['FP32', 'FP32'], outputs: ['ratio'] },
    ],
  });
  const path = join(directory, 'datatypes.onnx');
  writeFileSync(path, model);
  server = await startModelServer(path, { CLOUDLIB_MODEL_NAME: 'datatypes' });
});

afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

/** Sends valid elements for every input, except those given by name. */
async function infer(output: string, others: Record<string, { shape: number[]; data: unknown[] }> = {}) {
  const inputs = Object.entries(DATATYPES).map(([name, { ends }]) => {
    return { name, datatype: name, shape: [1, 2], data: ends, ...others[name] };
  });
  const response = await fetch(`${server.url}/v2/models/datatypes/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs, outputs: [{ name: output }] }),
  });
  return { status: response.status, text: await response.text() };
}

describe.each(Object.entries(DATATYPES))('%s', (datatype, { ends, refused }) => {
  test('the ends of its range go into the model and come out unchanged', async () => {
    const { status, text } = await infer(`${datatype} out`);
    expect(JSON.parse(text).outputs).toEqual([{ name: `${datatype} out`, datatype, shape: [1, 2], data: ends }]);
    expect(status).toBe(200);
  });

  test.each(refused)('%j is refused with its place and what is allowed', async (element) => {
    const { status, text } = await infer('square', { [datatype]: { shape: [1, 2], data: [ends[0], element] } });
    const { error } = JSON.parse(text);
    expect(error).toContain(
      `input "${datatype}": element 1 of its data (counted row by row) is ${JSON.stringify(element)}`,
    );
    expect(error).toMatch(new RegExp(`; ${datatype} takes (whole numbers from|numbers from|true or false|texts)`));
    expect(status).toBe(400);
  });
});

describe('the layout of data', () => {
  const rows = (data: unknown[], shape = [2, 2]) =>
    Object.fromEntries(Object.keys(DATATYPES).map((name) => [name, name === 'INT32' ? { shape, data } : ROWS[name]!]));
  const ROWS = Object.fromEntries(
    Object.entries(DATATYPES).map(([name, { ends }]) => [name, { shape: [2, 2], data: [...ends, ...ends] }]),
  );

  test.each([
    ['flat', [1, 2, 3, 4]],
    ['nested', [[1, 2], [3, 4]]], // biome-ignore format: rows
  ])('%s data is read row by row', async (_, data) => {
    const { text } = await infer('INT32 out', rows(data));
    expect(JSON.parse(text).outputs[0]).toMatchObject({ shape: [2, 2], data: [1, 2, 3, 4] });
  });

  test.each<[string, unknown[], RegExp]>([
    ['a row too few', [[1, 2]], /input "INT32": data has 1 entries; the shape asks for 2/],
    ['a row too short', [[1, 2], [3]], /input "INT32": data\[1\] has 1 entries; the shape asks for 2/],
    ['a number between rows', [[1, 2], 3], /input "INT32": data\[1\] is 3; the shape asks for a list of 2 here/],
    [
      'rows in rows',
      [
        [[1], [2]],
        [[3], [4]],
      ],
      /element 0 of its data .* is \[1\]/,
    ],
  ])('nested data with %s is refused', async (_, data, message) => {
    const { status, text } = await infer('INT32 out', rows(data));
    expect(JSON.parse(text).error).toMatch(message);
    expect(status).toBe(400);
  });

  test('a fixed dimension of another size is refused', async () => {
    const { status, text } = await infer('INT32 out', rows([1, 2, 3], [1, 3]));
    expect(JSON.parse(text).error).toMatch(/input "INT32": shape \[1,3\] is not what the model takes; send \[-1,2\]/);
    expect(status).toBe(400);
  });
});

test('a tensor without rows goes through', async () => {
  const { text } = await infer('square', { INT64: { shape: [0, 2], data: [] } });
  expect(JSON.parse(text).outputs[0]).toMatchObject({ shape: [0, 2], data: [] });
});

test('a 64-bit integer keeps all its digits on the way out', async () => {
  const { text } = await infer('square', { INT64: { shape: [1, 2], data: [3_037_000_499, -1] } });
  expect(text).toContain('"data":[9223372030926249001,1]');
});

test('a float that JSON has no number for is null', async () => {
  const { text } = await infer('ratio', { FP32: { shape: [1, 2], data: [0, 2] } });
  expect(text).toContain('"data":[null,1]');
});

test.each([
  ['FP16', 0.5],
  ['FP32', 0.25],
  ['INT64', -7],
  ['BYTES', 'a text of its own'],
])('a large %s tensor goes to the inference thread and comes back whole', async (datatype, element) => {
  const rows = 2_000;
  const data = Array(2 * rows).fill(element);
  const large = Object.entries(DATATYPES).map(([name, { ends }]) => {
    const own = name === datatype ? data : Array.from({ length: 2 * rows }, (_, index) => ends[index % 2]);
    return [name, { shape: [rows, 2], data: own }];
  });
  const { status, text } = await infer(`${datatype} out`, Object.fromEntries(large));
  expect(JSON.parse(text).outputs).toEqual([{ name: `${datatype} out`, datatype, shape: [rows, 2], data }]);
  expect(status).toBe(200);
});
