import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Json } from '../../shared/core/codecs.ts';
import { CloudError } from '../../shared/core/errors.ts';
import { transaction } from '../../shared/drivers/sqlite/database.ts';
import type { Execution } from '../../shared/host.ts';
import { StateError } from '../../shared/semantics/states/index.ts';
import type { Engine, TaskCall } from './engine/engine.ts';

type JsonObject = { [key: string]: Json };

/** Step Functions' own way to start one workflow from another; the name of the workflow stands where the cloud has an ARN. */
const START_EXECUTION = 'arn:aws:states:::states:startExecution';
const SUFFIX = /\.(sync|sync:2|waitForTaskToken)$/;

export interface JobsOptions {
  database: DatabaseSync;
  engine: Engine;
  /** Starts a workflow within the transaction that is open; the same name again is the same execution. */
  start(workflow: string, input: Json, name: string): { execution: string; created: boolean };
}

/**
 * The executions that tasks of other executions start and wait for (`.sync`). Which task waits for which is kept, so that after a restart
 * it waits for the same one, and so that none goes on for a parent that has ended.
 */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #insert: StatementSync;
  readonly #find: StatementSync;
  readonly #all: StatementSync;
  readonly #delete: StatementSync;
  #closed = false;

  constructor(options: JobsOptions) {
    this.#options = options;
    const { database } = options;
    database.exec(`create table if not exists jobs (task text primary key, parent text not null, execution text not null,
      started text not null, waited integer not null) strict, without rowid`);
    this.#insert = database.prepare('insert or ignore into jobs values (?, ?, ?, ?, ?)');
    this.#find = database.prepare('select execution, started from jobs where task = ?');
    this.#all = database.prepare('select task, parent, execution, waited from jobs');
    this.#delete = database.prepare('delete from jobs where task = ?');
  }

  /** Performs one task; `invoke` runs an operation by its name. */
  async perform(call: TaskCall, invoke: (operation: string) => Promise<Json>): Promise<Json> {
    const suffix = SUFFIX.exec(call.resource)?.[1] ?? '';
    const action = call.resource.replace(SUFFIX, '');
    if (action === START_EXECUTION) return this.#workflow(call, suffix);
    const operation = action.replace(/^cloudlib:/, '');
    return suffix.startsWith('sync') ? this.#operation(call, operation, invoke) : invoke(operation);
  }

  /** Stops what still runs for a parent that ended while no host ran; called once when the host starts. */
  resume(): void {
    const { engine } = this.#options;
    for (const { task, parent, execution, waited } of this.#all.all() as unknown as Row[]) {
      if (engine.get(parent)?.status === 'RUNNING') continue;
      if (waited === 1) engine.stop(execution, ...abandoned(parent));
      this.#delete.run(task);
    }
  }

  /** From here on a task that is given up means that the host ends, and not the job. */
  close(): void {
    this.#closed = true;
  }

  async #workflow(call: TaskCall, suffix: string): Promise<Json> {
    const known = this.#known(call);
    const waits = suffix.startsWith('sync');
    const execution = known?.execution ?? transaction(this.#options.database, () => this.#start(call, waits));
    if (!waits) {
      const { startedAt } = this.#options.engine.get(execution)!;
      return { ExecutionArn: execution, StartDate: startedAt.getTime() };
    }
    const asText = (value: Json | undefined): Json =>
      suffix === 'sync' ? JSON.stringify(value ?? null) : (value ?? null);
    return this.#end(call, execution, (ended) => described(ended, asText));
  }

  /** Starts a nested workflow and notes it, in one commit. */
  #start(call: TaskCall, waits: boolean): string {
    const { StateMachineArn, Input = {}, Name } = call.payload as JsonObject;
    if (typeof StateMachineArn !== 'string') {
      throw new CloudError('InvalidInput', `${START_EXECUTION}: StateMachineArn must be the name of a workflow`);
    }
    const name = typeof Name === 'string' ? Name : call.idempotencyKey;
    const { execution, created } = this.#options.start(StateMachineArn.replace(/^.*:/, ''), Input, name);
    if (!created) {
      throw new StateError('StepFunctions.ExecutionAlreadyExistsException', `there is an execution "${name}" already`);
    }
    this.#insert.run(call.idempotencyKey, call.execution, execution, '{}', waits ? 1 : 0);
    return execution;
  }

  async #operation(call: TaskCall, operation: string, invoke: (operation: string) => Promise<Json>): Promise<Json> {
    const job = this.#known(call) ?? (await this.#begin(call, operation, invoke));
    return this.#end(call, job.execution, ({ status, output = null }) => ({ ...job.started, status, output }));
  }

  async #begin(call: TaskCall, operation: string, invoke: (operation: string) => Promise<Json>): Promise<Job> {
    const started = (await invoke(operation)) as JsonObject | null;
    const execution = started?.execution;
    if (typeof execution !== 'string' || !this.#options.engine.get(execution)) {
      throw new CloudError(
        'InvalidInput',
        `${call.resource}: ${operation} starts no execution that could be waited for; take the .sync off`,
      );
    }
    this.#insert.run(call.idempotencyKey, call.execution, execution, JSON.stringify(started), 1);
    return { execution, started: started! };
  }

  #known({ idempotencyKey }: TaskCall): Job | undefined {
    const row = this.#find.get(idempotencyKey) as { execution: string; started: string } | undefined;
    return row && { execution: row.execution, started: JSON.parse(row.started) as JsonObject };
  }

  /** Waits for the end of a job; when nobody waits for its task any more, the job is stopped. */
  async #end(call: TaskCall, execution: string, form: (ended: Execution) => Json): Promise<Json> {
    const { engine } = this.#options;
    const stop = (): void => {
      if (!this.#closed) engine.stop(execution, ...abandoned(call.execution));
    };
    call.signal.addEventListener('abort', stop, { once: true });
    if (call.signal.aborted) stop();
    const ended = await engine.wait(execution);
    call.signal.removeEventListener('abort', stop);
    if (ended.status === 'SUCCEEDED') return form(ended);
    throw new StateError(
      'States.TaskFailed',
      JSON.stringify(described(ended, (value) => JSON.stringify(value ?? null))),
    );
  }
}

interface Row {
  task: string;
  parent: string;
  execution: string;
  /** 1 where the task waits for the end of the execution. */
  waited: number;
}

interface Job {
  execution: string;
  /** What the operation that started it gave. */
  started: JsonObject;
}

const abandoned = (parent: string): [error: string, cause: string] => [
  'States.TaskAborted',
  `the task of execution ${parent} that waited for this one was given up`,
];

/** An execution as DescribeExecution of Step Functions has it. */
function described(execution: Execution, form: (value: Json | undefined) => Json): JsonObject {
  const { id, workflow, status, startedAt, stoppedAt, input, output, error, cause } = execution;
  return {
    ExecutionArn: id,
    StateMachineArn: workflow,
    Status: status,
    StartDate: startedAt.getTime(),
    ...(stoppedAt && { StopDate: stoppedAt.getTime() }),
    Input: form(input),
    ...(output !== undefined && { Output: form(output) }),
    ...(error !== undefined && { Error: error }),
    ...(cause !== undefined && { Cause: cause }),
  };
}
