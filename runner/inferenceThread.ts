import { Worker } from 'node:worker_threads';
import { CloudError } from '../shared/core/errors.ts';
import {
  type Answer,
  type Request,
  type Signature,
  type Tensors,
  type ThreadSettings,
  transferable,
} from './messages.ts';

export interface InferenceThreadOptions extends ThreadSettings {
  /** How many requests may wait while another one is run. */
  maximumQueue: number;
  /** Milliseconds that one run may take: nothing can end a run but the end of its process. */
  maximumRun: number;
  /** The thread ended or hangs, which leaves its requests without an answer. */
  onDeath: (reason: string) => void;
}

/** A model in a thread of its own, which takes requests first come, first served. */
export class InferenceThread {
  readonly #worker: Worker;
  readonly #maximumQueue: number;
  readonly #maximumRun: number;
  readonly #onDeath: (reason: string) => void;
  readonly #loaded = Promise.withResolvers<Signature>();
  /** The requests that the thread has, oldest first: that one is being run, the others wait. */
  readonly #requests = new Map<number, PromiseWithResolvers<Tensors>>();
  #lastId = 0;
  /** Is set while a run is under way. */
  #limit: NodeJS.Timeout | undefined;

  private constructor({ path, threads, maximumQueue, maximumRun, onDeath }: InferenceThreadOptions) {
    this.#maximumQueue = maximumQueue;
    this.#maximumRun = maximumRun;
    this.#onDeath = onDeath;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const workerData: ThreadSettings = { path, threads };
    this.#worker = new Worker(new URL(`./inferenceWorker.${extension}`, import.meta.url), { workerData });
    this.#worker.on('message', (answer: Answer) => this.#onAnswer(answer));
    this.#worker.on('error', (error) => onDeath(CloudError.from(error).message));
    this.#worker.on('exit', (code) => onDeath(`it ended with exit code ${code}`));
  }

  /** Starts the thread and loads the model; a file that cannot be served rejects. */
  static async start(options: InferenceThreadOptions): Promise<{ thread: InferenceThread; signature: Signature }> {
    const thread = new InferenceThread(options);
    return { thread, signature: await thread.#loaded.promise };
  }

  /**
   * Runs the model on named tensors and gives the named outputs. The tensors' memory goes over to the thread. A signal
   * that aborts before the request's turn takes it out of the queue.
   */
  async run(feeds: Tensors, outputs: string[], signal?: AbortSignal): Promise<Tensors> {
    if (signal?.aborted) throw clientGone();
    if (this.#requests.size > this.#maximumQueue) throw this.#full();
    const id = ++this.#lastId;
    this.#say({ id, feeds, outputs }, transferable(feeds));
    const request = Promise.withResolvers<Tensors>();
    this.#requests.set(id, request);
    if (this.#requests.size === 1) this.#limitRun();
    signal?.addEventListener('abort', () => this.#withdraw(id), { once: true });
    return request.promise;
  }

  #withdraw(id: number): void {
    this.#requests.get(id)?.reject(clientGone());
    const [underWay] = this.#requests.keys();
    if (id === underWay || !this.#requests.delete(id)) return;
    this.#say({ withdraw: id });
  }

  #say(request: Request, transferred: ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, transferred);
  }

  #onAnswer(answer: Answer): void {
    if ('loaded' in answer) this.#loaded.resolve(answer.loaded);
    else if ('notLoaded' in answer) this.#loaded.reject(CloudError.fromJSON(answer.notLoaded));
    else this.#settle(answer);
  }

  /** An answer to a request that was withdrawn just as its turn came finds nobody. */
  #settle(answer: Extract<Answer, { id: number }>): void {
    const request = this.#requests.get(answer.id);
    this.#requests.delete(answer.id);
    this.#limitRun();
    if ('error' in answer) request?.reject(CloudError.fromJSON(answer.error));
    else request?.resolve(answer.result);
  }

  /** Begins to measure the run whose turn it is, if there is one. */
  #limitRun(): void {
    clearTimeout(this.#limit);
    if (this.#requests.size === 0) return;
    const reason = `an inference took longer than ${this.#maximumRun / 1_000} s`;
    this.#limit = setTimeout(() => this.#onDeath(reason), this.#maximumRun);
  }

  #full(): CloudError {
    const message = `the model is busy and ${this.#maximumQueue} requests are waiting for it already; try again later`;
    return new CloudError('Unavailable', message, { retry: 'backoff' });
  }
}

/** Tells nobody, as nobody is left to read it. */
const clientGone = (): CloudError => new CloudError('Unavailable', 'the client went away before it was answered');
