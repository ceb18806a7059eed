import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exampleModel, type ModelServer, outcome, spawnModelServer, startModelServer } from './modelServer.ts';

const MAXIMUM_BODY = 20_000;
const TEXTS = {
  name: 'text',
  datatype: 'BYTES',
  shape: [2],
  data: ['An excellent result.', 'I am angry and disappointed.'],
};

const directory = mkdtempSync(join(tmpdir(), 'cloudlib-model-'));
let server: ModelServer;

beforeAll(async () => {
  server = await startModelServer(exampleModel(2), { CLOUDLIB_MODEL_MAXIMUM_BODY: String(MAXIMUM_BODY) });
});

afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

async function get(path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(server.url + path);
  return { status: response.status, body: await response.json() };
}

async function post(body: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.url}/v2/models/sentiment/infer`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

describe('metadata and health', () => {
  test('the server names itself, its version and no extensions', async () => {
    const { status, body } = await get('/v2');
    expect(status).toBe(200);
    expect(body).toEqual({ name: 'cloudlib', version: expect.stringMatching(/^\d+\.\d+\.\d+/), extensions: [] });
  });

  test('live and ready answer 200 with their flags', async () => {
    expect(await get('/v2/health/live')).toEqual({ status: 200, body: { live: true } });
    expect(await get('/v2/health/ready')).toEqual({ status: 200, body: { live: true, ready: true } });
  });

  test.each(['/v2/models/sentiment', '/v2/models/sentiment/versions/v2'])(
    '%s describes the real tensors',
    async (path) => {
      expect(await get(path)).toEqual({
        status: 200,
        body: {
          name: 'sentiment',
          versions: ['v2'],
          platform: 'onnx_onnxv1',
          inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
          outputs: [
            { name: 'label', datatype: 'INT64', shape: [-1] },
            { name: 'probabilities', datatype: 'FP32', shape: [-1, 2] },
          ],
        },
      });
    },
  );

  test.each(['/v2/models/sentiment/ready', '/v2/models/sentiment/versions/v2/ready'])('%s says ready', async (path) => {
    expect(await get(path)).toEqual({ status: 200, body: { name: 'sentiment', ready: true } });
  });
});

describe('inference', () => {
  test('without requested outputs, all come back, with model, version and id', async () => {
    const { status, body } = await post({ id: 'request 42', inputs: [TEXTS] });
    expect(status).toBe(200);
    expect(body).toEqual({
      model_name: 'sentiment',
      model_version: 'v2',
      id: 'request 42',
      outputs: [
        { name: 'label', datatype: 'INT64', shape: [2], data: [1, 0] },
        { name: 'probabilities', datatype: 'FP32', shape: [2, 2], data: expect.any(Array) },
      ],
    });
    const [, { data }] = (body as { outputs: [unknown, { data: number[] }] }).outputs;
    expect(data).toHaveLength(4);
    expect(data[0]! + data[1]!).toBeCloseTo(1, 5);
    expect(data[1]).toBeGreaterThan(0.5);
    expect(data[3]).toBeLessThan(0.5);
  });

  test('only the requested outputs come back, and no id where none was sent', async () => {
    const { body } = await post({ inputs: [TEXTS], outputs: [{ name: 'label' }], parameters: { priority: 1 } });
    expect(body).toEqual({
      model_name: 'sentiment',
      model_version: 'v2',
      outputs: [{ name: 'label', datatype: 'INT64', shape: [2], data: [1, 0] }],
    });
  });

  test('the path with a version answers as the path without', async () => {
    const response = await fetch(`${server.url}/v2/models/sentiment/versions/v2/infer`, {
      method: 'POST',
      body: JSON.stringify({ inputs: [TEXTS] }),
    });
    expect(response.status).toBe(200);
  });

  test('an input that only the model itself finds impossible is a 500 with its reason', async () => {
    const { status, body } = await post({ inputs: [{ ...TEXTS, shape: [0], data: [] }] });
    expect(status).toBe(500);
    expect(body).toEqual({ error: expect.stringMatching(/^the model failed on this input: .*StringNormalizer/) });
  });
});

const BINARY = /binary tensor data extension, which this server does not have; send and take data as JSON/;

describe('a bad request is a 400 that says what was wrong and what is expected', () => {
  test.each<[string, unknown, RegExp]>([
    ['not JSON', '{"inputs": [', /the body is not JSON: .+; send an inference request/],
    ['no inputs', {}, /inference request: inputs: .*array/],
    ['an unknown key', { inputs: [TEXTS], output: [] }, /output: this key is unknown here/],
    ['a missing input', { inputs: [] }, /input "text" is missing; send it with datatype "BYTES" and shape \[-1\]/],
    ['an unknown input', { inputs: [{ ...TEXTS, name: 'txt' }] }, /the model has no input "txt"; it has "text"/],
    ['an input given twice', { inputs: [TEXTS, TEXTS] }, /input "text" is given twice/],
    ['no data', { inputs: [{ ...TEXTS, data: undefined }] }, /input "text": data is missing/],
    [
      'data that is no list',
      { inputs: [{ ...TEXTS, data: 'good' }] },
      /inputs\[0\]\.data: expected a list.*got "good"/,
    ],
    [
      'another datatype',
      { inputs: [{ ...TEXTS, datatype: 'FP32' }] },
      /input "text": datatype "FP32" is not what the model takes; send "BYTES"/,
    ],
    [
      'a datatype that does not exist',
      { inputs: [{ ...TEXTS, datatype: 'TEXT' }] },
      /inputs\[0\]\.datatype: .*"BYTES"/,
    ],
    ['another rank', { inputs: [{ ...TEXTS, shape: [1, 2] }] }, /input "text": shape \[1,2\] .* send \[-1\]/],
    ['a negative dimension', { inputs: [{ ...TEXTS, shape: [-1] }] }, /inputs\[0\]\.shape\[0\]: .*>=0.*got -1/],
    ['too few elements', { inputs: [{ ...TEXTS, shape: [3] }] }, /data has 2 elements; shape \[3\] asks for 3/],
    [
      'elements of another type',
      { inputs: [{ ...TEXTS, data: ['good', 7] }] },
      /input "text": element 1 of its data .* is 7; BYTES takes texts/,
    ],
    [
      'an unknown output',
      { inputs: [TEXTS], outputs: [{ name: 'score' }] },
      /the model has no output "score"; it has "label", "probabilities"/,
    ],
    ['binary input', { inputs: [{ ...TEXTS, parameters: { binary_data_size: 12 } }] }, BINARY],
    ['binary output', { inputs: [TEXTS], outputs: [{ name: 'label', parameters: { binary_data: true } }] }, BINARY],
    ['all outputs as binary', { inputs: [TEXTS], parameters: { binary_data_output: true } }, BINARY],
  ])('%s', async (_, request, message) => {
    const { status, body } = await post(request);
    expect(body).toEqual({ error: expect.stringMatching(message) });
    expect(status).toBe(400);
  });

  test('a body announced as JSON with binary data after it', async () => {
    const { status, body } = await post({ inputs: [TEXTS] }, { 'Inference-Header-Content-Length': '10' });
    expect(status).toBe(400);
    expect(body).toEqual({ error: expect.stringMatching(BINARY) });
  });
});

describe('what is not there', () => {
  test.each([
    ['/v2/models/other', 'there is no model "other" here; this server has "sentiment"'],
    ['/v2/models/other/ready', 'there is no model "other" here; this server has "sentiment"'],
    ['/v2/models/sentiment/versions/v9', 'model "sentiment" has no version "v9" here; this server has "v2"'],
    ['/v1/models', expect.stringMatching(/^there is nothing at \/v1\/models; this server has GET \/v2, /)],
  ])('%s is a 404', async (path, error) => {
    expect(await get(path)).toEqual({ status: 404, body: { error } });
  });

  test.each([
    ['/v2/models/sentiment/infer', 'GET', 'POST'],
    ['/v2/models/sentiment', 'DELETE', 'GET, HEAD'],
    ['/v2/health/live', 'POST', 'GET, HEAD'],
  ])('%s with %s is a 405 that names what is allowed', async (path, method, allowed) => {
    const response = await fetch(server.url + path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')).toBe(allowed);
    expect(await response.json()).toEqual({ error: `${method} is not allowed at ${path}; use ${allowed}` });
  });

  test('a body over the limit is a 413 with the limit, whether its length is announced or not', async () => {
    const body = JSON.stringify({ inputs: [{ ...TEXTS, shape: [1], data: ['good '.repeat(MAXIMUM_BODY / 5)] }] });
    const announced = await post(body);
    expect(announced.status).toBe(413);
    expect(announced.body).toEqual({
      error: expect.stringMatching(/of \d+ bytes is too large; send at most 20000 bytes/),
    });
    const streamed = await fetch(`${server.url}/v2/models/sentiment/infer`, {
      method: 'POST',
      body: new Blob([body]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(streamed.status).toBe(413);
  });
});

describe('starting', () => {
  test.each([
    ['text', 'this is not a model', 'Protobuf parsing failed'],
    ['an empty file', '', 'does not have a graph'],
  ])('%s in place of a model ends the program with one clear line', async (_, content, reason) => {
    const path = join(directory, 'model.onnx');
    writeFileSync(path, content);
    const { code, stdout, stderr } = await outcome(spawnModelServer({ CLOUDLIB_MODEL_PATH: path }));
    expect(stderr).toBe(`cloudlib model server: ${path} is not an ONNX model: ${reason}\n`);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  test('a file that is not there ends the program with its path', async () => {
    const path = join(directory, 'nowhere.onnx');
    const { code, stderr } = await outcome(spawnModelServer({ CLOUDLIB_MODEL_PATH: path }));
    expect(stderr).toMatch(`model file ${path} cannot be read: ENOENT`);
    expect(code).toBe(1);
  });

  test('without onnxruntime-node the program says what to install', async () => {
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) {
        if (name !== 'onnxruntime-node') return next(name, context);
        throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
      } });`;
    const without = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`];
    const { code, stderr } = await outcome(spawnModelServer({ CLOUDLIB_MODEL_PATH: exampleModel(2) }, without));
    expect(stderr).toBe(
      'cloudlib model server: the package onnxruntime-node is not installed; models are run by it: npm install onnxruntime-node\n',
    );
    expect(code).toBe(1);
  });

  test('a taken port and a wrong setting are named', async () => {
    const model = { CLOUDLIB_MODEL_PATH: exampleModel(1) };
    const [taken, wrong] = await Promise.all([
      outcome(spawnModelServer({ ...model, PORT: new URL(server.url).port })),
      outcome(spawnModelServer({ ...model, PORT: 'http' })),
    ]);
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining('the port is taken; give another PORT') });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/environment: PORT: .*got "http"/) });
  });
});

test('a health check is answered before the inference that is being run, and before all that are queued', async () => {
  const slow = await startModelServer(exampleModel(3));
  const order: string[] = [];
  const infer = async (): Promise<void> => {
    const body = JSON.stringify({ inputs: [TEXTS] });
    const response = await fetch(`${slow.url}/v2/models/sentiment/infer`, { method: 'POST', body });
    order.push(`inference ${response.status}`);
  };
  const inferences = Array.from({ length: 5 }, infer);
  // The first answer says that the server has them all, and works on the second one now.
  await Promise.race(inferences);
  const health = await fetch(`${slow.url}/v2/health/ready`);
  order.push(`health ${health.status}`);
  await Promise.all(inferences);
  expect(order).toEqual(['inference 200', 'health 200', ...Array(4).fill('inference 200')]);
  expect(await slow.stop()).toBe(0);
});

describe('stopping', () => {
  test('SIGTERM lets a request in flight finish, takes no new connection, and ends with 0', async () => {
    const slow = await startModelServer(exampleModel(3));
    const agent = new Agent({ keepAlive: true });
    const answer = inFlight(slow.url, agent);
    await answer.sent;
    const exited = slow.stop();
    const { status, connection } = await answer.response;
    expect(status).toBe(200);
    expect(connection).toBe('close');
    expect(await exited).toBe(0);
    await expect(fetch(`${slow.url}/v2/health/live`)).rejects.toThrow('fetch failed');
    agent.destroy();
  });
});

interface Answer {
  status: number | undefined;
  connection: string | undefined;
}

/** A request of which the server has the head and half of the body; the rest follows once the server is stopping. */
function inFlight(url: string, agent: Agent): { sent: Promise<void>; response: Promise<Answer> } {
  const body = JSON.stringify({ inputs: [TEXTS] });
  const request = httpRequest(`${url}/v2/models/sentiment/infer`, {
    method: 'POST',
    agent,
    headers: { 'Content-Length': body.length, Expect: '100-continue' },
  });
  const sent = new Promise<void>((resolve) => {
    request.once('continue', () => {
      request.write(body.slice(0, 10), () => resolve());
      stopped(url).then(() => request.end(body.slice(10)));
    });
  });
  request.flushHeaders();
  const response = new Promise<Answer>((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (incoming) => {
      incoming.resume().once('end', () => {
        resolve({ status: incoming.statusCode, connection: incoming.headers.connection });
      });
    });
  });
  return { sent, response };
}

/** Resolves when the server no longer takes connections. */
async function stopped(url: string): Promise<void> {
  const refused = await fetch(`${url}/v2/health/live`, { headers: { Connection: 'close' } }).then(
    (response) => response.text().then(() => false),
    () => true,
  );
  if (!refused) await stopped(url);
}
