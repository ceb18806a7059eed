import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type ModelServer, startModelServer } from './modelServer.ts';

const RUNTIME = new URL('./gatedRuntime.ts', import.meta.url).href;
const HOOK = `import { registerHooks } from 'node:module';
  registerHooks({ resolve: (name, context, next) =>
    name === 'onnxruntime-node' ? { url: '${RUNTIME}', shortCircuit: true } : next(name, context) });`;

/** A model server whose inferences block until the test opens the gate. */
export interface GatedServer extends ModelServer {
  open: () => void;
  /** The words that were run, in order. */
  ran: () => string[];
  /** Resolves when the run of this word has begun. */
  running: (word: string) => Promise<void>;
  ask: (word: string) => Question;
}

/** One inference request on a connection of its own. */
export interface Question {
  socket: Socket;
  /** The whole answer with its head; what came until the connection ended. */
  answer: Promise<string>;
}

/** Starts one; a file stands for its model, which nothing reads. */
export async function startGatedServer(
  environment: Record<string, string> = {},
  nodeArguments: string[] = [],
): Promise<GatedServer> {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-gated-'));
  const [model, GATE, JOURNAL] = ['model.onnx', 'gate', 'journal'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(model, '');
  writeFileSync(JOURNAL, '');
  const hook = ['--import', `data:text/javascript,${encodeURIComponent(HOOK)}`];
  const server = await startModelServer(model, { ...environment, GATE, JOURNAL }, [...nodeArguments, ...hook]);
  server.process.once('exit', () => rmSync(directory, { recursive: true }));
  const ran = (): string[] => readFileSync(JOURNAL, 'utf8').split('\n').slice(0, -1);
  return {
    ...server,
    open: () => existsSync(GATE) || writeFileSync(GATE, ''),
    ran,
    running: async (word) => {
      while (!ran().includes(word)) await setImmediate();
    },
    ask: (word) => ask(server.url, word),
  };
}

function ask(url: string, word: string): Question {
  const { hostname, port } = new URL(url);
  const body = JSON.stringify({ inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], data: [word] }] });
  const head = `POST /v2/models/sentiment/infer HTTP/1.1\r\nHost: model\r\nConnection: close\r\nContent-Length: ${body.length}`;
  // Half open: the server's end of the connection is seen after ours.
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.write(`${head}\r\n\r\n${body}`);
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  const ended = new Promise<string>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('end', () => {
      socket.end();
      resolve(answer);
    });
  });
  return { socket, answer: ended };
}
