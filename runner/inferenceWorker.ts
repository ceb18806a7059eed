import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { CloudError } from '../shared/core/errors.ts';
import { type Answer, type Request, type Run, type ThreadSettings, transferable } from './messages.ts';
import { OnnxModel } from './onnxModel.ts';

/** The thread that the model runs in, because a run blocks its thread: the server's own stays free to answer. */
const server = parentPort!;
const { path, threads } = workerData as ThreadSettings;
const queue = new Map<number, Run>();
let busy = false;

try {
  const model = await OnnxModel.load(path, threads);
  server.on('message', (request: Request) => {
    take(request);
    if (!busy) void work(model);
  });
  say({ loaded: { inputs: model.inputs, outputs: model.outputs } });
} catch (error) {
  // The server ends the process on hearing this; until then the thread stays, so that its end does not overtake the reason.
  server.on('message', take);
  say({ notLoaded: CloudError.from(error).toJSON() });
}

function take(request: Request): void {
  if ('withdraw' in request) queue.delete(request.withdraw);
  else queue.set(request.id, request);
}

async function work(model: OnnxModel): Promise<void> {
  busy = true;
  for (let run = next(); run; run = next()) await answer(model, run);
  busy = false;
}

/** Takes what came in meanwhile first: it may withdraw the request whose turn it is. */
function next(): Run | undefined {
  for (let received = receiveMessageOnPort(server); received; received = receiveMessageOnPort(server)) {
    take(received.message);
  }
  const [first] = queue.values();
  if (first) queue.delete(first.id);
  return first;
}

async function answer(model: OnnxModel, { id, feeds, outputs }: Run): Promise<void> {
  try {
    const result = await model.run(feeds, outputs);
    say({ id, result }, transferable(result));
  } catch (error) {
    say({ id, error: CloudError.from(error).toJSON() });
  }
}

function say(message: Answer, transferred: ArrayBuffer[] = []): void {
  server.postMessage(message, transferred);
}
