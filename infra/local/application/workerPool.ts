import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import type { AppOperation } from '../../../shared/appOperation.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import { Duration } from '../../../shared/core/duration.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import { placeOf } from '../../../shared/core/place.ts';
import type { RequestOptions } from '../../../shared/host.ts';
import { cloudError } from '../../../shared/types/errors.ts';
import type { OperationLogs } from './logs.ts';
import { WorkerProcess } from './workerProcess.ts';

/** What the host gives to the workers of an application. */
export interface Surroundings {
  clock: Clock;
  logs: OperationLogs;
  invoke(operation: string, input: Json, options: RequestOptions): Promise<Json>;
  secret(name: string): Promise<string>;
  /** Notes that a process runs, so that a host which comes after a crash can end it. */
  noteStart(worker: { pid: number; started: string | undefined }): void;
  noteEnd(pid: number): void;
}

const MEMORY = 512;
const TIME = Duration.seconds(30);
const CONCURRENCY = 4;
/** How many calls may wait for a process. */
const MOST_WAITING = 1_000;
/** How many operations of an application may wait for one another in a chain. */
const DEEPEST = 8;
/** Milliseconds after which a process that has nothing to do is ended. */
const LONGEST_IDLE = 5 * 60_000;

/** How many calls of applications lie around the one that is being made. */
const depths = new AsyncLocalStorage<number>();

/** The processes of one operation: kept warm, and bounded. */
export class WorkerPool {
  readonly #operation: AppOperation;
  readonly #host: Surroundings;
  readonly #idle = new Map<WorkerProcess, () => void>();
  readonly #working = new Set<WorkerProcess>();
  /** Whose call it is that a process writes lines for. */
  readonly #requests = new WeakMap<WorkerProcess, { id: string }>();
  // Places are counted for each depth: who waits for one is waited for by calls of lesser depth alone, so no circle of them can stand still.
  readonly #running = new Map<number, number>();
  readonly #waiting = new Map<number, (() => void)[]>();
  #retired = false;
  #closed: CloudError | undefined;

  constructor(operation: AppOperation, host: Surroundings) {
    this.#operation = operation;
    this.#host = host;
  }

  /** Whether no call runs. */
  get isIdle(): boolean {
    return this.#working.size === 0;
  }

  /** Runs one call in a process of its own; input and output are in JSON form. */
  async run(input: Json, request: RequestOptions & { requestId: string }): Promise<Json> {
    const depth = depths.getStore() ?? 0;
    if (depth >= DEEPEST) throw this.#tooDeep(depth);
    await this.#enter(depth);
    try {
      return await this.#runIn(await this.#process(), input, request, depth);
    } finally {
      this.#leave(depth);
    }
  }

