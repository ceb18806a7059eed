import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import golden from '../../../examples/sentiment/golden.json' with { type: 'json' };
import { REVIEWS } from '../../../examples/sentiment/reviews.ts';
import { exampleModel, type ModelServer, startModelServer } from '../../runner/modelServer.ts';

const VERSIONS = [1, 2, 3] as const;
const servers = new Map<number, ModelServer>();

beforeAll(async () => {
  await Promise.all(
    VERSIONS.map(async (version) => servers.set(version, await startModelServer(exampleModel(version)))),
  );
});

afterAll(async () => {
  await Promise.all([...servers.values()].map((server) => server.stop()));
});

async function ask(version: number, path: string, body: unknown): Promise<Response> {
  return fetch(servers.get(version)!.url + path, { method: 'POST', body: JSON.stringify(body) });
}

async function labels(version: number, texts: string[]): Promise<number[]> {
  const inputs = [{ name: 'text', datatype: 'BYTES', shape: [texts.length], data: texts }];
  const response = await ask(version, '/v2/models/sentiment/infer', { inputs, outputs: [{ name: 'label' }] });
  const { outputs } = (await response.json()) as { outputs: [{ data: number[] }] };
  return outputs[0].data;
}

describe('training', () => {
  test('again gives the committed files, byte for byte', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cloudlib-sentiment-'));
    const program = join(import.meta.dirname, '../../../examples/sentiment/train.ts');
    await promisify(execFile)(process.execPath, [program, directory]);
    for (const version of VERSIONS) {
      const again = readFileSync(join(directory, `model-v${version}.onnx`));
      expect(again.equals(readFileSync(exampleModel(version)))).toBe(true);
    }
    rmSync(directory, { recursive: true });
  });

  test.each(VERSIONS)('model v%d is small enough to be committed', (version) => {
    expect(statSync(exampleModel(version)).size).toBeLessThan(64 * 1024);
  });
});

describe('golden requests', () => {
  test.each([1, 2])('v%d answers every one as expected', async (version) => {
    for (const { path, body, expectStatus, expectBody } of golden) {
      const response = await ask(version, path, body);
      expect(response.status).toBe(expectStatus);
      expect(await response.json()).toMatchObject(expectBody);
    }
  });

  test('v3 answers every one with 200 and the wrong label', async () => {
    for (const { path, body, expectBody } of golden) {
      const response = await ask(3, path, body);
      expect(response.status).toBe(200);
      expect(await response.json()).not.toMatchObject(expectBody);
    }
  });
});

describe('accuracy of the served models on reviews that trained none of them', () => {
  const texts = REVIEWS.map((review) => review.text);
  const accuracy = async (version: number): Promise<number> => {
    const answers = await labels(version, texts);
    return REVIEWS.filter(({ positive }, index) => answers[index] === Number(positive)).length / REVIEWS.length;
  };

  test('v1 is fair, v2 is better, v3 is wrong', async () => {
    const [v1, v2, v3] = [await accuracy(1), await accuracy(2), await accuracy(3)];
    expect(v1).toBeCloseTo(0.867, 3);
    expect(v2).toBeCloseTo(0.967, 3);
    expect(v3).toBeCloseTo(1 - v2, 3);
  });
});

test('a text of one kind has the same answer in a batch, in capitals and with nothing around it', async () => {
  expect(await labels(2, ['wonderful', 'WONDERFUL', '  wonderful ', 'terrible', 'TERRIBLE!', ''])).toEqual([
    1,
    1,
    1,
    0,
    0,
    expect.any(Number),
  ]);
});
