import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** The path of one of the example's models. */
export const exampleModel = (version: 1 | 2 | 3): string => join(ROOT, `examples/sentiment/model-v${version}.onnx`);

/** The program as a child process, before anything is known of it. */
export function spawnModelServer(environment: Record<string, string>, nodeArguments: string[] = []): ChildProcess {
  return spawn(process.execPath, [...nodeArguments, join(ROOT, 'runner/model.ts')], {
    env: { PATH: process.env.PATH, PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A running model server of a test. */
export interface ModelServer {
  url: string;
  process: ChildProcess;
  /** Asks it to stop and answers its exit code. */
  stop: () => Promise<number>;
}

/** Starts the server on a free port and waits until it says that it is ready. */
export async function startModelServer(
  path: string,
  environment: Record<string, string> = {},
  nodeArguments: string[] = [],
): Promise<ModelServer> {
  const model = { CLOUDLIB_MODEL_PATH: path, CLOUDLIB_MODEL_NAME: 'sentiment', CLOUDLIB_MODEL_VERSION: 'v2' };
  const child = spawnModelServer({ ...model, ...environment }, nodeArguments);
  const url = await firstMatch(child, /is ready on (http:\S+)/);
  const stop = async (): Promise<number> => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = await exited;
    return code;
  };
  return { url, process: child, stop };
}

/** How a program that does not start ends: its exit code and what it wrote. */
export async function outcome(child: ChildProcess): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [collect(child.stdout!), collect(child.stderr!)];
  const [code] = await once(child, 'close');
  return { code, stdout: stdout(), stderr: stderr() };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.on('data', (chunk) => {
    text += chunk;
  });
  return () => text;
}

function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const [stdout, stderr] = [collect(child.stdout!), collect(child.stderr!)];
    child.stdout!.on('data', () => {
      const match = pattern.exec(stdout());
      if (match) resolve(match[1]!);
    });
    child.once('exit', (code) => reject(new Error(`the model server ended with ${code}: ${stderr()}`)));
  });
}
