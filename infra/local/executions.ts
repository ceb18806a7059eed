import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../shared/core/clock.ts';
import type { Json } from '../../shared/core/codecs.ts';
import { diskError } from '../../shared/drivers/sqlite/database.ts';
import type { GroupCommit } from '../../shared/drivers/sqlite/groupCommit.ts';
import type { StoragePort } from '../../shared/drivers/storage/port.ts';
import type { CloudEvent, Execution, RequestOptions, TaskAnswer } from '../../shared/host.ts';
import { type Cause, causeOfRequest, currentCause } from './bus/cause.ts';
import { ExecutionCauses } from './bus/executionCauses.ts';
import { Engine, type TaskCall } from './engine/engine.ts';
import { isStorageTask, performStorageTask } from './engine/storageTasks.ts';
import { Jobs } from './jobs.ts';

export interface ExecutionsOptions {
  database: DatabaseSync;
  commit: GroupCommit;
  clock: Clock;
  /** Adds an event to the bus, in the transaction that is open. */
  append(event: CloudEvent): void;
  /** The cursor of the newest event. */
  position(): number;
  invoke(operation: string, input: Json, request: RequestOptions): Promise<Json>;
  storage(provider: string | undefined): Promise<StoragePort>;
}

interface Start {
  workflow: string;
  input: Json;
  name?: string;
}

/** The executions of a host's workflows: what their tasks do, what led to them, and the events that tell of them. */
export class Executions {
  readonly #options: ExecutionsOptions;
  readonly #engine: Engine;
  readonly #jobs: Jobs;
  readonly #causes: ExecutionCauses;

  constructor(options: ExecutionsOptions) {
    const { database, clock } = options;
    this.#options = options;
    this.#causes = new ExecutionCauses(database);
    this.#engine = new Engine({
      database,
      clock,
      task: (call) => this.#perform(call),
      onChange: ({ execution, entered }) => this.#tell(execution, entered),
    });
    this.#jobs = new Jobs({
      database,
      engine: this.#engine,
      start: (workflow, input, name) => this.begin({ workflow, input, name }),
    });
  }

  /** Has these workflows and no others; executions that run end on the definitions that they began with. */
  use(workflows: [name: string, definition: Json][]): void {
    for (const [name, definition] of workflows) this.#engine.register(name, definition);
    this.#engine.retain(workflows.map(([name]) => name));
  }

  /** Takes up the executions that an earlier process left. */
  resume(): void {
    this.#engine.resume();
    this.#jobs.resume();
  }

  async close(): Promise<void> {
    this.#jobs.close();
    await this.#engine.close();
  }

  /** Starts one, together with others that are started at the same time; resolves when that is on the disk. */
  start(request: Start): Promise<{ execution: string; created: boolean }> {
    const cause = causeOfRequest({});
    return this.#options.commit
      .run(() => this.begin(request, cause))
      .catch((error) => {
        throw diskError(error);
      });
  }

  /** Starts one in the transaction that is open; what led to it is noted in the same. */
  begin(request: Start, cause: Cause = causeOfRequest({})): { execution: string; created: boolean } {
    const { execution, created } = this.#engine.start(request);
    if (created) this.#causes.set(execution.id, cause);
    return { execution: execution.id, created };
  }

  get(id: string): Execution | undefined {
    return this.#engine.get(id);
  }

  list(filter: { workflow?: string; limit?: number }): Execution[] {
    return this.#engine.list(filter).flatMap(({ id }) => this.#engine.get(id) ?? []);
  }

  history(id: string): Json[] {
    return this.#engine.history(id) as unknown as Json[];
  }

  wait(id: string): Promise<Execution> {
    return this.#engine.wait(id);
  }

  stop(id: string, { error, cause }: { error?: string; cause?: string }): void {
    this.#engine.stop(id, error, cause);
  }

  redrive(id: string): void {
    this.#engine.redrive(id);
  }

  signal(token: string, answer: TaskAnswer): void {
    if ('output' in answer) this.#engine.succeedTask(token, answer.output);
    else this.#engine.failTask(token, answer.error, answer.cause);
  }

  heartbeat(token: string): void {
    this.#engine.heartbeatTask(token);
  }

  #perform(call: TaskCall): Promise<Json> {
    const { provider, ...input } = call.payload as { provider?: string; [key: string]: Json | undefined };
    const request = { requestId: call.idempotencyKey, ...(provider && { provider }) };
    const invoke = (operation: string): Promise<Json> => this.#options.invoke(operation, input as Json, request);
    return this.#because(call.execution, async () =>
      isStorageTask(call.resource)
        ? performStorageTask(call.resource, input as Json, await this.#options.storage(provider))
        : this.#jobs.perform(call, invoke),
    );
  }

  #tell(execution: { id: string; workflow: string; status: string }, entered: string | undefined): void {
    const { append, clock, position } = this.#options;
    const { id, workflow, status } = execution;
    const event: CloudEvent = {
      specversion: '1.0',
      id: `${id}.${position()}.${entered ?? status}`,
      source: `/workflows/${workflow}`,
      type: entered ? 'cloudlib.workflow.entered' : 'cloudlib.workflow.status',
      time: clock.now().toISOString(),
      subject: id,
      datacontenttype: 'application/json',
      data: { execution: id, workflow, status, ...(entered && { state: entered }) },
    };
    this.#because(id, () => append(event));
  }

  /** Does something as a consequence of what led to an execution. */
  #because<T>(execution: string, action: () => T): T {
    return currentCause.run(this.#causes.of(execution) ?? causeOfRequest({}), action);
  }
}
