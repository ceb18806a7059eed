import { randomBytes } from 'node:crypto';
import type { Json } from '../../../shared/core/codecs.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import { newId } from '../../../shared/core/ids.ts';
import { type HistoryEvent, parse } from '../../../shared/semantics/states/index.ts';
import { Driver } from './driver.ts';
import { historyOf } from './history.ts';
import { redriving } from './redrive.ts';
import { detailOf, EngineStore, type ExecutionRow, type NewExecution, summaryOf, type TokenAnswer } from './store.ts';
import type { EngineOptions, ExecutionDetail, ExecutionSummary, Status } from './types.ts';

export type { EngineOptions, ExecutionDetail, ExecutionSummary, Status, TaskCall } from './types.ts';

/** What to start: a workflow with an input, under a name that only one execution of the workflow has. */
export interface StartRequest {
  workflow: string;
  input: Json;
  name?: string;
}

/**
 * Runs state machines so that they outlive the process: every outcome is committed before it counts, and a new process takes up each
 * execution from its journal.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #store: EngineStore;
  readonly #driver: Driver;
  readonly #waiters = new Map<string, Set<PromiseWithResolvers<void>>>();

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#store = new EngineStore(options.database);
    this.#driver = new Driver(this.#store, options, (id) => this.#ended(id));
  }

  /** Registers or replaces the definition that new executions of this name start with; throws `InvalidInput` with all problems. */
  register(name: string, definition: Json): void {
    try {
      this.#store.register(name, parse(definition));
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      throw new CloudError(error.code, `workflow "${name}": ${error.message}`, { details: error.details });
    }
  }

  /** Lets workflows of other names start no more; their executions go on. */
  retain(names: string[]): void {
    this.#store.retain(names);
  }

  workflows(): string[] {
    return this.#store.workflows();
  }

  /**
   * Starts an execution, durably before it returns, or as durably as the transaction that the caller has open. The same name again
   * gives the same execution, whatever the input.
   */
  start(request: StartRequest): { execution: ExecutionSummary; created: boolean } {
    const wanted = this.#newExecution(request);
    const created = this.#store.start(wanted) !== undefined;
    if (created) this.#driver.begin(wanted.id, 'new');
    return { execution: summaryOf(this.#store.named(wanted.workflow, wanted.name)!), created };
  }

  /**
   * Starts an execution as `start` does, with the next group commit: many at once cost one commit. Resolves once it is durable;
   * do not wait for it inside of an open transaction.
   */
  async startSoon(request: StartRequest): Promise<{ execution: ExecutionSummary; created: boolean }> {
    const { row, created } = await this.#driver.start(this.#newExecution(request));
    return { execution: summaryOf(row), created };
  }

  /** Takes up every unfinished execution from its journal; called once when the host starts. */
  resume(): void {
    for (const id of this.#store.unfinished()) this.#driver.begin(id, 'resumed');
  }

  get(id: string): ExecutionDetail | undefined {
    const row = this.#store.execution(id);
    return row && detailOf(row, this.#driver.currentStates(id));
  }

  /** The executions, newest first. */
  list(filter: { workflow?: string; status?: Status; limit?: number } = {}): ExecutionSummary[] {
    return this.#store.list(filter.workflow, filter.status, filter.limit ?? -1).map(summaryOf);
  }

  /** What happened in an execution, as Step Functions' events; derived from its journal. */
  history(id: string): HistoryEvent[] {
    return historyOf(this.#store, this.#row(id), this.#options.limits ?? {});
  }

  /** Ends an execution as ABORTED; one that has ended stays as it is. */
  stop(id: string, error?: string, cause?: string): void {
    this.#row(id);
    const at = this.#options.clock.now().getTime();
    const end = {
      status: 'ABORTED' as const,
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
    };
    if (this.#store.end(id, at, end)) this.#driver.stopped(id);
  }

  /**
   * Starts an execution that ended without success again from the states that failed, as Step Functions' RedriveExecution does: what
   * succeeded is not called again, what failed is under new keys. `Conflict` for one that runs or has succeeded.
   */
  redrive(id: string): void {
    const row = this.#row(id);
    if (row.status === 'SUCCEEDED') throw notRedrivable(id, 'has succeeded; start a new one to run it again');
    if (row.status === 'RUNNING') throw notRedrivable(id, 'is running; wait for its end or stop it first');
    if (this.#driver.drives(id)) throw notRedrivable(id, 'is just being ended; redrive it again in a moment');
    const { length, outcomes } = redriving(
      this.#store,
      row,
      this.#options.limits ?? {},
      this.#options.clock.now().getTime(),
    );
    this.#store.reopen(row, length, outcomes);
    this.#driver.begin(id, 'redriven');
  }

  /** Ends the waiting state with an output: `NotFound` for an unknown token, `Conflict` for one that is answered or over. */
  succeedTask(token: string, output: Json): void {
    this.#answer(token, { output });
  }

  /** Ends the waiting state with an error: `NotFound` for an unknown token, `Conflict` for one that is answered or over. */
  failTask(token: string, error: string, cause: string): void {
    this.#answer(token, { error, cause });
  }

  /** Reports that the work behind a task token goes on, so that HeartbeatSeconds begins anew. */
  heartbeatTask(token: string): void {
    const { execution, key } = this.#openToken(token);
    this.#driver.heartbeat(execution, key);
  }

  /** Resolves when the execution has ended; rejects with `Unavailable` when the engine is closed before that. */
  async wait(id: string): Promise<ExecutionDetail> {
    if (this.#driver.drives(id) || this.#row(id).status === 'RUNNING') {
      const waiters = this.#waiters.get(id) ?? new Set();
      const end = Promise.withResolvers<void>();
      this.#waiters.set(id, waiters.add(end));
      await end.promise;
    }
    return this.get(id)!;
  }

  /** Stops driving, without ending executions; the signals of pending tasks are aborted and their outcomes ignored. */
  async close(): Promise<void> {
    this.#driver.close();
    for (const [id, waiters] of this.#waiters) {
      const message = `the engine was closed while execution ${id} was running; it goes on when the host starts again`;
      for (const { reject } of waiters) reject(new CloudError('Unavailable', message, { retry: 'backoff' }));
    }
    this.#waiters.clear();
  }

  #newExecution({ workflow, input, name }: StartRequest): NewExecution {
    const definition = this.#store.definitionOf(workflow);
    if (!definition) throw this.#unknownWorkflow(workflow);
    const id = newId();
    return {
      id,
      workflow,
      name: name ?? id,
      definition,
      input: JSON.stringify(input ?? null),
      seed: randomBytes(24).toString('base64url'),
      started_at: this.#options.clock.now().getTime(),
    };
  }

  #answer(token: string, answer: TokenAnswer): void {
    const { execution } = this.#openToken(token);
    this.#store.answerToken(token, answer);
    this.#driver.answered(execution, token);
  }

  #openToken(token: string): { execution: string; key: string } {
    const row = this.#store.token(token);
    if (!row) throw new CloudError('NotFound', 'task token: no task waits for this token; check that it is complete');
    if (row.answer) throw new CloudError('Conflict', 'task token: it was answered before; the first answer counts');
    if (row.closed || row.status !== 'RUNNING') {
      throw new CloudError('Conflict', `task token: the task is over (execution ${row.execution} is ${row.status})`);
    }
    return row;
  }

  #row(id: string): ExecutionRow {
    const row = this.#store.execution(id);
    if (row) return row;
    throw new CloudError('NotFound', `execution "${id}" does not exist; list the executions to see which do`);
  }

  #ended(id: string): void {
    const waiters = this.#waiters.get(id);
    this.#waiters.delete(id);
    for (const { resolve } of waiters ?? []) resolve();
  }

  #unknownWorkflow(workflow: string): CloudError {
    const known = this.workflows().join(', ') || 'none';
    return new CloudError('NotFound', `workflow "${workflow}" is not registered; registered are: ${known}`);
  }
}

const notRedrivable = (id: string, why: string): CloudError =>
  new CloudError('Conflict', `execution ${id} cannot be redriven: it ${why}`);
