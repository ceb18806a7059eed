import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import packageJson from '../package.json' with { type: 'json' };
import { CloudError } from '../shared/core/errors.ts';
import { decode } from '../shared/core/validation.ts';
import type { Signature, Tensors } from './messages.ts';
import { DATATYPES, readTensor, type TensorInfo, writeTensor } from './tensors.ts';

/** A model that can be asked over the protocol. */
export interface ServedModel extends Signature {
  name: string;
  version: string;
  ready: () => boolean;
  /** A signal that aborts says that nobody waits for the result any more. */
  run: (feeds: Tensors, outputs: string[], signal: AbortSignal) => Promise<Tensors>;
}

const Parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const InferenceRequest = z.strictObject({
  id: z.string().optional(),
  parameters: Parameters.optional(),
  inputs: z.array(
    z.strictObject({
      name: z.string(),
      shape: z.array(z.int().nonnegative()),
      datatype: z.enum(DATATYPES),
      parameters: Parameters.optional(),
      data: z.custom<unknown[]>(Array.isArray, 'expected a list: the tensor’s elements, flat or nested').optional(),
    }),
  ),
  outputs: z.array(z.strictObject({ name: z.string(), parameters: Parameters.optional() })).optional(),
});
type InferenceRequest = z.output<typeof InferenceRequest>;

const STATUS: Record<string, 400 | 404 | 503> = { InvalidInput: 400, NotFound: 404, Unavailable: 503 };

/**
 * The HTTP/REST side of the Open Inference Protocol, version 2, for one model.
 *
 * https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
 * Of the extensions none is offered: a request for binary tensor data is refused.
 */
export function openInference(model: ServedModel, { maximumBody }: { maximumBody: number }): Hono {
  const app = new Hono({ strict: false });
  const get = (path: string, answer: (context: Context) => Response): void => {
    app.get(path, answer);
    app.all(path, (context) => methodNotAllowed(context, 'GET, HEAD'));
  };
  const limit = bodyLimit({ maxSize: maximumBody, onError: (context) => bodyTooLarge(context, maximumBody) });

  get('/v2', (context) => context.json({ name: packageJson.name, version: packageJson.version, extensions: [] }));
  get('/v2/health/live', (context) => context.json({ live: true }));
  get('/v2/health/ready', (context) => context.json({ live: true, ready: model.ready() }, readiness(model)));
  for (const path of ['/v2/models/:name', '/v2/models/:name/versions/:version']) {
    get(path, (context) => {
      requireModel(model, context);
      return context.json(metadata(model));
    });
    get(`${path}/ready`, (context) => {
      requireModel(model, context);
      return context.json({ name: model.name, ready: model.ready() }, readiness(model));
    });
    app.post(`${path}/infer`, limit, async (context) => {
      requireModel(model, context);
      const answer = await infer(model, await readRequest(context), context.req.raw.signal);
      return context.body(JSON.stringify(answer), 200, { 'Content-Type': 'application/json' });
    });
    app.all(`${path}/infer`, (context) => methodNotAllowed(context, 'POST'));
  }
  app.notFound((context) => context.json({ error: `there is nothing at ${context.req.path}; ${pathsOf(model)}` }, 404));
  app.onError((thrown, context) => {
    const error = CloudError.from(thrown);
    if (error.retry === 'backoff') context.header('Retry-After', '1');
    return context.json({ error: error.message }, STATUS[error.code] ?? 500);
  });
  return app;
}

const readiness = (model: ServedModel): 200 | 503 => (model.ready() ? 200 : 503);

function metadata({ name, version, inputs, outputs }: ServedModel): object {
  return { name, versions: [version], platform: 'onnx_onnxv1', inputs, outputs };
}

function requireModel(model: ServedModel, context: Context): void {
  const { name, version } = context.req.param();
  if (name !== model.name) {
    throw new CloudError('NotFound', `there is no model "${name}" here; this server has "${model.name}"`);
  }
  if (version !== undefined && version !== model.version) {
    const message = `model "${name}" has no version "${version}" here; this server has "${model.version}"`;
    throw new CloudError('NotFound', message);
  }
}

