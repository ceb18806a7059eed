import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Json } from '../../../shared/core/codecs.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import { startTimeOf, usageOf } from '../../../shared/drivers/deploy/local/process.ts';
import { cloudError } from '../../../shared/types/errors.ts';
import type { FromWorker, Outcome, ToWorker } from './messages.ts';

export interface WorkerOptions {
  /** The operation, and the file that declares it. */
  operation: string;
  file: string;
  /** MB. */
  memory: number;
  /** All that it gets of an environment. */
  environment: Record<string, string>;
  /** What it writes, line by line. */
  onLine(stream: 'stdout' | 'stderr', line: string): void;
}

/** What a call gives a worker, and what the worker may ask meanwhile. */
export interface WorkerCall {
  input: Json;
  requestId: string;
  now: Date;
  invoke(operation: string, input: Json, options: { provider?: string; requestId?: string }): Promise<Json>;
  secret(name: string): Promise<string>;
}

/** Milliseconds between two looks at the memory of a process that works. */
const LOOK_INTERVAL = 100;
/** Milliseconds that an aborted call gets before its process is killed. */
const ABORT_GRACE = 500;
/** Milliseconds that a process gets to load its module. */
const LONGEST_LOAD = 30_000;
/** Characters of one line that are kept, and how many of the last lines a failure is searched in. */
const LONGEST_LINE = 8_192;
const LINES_KEPT = 20;

/**
 * One process that runs one operation of an application, one call at a time. Whatever happens to the process is an error of the call.
 */
export class WorkerProcess {
  readonly #options: WorkerOptions;
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<void>();
  readonly #lastLines: string[] = [];
  #call: (WorkerCall & PromiseWithResolvers<Json>) | undefined;
  #whyKilled: CloudError | undefined;
  readonly #end = Promise.withResolvers<void>();
  #hasEnded = false;

