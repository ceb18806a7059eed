import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../../shared/core/clock.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import type { Limits } from '../../../shared/semantics/states/index.ts';

/** How an execution stands. */
export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** One execution in a list. */
export interface ExecutionSummary {
  id: string;
  workflow: string;
  name: string;
  status: Status;
  startedAt: Date;
  stoppedAt?: Date;
}

/** One execution with all that is known of it. */
export interface ExecutionDetail extends ExecutionSummary {
  input: Json;
  output?: Json;
  error?: string;
  cause?: string;
  /** The states it waits in, outermost first. */
  currentStates: string[];
}

/** One call of a task: what to do, and under which key to do it once. */
export interface TaskCall {
  execution: string;
  workflow: string;
  state: string;
  resource: string;
  payload: Json;
  /** The same whenever this attempt is called again after a crash; a Retry has another. */
  idempotencyKey: string;
  /** 1 for the first call of a visit, one more for each Retry. */
  attempt: number;
  /** With `.waitForTaskToken`: the state ends when this token is answered. */
  taskToken?: string;
  /** Aborted when the outcome is of no use any more. */
  signal: AbortSignal;
}

export interface EngineOptions {
  /** In WAL mode with synchronous=FULL; the engine keeps its tables there under names that begin with `engine_`. */
  database: DatabaseSync;
  clock: Clock;
  /** Performs one task; throws an error whose name is the States error and whose message is the cause. */
  task(call: TaskCall): Promise<unknown>;
  /** For live views: called after the commit when an execution starts, enters a state, or ends. */
  onChange?(event: { execution: ExecutionSummary; entered?: string }): void;
  limits?: Partial<Limits>;
}
