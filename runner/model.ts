/**
 * CloudLib's model server: `node runner/model.ts` serves one .onnx file over the Open Inference Protocol. What it serves
 * and where it listens comes from the environment, as `Environment` says.
 */
import type { Server } from 'node:http';
import { basename } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { z } from 'zod';
import { CloudError } from '../shared/core/errors.ts';
import { decode } from '../shared/core/validation.ts';
import { GracefulServer } from './gracefulServer.ts';
import { InferenceThread } from './inferenceThread.ts';
import type { Signature } from './messages.ts';
import { openInference, type ServedModel } from './openInference.ts';
import { blankTensor } from './tensors.ts';

const MEBIBYTE = 2 ** 20;

const Environment = z.object({
  /** The .onnx file. */
  CLOUDLIB_MODEL_PATH: z.string().min(1),
  /** The model's name in the protocol's paths; the file's own name when it is not set. */
  CLOUDLIB_MODEL_NAME: z.string().min(1).optional(),
  CLOUDLIB_MODEL_VERSION: z.string().min(1).default('1'),
  /** The largest request body in bytes. */
  CLOUDLIB_MODEL_MAXIMUM_BODY: z.coerce
    .number()
    .int()
    .min(1)
    .default(16 * MEBIBYTE),
  /** How many requests may wait for the model; one more is refused. */
  CLOUDLIB_MODEL_MAXIMUM_QUEUE: z.coerce.number().int().min(1).default(1_000),
  /** Seconds that one inference may take; the server ends with one that takes longer, as it would hold up the others for ever. */
  CLOUDLIB_MODEL_MAXIMUM_RUN: z.coerce.number().positive().max(86_400).default(60),
  /** Cores that the model may use: the threads of one inference, rounded up. */
  CLOUDLIB_CPU: z.coerce.number().positive().default(1),
  /** 0 takes any free port. */
  PORT: z.coerce.number().int().min(0).max(65_535),
  HOST: z.string().min(1).default('127.0.0.1'),
});

try {
  await main();
} catch (error) {
  console.error(`cloudlib model server: ${CloudError.from(error).message}`);
  process.exit(1);
}

async function main(): Promise<void> {
  const environment = decode(Environment, process.env, 'environment');
  const path = environment.CLOUDLIB_MODEL_PATH;
  const { thread, signature } = await InferenceThread.start({
    path,
    threads: Math.ceil(environment.CLOUDLIB_CPU),
    maximumQueue: environment.CLOUDLIB_MODEL_MAXIMUM_QUEUE,
    maximumRun: environment.CLOUDLIB_MODEL_MAXIMUM_RUN * 1_000,
    onDeath: endWithThread,
  });
  let warm = false;
  const model: ServedModel = {
    ...signature,
    name: environment.CLOUDLIB_MODEL_NAME ?? basename(path, '.onnx'),
    version: environment.CLOUDLIB_MODEL_VERSION,
    ready: () => warm && !graceful.stopping,
    run: (feeds, outputs, signal) => thread.run(feeds, outputs, signal),
  };
  const app = openInference(model, { maximumBody: environment.CLOUDLIB_MODEL_MAXIMUM_BODY });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  const graceful = new GracefulServer(server);
  await listen(server, environment.PORT, environment.HOST);
  const stop = (): void => void graceful.stop().then(() => process.exit(0));
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await warmUp(thread, signature);
  warm = true;
  console.log(`cloudlib model server: model "${model.name}" version "${model.version}" is ready on ${urlOf(server)}`);
}

/** Without its thread the server can answer nothing; whoever supervises it starts it again. */
function endWithThread(reason: string): void {
  console.error(`cloudlib model server: no inference is possible any more: ${reason.split('\n')[0]}`);
  process.exit(1);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'the port is taken; give another PORT' : error.message;
      reject(new CloudError('Unavailable', `cannot listen on ${host}:${port}: ${reason}`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

/**
 * Runs once on blank input, so that the first request does not pay for the runtime's allocations. A model may refuse
 * blank input and still be good for real input, so a failure is told and stops nothing.
 */
async function warmUp(thread: InferenceThread, { inputs, outputs }: Signature): Promise<void> {
  const feeds = Object.fromEntries(inputs.map((input) => [input.name, blankTensor(input)]));
  const names = outputs.map(({ name }) => name);
  try {
    await thread.run(feeds, names);
  } catch (error) {
    console.log(`cloudlib model server: no warm-up: ${(error as Error).message}`);
  }
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') return String(address);
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}