async function readRequest(context: Context): Promise<InferenceRequest> {
  if (context.req.header('Inference-Header-Content-Length') !== undefined) throw binaryUnsupported('the body');
  const text = await context.req.text();
  const request = decode(InferenceRequest, parseJson(text), 'inference request');
  if (request.parameters?.binary_data_output === true) throw binaryUnsupported('parameters.binary_data_output');
  for (const { name, parameters } of request.inputs) {
    if (parameters?.binary_data_size !== undefined) throw binaryUnsupported(`input "${name}"`);
  }
  for (const { name, parameters } of request.outputs ?? []) {
    if (parameters?.binary_data === true) throw binaryUnsupported(`output "${name}"`);
  }
  return request;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CloudError(
      'InvalidInput',
      `the body is not JSON: ${(error as Error).message}; send an inference request`,
    );
  }
}

async function infer(model: ServedModel, request: InferenceRequest, signal: AbortSignal): Promise<object> {
  const feeds = readInputs(model, request);
  const names = requestedOutputs(model, request);
  const results = await model.run(feeds, names, signal);
  return {
    model_name: model.name,
    model_version: model.version,
    ...(request.id === undefined ? {} : { id: request.id }),
    outputs: names.map((name) => writeTensor(name, results[name]!)),
  };
}

function readInputs(model: ServedModel, { inputs }: InferenceRequest): Tensors {
  refuseUnknownAndDouble('input', inputs, model.inputs);
  return Object.fromEntries(
    model.inputs.map((wanted) => {
      const given = inputs.find(({ name }) => name === wanted.name);
      if (!given) throw new CloudError('InvalidInput', `input "${wanted.name}" is missing; send ${signature(wanted)}`);
      const { data } = given;
      if (!data)
        throw new CloudError('InvalidInput', `input "${wanted.name}": data is missing; send a list of elements`);
      return [wanted.name, readTensor({ ...given, data }, wanted)];
    }),
  );
}

/** The outputs that the request names, or all; an empty list names none and so means all as well. */
function requestedOutputs(model: ServedModel, { outputs = [] }: InferenceRequest): string[] {
  refuseUnknownAndDouble('output', outputs, model.outputs);
  const named = outputs.length > 0 ? outputs : model.outputs;
  return named.map(({ name }) => name);
}

function refuseUnknownAndDouble(kind: 'input' | 'output', given: { name: string }[], known: TensorInfo[]): void {
  const seen = new Set<string>();
  for (const { name } of given) {
    if (!known.some((tensor) => tensor.name === name)) {
      const names = known.map((tensor) => `"${tensor.name}"`).join(', ');
      throw new CloudError('InvalidInput', `the model has no ${kind} "${name}"; it has ${names}`);
    }
    if (seen.has(name)) throw new CloudError('InvalidInput', `${kind} "${name}" is given twice; give it once`);
    seen.add(name);
  }
}

const signature = ({ datatype, shape }: TensorInfo): string =>
  `it with datatype "${datatype}" and shape ${JSON.stringify(shape)}`;

function binaryUnsupported(place: string): CloudError {
  const message = `${place} asks for the binary tensor data extension, which this server does not have; send and take data as JSON`;
  return new CloudError('InvalidInput', message);
}

function methodNotAllowed(context: Context, allowed: string): Response {
  const error = `${context.req.method} is not allowed at ${context.req.path}; use ${allowed}`;
  return context.json({ error }, 405, { Allow: allowed });
}

function bodyTooLarge(context: Context, maximumBody: number): Response {
  const size = context.req.header('Content-Length');
  const error = `the body ${size ? `of ${size} bytes ` : ''}is too large; send at most ${maximumBody} bytes, or fewer texts or rows at once`;
  return context.json({ error }, 413, { Connection: 'close' });
}

function pathsOf({ name }: ServedModel): string {
  return `this server has GET /v2, /v2/health/live, /v2/health/ready, /v2/models/${name} and POST /v2/models/${name}/infer`;
}
