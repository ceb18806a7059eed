import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { CloudError } from '../../../shared/core/errors.ts';
import { LatencyHistogram } from '../../../shared/core/histogram.ts';
import { decode } from '../../../shared/core/validation.ts';
import type { Answer, Call, Route, SampleJson } from './messages.ts';

export type { Route, Target } from './messages.ts';
export { ReverseProxy as Proxy };

/** What one revision did in one second. A second may come in several parts; they add up. */
export interface RevisionSample {
  deployment: string;
  revision: string;
  /** Unix seconds. */
  second: number;
  requests: number;
  /** Answers of 500 and above, and failed connections. */
  errors: number;
  /** From the request's headers to the last byte of the answer; for a tunnel to the 101, for a client that left until then. */
  latency: LatencyHistogram;
}

const Port = z.int().max(65_535);
const RouteSchema = z
  .strictObject({
    deployment: z.string().min(1),
    port: Port.min(0),
    weights: z.record(z.string(), z.number().min(0).max(100)),
    targets: z.array(z.strictObject({ revision: z.string().min(1), replica: z.string().min(1), port: Port.min(1) })),
  })
  .refine(({ targets }) => new Set(targets.map(({ replica }) => replica)).size === targets.length, {
    path: ['targets'],
    message: 'two targets have the same replica name; give each its own',
  });
const Timeout = z.int().min(0).max(86_400_000);

interface Waiting {
  resolve(result: unknown): void;
  reject(error: CloudError): void;
}

/**
 * The weighted reverse proxy of this machine: one endpoint per deployment on 127.0.0.1, served by a thread of its own. A thread that dies
 * is started again with the same endpoints, unless it died before it answered anything.
 */
export class ReverseProxy {
  #worker: Worker;
  #answered = false;
  readonly #routes = new Map<string, Route>();
  readonly #onSample: (samples: RevisionSample[]) => void;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #stopped: CloudError | undefined;

  private constructor(onSample: (samples: RevisionSample[]) => void) {
    this.#onSample = onSample;
    this.#worker = this.#startWorker();
  }

  /** Starts the proxy; `onSample` gets the counters once a second, of the revisions that had traffic. */
  static async start({ onSample }: { onSample(samples: RevisionSample[]): void }): Promise<ReverseProxy> {
    const proxy = new ReverseProxy(onSample);
    await proxy.flush();
    return proxy;
  }

  /** Opens the deployment's endpoint, or changes where its requests go; the port stays as it was given the first time. */
  async setRoute(route: Route): Promise<{ port: number }> {
    const checked = decode(RouteSchema, route, `route of deployment "${route.deployment}"`);
    const { port } = (await this.#call({ method: 'setRoute', route: checked })) as { port: number };
    this.#routes.set(route.deployment, { ...checked, port });
    return { port };
  }

  /** Closes the deployment's endpoint with all its connections; drain its replicas first to let requests finish. */
  async removeRoute(deployment: string): Promise<void> {
    this.#routes.delete(deployment);
    await this.#call({ method: 'removeRoute', deployment });
  }

  /**
   * Takes the replica out of rotation and waits until its last request has ended; false when that took longer than the timeout.
   * It stays out until a route without it, or with it on another port, has been set.
   */
  async drain(deployment: string, replica: string, timeoutMilliseconds: number): Promise<boolean> {
    decode(Timeout, timeoutMilliseconds, 'drain timeout in milliseconds');
    return (await this.#call({ method: 'drain', deployment, replica, timeoutMilliseconds })) as boolean;
  }

  /** Hands out the samples collected so far. */
  async flush(): Promise<void> {
    await this.#call({ method: 'flush' });
  }

  /** Ends all endpoints and the thread. */
  async close(): Promise<void> {
    if (this.#stopped) return;
    const closed = this.#call({ method: 'close' });
    this.#stopped = new CloudError('Unavailable', 'the proxy is closed');
    await closed;
    await this.#worker.terminate();
  }

  #startWorker(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url));
    this.#answered = false;
    worker.on('message', (answer: Answer) => this.#onAnswer(answer));
    worker.on('error', (error) => process.emitWarning(`the thread of the proxy failed: ${error.message}`));
    worker.on('exit', () => this.#onExit());
    return worker;
  }

  #call(call: Call): Promise<unknown> {
    if (this.#stopped) return Promise.reject(this.#stopped);
    const id = ++this.#lastId;
    this.#worker.postMessage({ ...call, id });
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #onAnswer(answer: Answer): void {
    this.#answered = true;
    if ('samples' in answer) {
      const revive = (sample: SampleJson) => ({ ...sample, latency: LatencyHistogram.fromJSON(sample.latency) });
      this.#onSample(answer.samples.map(revive));
      return;
    }
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(CloudError.fromJSON(answer.error));
    else waiting?.resolve(answer.result);
  }

  #onExit(): void {
    const gone = this.#stopped ?? new CloudError('Unavailable', 'the thread of the proxy ended', { retry: 'backoff' });
    for (const { reject } of this.#waiting.values()) reject(gone);
    this.#waiting.clear();
    if (this.#stopped) return;
    if (!this.#answered) {
      this.#stopped = gone;
      return;
    }
    this.#worker = this.#startWorker();
    for (const route of this.#routes.values()) {
      this.setRoute(route).catch((error: Error) => process.emitWarning(`the proxy could not go on: ${error.message}`));
    }
  }
}