  private constructor(options: WorkerOptions) {
    this.#options = options;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#child = fork(
      fileURLToPath(new URL(`./program.${extension}`, import.meta.url)),
      [options.file, options.operation],
      {
        // A quarter is for what lies outside of the heap: the program itself, and buffers.
        execArgv: [
          `--max-old-space-size=${Math.floor(options.memory * 0.75)}`,
          '--disable-warning=ExperimentalWarning',
        ],
        env: options.environment,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        // A group of its own, so that what it starts ends with it.
        detached: true,
      },
    );
    this.#listen();
  }

  /** Starts a process; resolves when the operation is loaded. */
  static async start(options: WorkerOptions): Promise<WorkerProcess> {
    const worker = new WorkerProcess(options);
    const timer = setTimeout(
      () => worker.#kill(worker.#failed(`its file took longer than ${LONGEST_LOAD / 1000} s to load`)),
      LONGEST_LOAD,
    );
    try {
      await worker.#ready.promise;
      return worker;
    } finally {
      clearTimeout(timer);
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** When it started, as the system tells it: with the pid it names no other process. */
  get started(): string | undefined {
    return startTimeOf(this.pid);
  }

  /** Resolves when the process has ended. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** Whether it takes no further call: it has ended, or is about to. */
  get isOver(): boolean {
    return this.#hasEnded || this.#whyKilled !== undefined;
  }

  /** Does one call; the next one waits for its end. */
  async run(call: WorkerCall): Promise<Json> {
    const pending = { ...call, ...Promise.withResolvers<Json>() };
    this.#call = pending;
    const watch = setInterval(() => this.#watchMemory(), LOOK_INTERVAL);
    try {
      if (this.#hasEnded) throw this.#reasonOfEnd('before the call');
      const { input, requestId, now } = call;
      this.#tell({ kind: 'Call', input, requestId, now: now.toISOString() });
      return await pending.promise;
    } finally {
      clearInterval(watch);
      this.#call = undefined;
    }
  }

  /** Gives the call up with an error; the process hears of it, and is killed a moment later. */
  abort(error: CloudError): void {
    this.#whyKilled ??= error;
    this.#tell({ kind: 'Abort', reason: error.message });
    this.#call?.reject(error);
    setTimeout(() => this.#signal('SIGKILL'), ABORT_GRACE).unref();
  }

  /** Ends the process now. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  #listen(): void {
    this.#child.on('message', (message: FromWorker) => this.#hear(message));
    this.#child.once('error', (error) => this.#kill(this.#failed(`it cannot be started: ${error.message}`)));
    for (const stream of ['stdout', 'stderr'] as const)
      readLines(this.#child[stream]!, (line) => this.#line(stream, line));
    // After `close` everything that it wrote was read.
    this.#child.once('close', (code, signal) => this.#over(signal ?? `exit code ${code}`));
  }

  #hear(message: FromWorker): void {
    const call = this.#call;
    if (message.kind === 'Ready') this.#ready.resolve();
    else if (!call) return;
    else if (message.kind === 'Ended') settle(call, message);
    else if (message.kind === 'Secret') this.#answer(message.id, call.secret(message.name));
    else {
      const { id, operation, input, provider, requestId } = message;
      const options = { ...(provider !== undefined && { provider }), ...(requestId !== undefined && { requestId }) };
      this.#answer(id, call.invoke(operation, input, options));
    }
  }

  #answer(id: number, asked: Promise<Json>): void {
    asked.then(
      (output) => this.#tell({ kind: 'Answer', id, output }),
      (thrown) => this.#tell({ kind: 'Answer', id, error: CloudError.from(thrown).toJSON() }),
    );
  }

  #tell(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #line(stream: 'stdout' | 'stderr', line: string): void {
    const text = line.slice(0, LONGEST_LINE);
    this.#lastLines.push(text);
    if (this.#lastLines.length > LINES_KEPT) this.#lastLines.shift();
    this.#options.onLine(stream, text);
  }

  #watchMemory(): void {
    const { memory } = this.#options;
    const used = usageOf(this.pid)?.memory ?? 0;
    if (used > memory * 1024 * 1024) this.#kill(this.#outOfMemory(`it used ${Math.round(used / 1024 / 1024)} MB`));
  }

  #kill(reason: CloudError): void {
    this.#whyKilled ??= reason;
    this.#signal('SIGKILL');
    if (this.#child.pid === undefined) this.#over('never started');
  }

  #signal(name: NodeJS.Signals): void {
    if (this.#hasEnded || this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, name);
    } catch {
      // It has just ended by itself.
    }
  }

  #over(how: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const reason = this.#reasonOfEnd(how);
    this.#ready.reject(reason);
    this.#ready.promise.catch(() => {});
    this.#call?.reject(reason);
    this.#end.resolve();
  }

  #reasonOfEnd(how: string): CloudError {
    if (this.#whyKilled) return this.#whyKilled;
    if (this.#lastLines.some((line) => line.includes('heap out of memory')))
      return this.#outOfMemory('its heap was full');
    const said = this.#lastLines.findLast((line) => /^\w*Error\b/.test(line)) ?? this.#lastLines.at(-1);
    return this.#failed(`its process ended (${how})${said ? `: ${said.trim()}` : ''}`);
  }

  #failed(reason: string): CloudError {
    const { operation } = this.#options;
    const message = `${operation}: ${reason}; see "cloudlib logs ${operation}"`;
    return cloudError('FunctionError.InvocationFailed', message, { function: operation, reason });
  }

  #outOfMemory(found: string): CloudError {
    const { operation, memory } = this.#options;
    return cloudError(
      'FunctionError.OutOfMemory',
      `${operation}: it was ended at its memory limit of ${memory} MB (${found}); use less, or raise limits.memory`,
      { function: operation, limit: memory },
    );
  }
}

function settle(call: PromiseWithResolvers<Json>, outcome: Outcome): void {
  if ('output' in outcome) call.resolve(outcome.output);
  else call.reject(CloudError.fromJSON(outcome.error));
}

/** Calls back for each line, the last one without an end included; a line without end is cut rather than kept. */
function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
    if (rest.length <= LONGEST_LINE) return;
    onLine(rest);
    rest = '';
  });
  stream.on('end', () => rest && onLine(rest));
}