  /** Lets what runs and what waits come to its end; no process is kept warm any more. */
  retire(): void {
    this.#retired = true;
    for (const worker of [...this.#idle.keys()]) this.#drop(worker);
  }

  /** Ends everything now; calls that run or wait fail with `Unavailable`. */
  async close(): Promise<void> {
    const { name } = this.#operation;
    const stopping = { service: name, reason: 'the host is stopping' };
    this.#closed = cloudError('Unavailable', `${name}: the host is stopping; ask again when it runs`, stopping);
    this.retire();
    const working = [...this.#working];
    for (const worker of working) worker.abort(this.#closed);
    await Promise.all(working.map((worker) => worker.ended));
  }

  async #enter(depth: number): Promise<void> {
    const running = this.#running.get(depth) ?? 0;
    if (running < (this.#operation.limits?.concurrency ?? CONCURRENCY)) {
      this.#running.set(depth, running + 1);
      return;
    }
    const queue = this.#waiting.get(depth) ?? [];
    if (queue.length >= MOST_WAITING) throw this.#full();
    this.#waiting.set(depth, queue);
    // Who leaves hands its place over.
    await new Promise<void>((resolve) => queue.push(resolve));
  }

  #leave(depth: number): void {
    const next = this.#waiting.get(depth)?.shift();
    if (next) next();
    else this.#running.set(depth, this.#running.get(depth)! - 1);
  }

  async #process(): Promise<WorkerProcess> {
    if (this.#closed) throw this.#closed;
    const [warm] = this.#idle.keys();
    if (!warm) return this.#start();
    this.#idle.get(warm)!();
    this.#idle.delete(warm);
    return warm;
  }

  async #start(): Promise<WorkerProcess> {
    const { name, limits, environment = [] } = this.#operation;
    const request = { id: '' };
    const worker = await WorkerProcess.start({
      operation: name,
      file: placeOf(this.#operation)!.file,
      memory: limits?.memory ?? MEMORY,
      environment: chosen(environment),
      onLine: (stream, message) => this.#host.logs.write(name, { requestId: request.id, stream, message }),
    });
    if (this.#closed) {
      worker.kill();
      throw this.#closed;
    }
    this.#requests.set(worker, request);
    const { pid, started } = worker;
    this.#host.noteStart({ pid, started });
    void worker.ended.then(() => {
      if (!this.#closed) this.#host.noteEnd(pid);
      this.#forget(worker);
    });
    return worker;
  }

  async #runIn(
    worker: WorkerProcess,
    input: Json,
    { requestId, provider }: RequestOptions & { requestId: string },
    depth: number,
  ): Promise<Json> {
    const { clock, logs } = this.#host;
    const time = this.#operation.limits?.time ?? TIME;
    this.#requests.get(worker)!.id = requestId;
    logs.begin(requestId);
    this.#working.add(worker);
    const now = clock.now();
    const cancel = clock.at(new Date(now.getTime() + time.milliseconds), () => worker.abort(this.#tooSlow(time)));
    // What a worker asks for arrives as a message; it belongs to the call nevertheless, with its hops and its trace.
    const within = AsyncLocalStorage.snapshot();
    const nameOf = namesWithin(requestId);
    try {
      return await worker.run({
        input,
        requestId,
        now,
        secret: (name) => this.#secret(name),
        invoke: (operation, given, options) => {
          const request = {
            requestId: nameOf(operation, given),
            ...(provider !== undefined && { provider }),
            ...options,
          };
          return within(() => depths.run(depth + 1, () => this.#host.invoke(operation, given, request)));
        },
      });
    } finally {
      cancel();
      logs.end(requestId);
      this.#working.delete(worker);
      this.#keep(worker);
    }
  }

  #keep(worker: WorkerProcess): void {
    if (worker.isOver) return;
    if (this.#retired) {
      this.#drop(worker);
      return;
    }
    const { clock } = this.#host;
    const until = new Date(clock.now().getTime() + LONGEST_IDLE);
    this.#idle.set(
      worker,
      clock.at(until, () => this.#drop(worker)),
    );
  }

  #drop(worker: WorkerProcess): void {
    this.#forget(worker);
    worker.kill();
  }

  #forget(worker: WorkerProcess): void {
    this.#idle.get(worker)?.();
    this.#idle.delete(worker);
  }

  async #secret(name: string): Promise<string> {
    if (this.#operation.secrets?.includes(name)) return this.#host.secret(name);
    throw new CloudError(
      'Unauthorized',
      `${this.#operation.name}: it does not name the secret "${name}"; write secrets: [${JSON.stringify(name)}] where it is declared`,
      { details: { reason: 'secret not named' } },
    );
  }

  #tooSlow(time: Duration): CloudError {
    const { name } = this.#operation;
    return cloudError(
      'FunctionError.Timeout',
      `${name}: it was ended at its time limit of ${time}; do less in one call, or raise limits.time`,
      { function: name, duration: time },
    );
  }

  #tooDeep(depth: number): CloudError {
    const { name } = this.#operation;
    return new CloudError(
      'Conflict',
      `${name}: it is called by a chain of ${depth} operations of the application that wait for one another, and ${DEEPEST} may; let it end, or start a workflow`,
      { details: { resource: name, reason: 'chain of calls' } },
    );
  }

  #full(): CloudError {
    const { name } = this.#operation;
    return cloudError('Throttled', `${name}: ${MOST_WAITING} calls wait for a process already; ask again later`, {
      service: name,
    });
  }
}

/**
 * The request ids of what a call asks for: the same whenever the call is repeated, whatever order the questions come in. The same question
 * asked twice within a call has two.
 */
function namesWithin(requestId: string): (operation: string, input: Json) => string {
  const asked = new Map<string, number>();
  return (operation, input) => {
    const question = createHash('sha256')
      .update(JSON.stringify([operation, input]))
      .digest('hex')
      .slice(0, 16);
    const times = (asked.get(question) ?? 0) + 1;
    asked.set(question, times);
    return `${requestId}.${question}.${times}`;
  };
}

function chosen(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
