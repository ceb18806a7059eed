import { expect, test } from '@jest/globals';
import { openInference, type ServedModel } from '../../runner/openInference.ts';
import { CloudError } from '../../shared/core/errors.ts';

const MODEL: ServedModel = {
  name: 'adder/large',
  version: '1',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [] }],
  ready: () => true,
  run: async ({ x }) => ({ y: x! }),
};

function ask(model: Partial<ServedModel>, path: string, request?: object): Promise<Response> {
  const app = openInference({ ...MODEL, ...model }, { maximumBody: 1_000 });
  const options = request === undefined ? {} : { method: 'POST', body: JSON.stringify(request) };
  return Promise.resolve(app.request(path, options));
}

test.each(['/v2/health/ready', '/v2/models/adder%2Flarge/ready'])(
  'a model that is not ready makes %s a 503, while the server is live',
  async (path) => {
    const response = await ask({ ready: () => false }, path);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ ready: false });
    expect((await ask({ ready: () => false }, '/v2/health/live')).status).toBe(200);
  },
);

test('a model’s name is decoded from the path', async () => {
  const response = await ask({}, '/v2/models/adder%2Flarge');
  expect(await response.json()).toMatchObject({ name: 'adder/large' });
});

test('a scalar is a tensor of shape [] with one element', async () => {
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [], data: [1.5] }];
  const response = await ask({}, '/v2/models/adder%2Flarge/infer', { inputs });
  expect(await response.json()).toMatchObject({ outputs: [{ name: 'y', datatype: 'FP32', shape: [], data: [1.5] }] });
});

test.each<[string, Error, number]>([
  ['a wrong input', new CloudError('InvalidInput', 'Invalid rank for input: x'), 400],
  ['anything else', new Error('out of memory'), 500],
])('%s that the model reports becomes an error body', async (_, error, status) => {
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [1] }];
  const run = (): Promise<never> => Promise.reject(error);
  const response = await ask({ run }, '/v2/models/adder%2Flarge/infer', { inputs });
  expect(await response.json()).toEqual({ error: error.message });
  expect(response.status).toBe(status);
});
