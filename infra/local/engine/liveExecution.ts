import {
  type Command,
  ERRORS,
  type ExecutionContext,
  type HistoryEvent,
  type Limits,
  type Outcome,
  type Result,
  run,
  type StateMachine,
} from '../../../shared/semantics/states/index.ts';
import type { ExecutionRow } from './store.ts';

/** A command that has been given and not been answered. */
export type Pending = Exclude<Command, { kind: 'cancel' }>;

/** What one step of an execution brought. */
export interface Step {
  commands: Command[];
  entered: string[];
  /** Task tokens that nobody waits for any more. */
  closedTokens: string[];
  result?: Result;
}

/** The journal of an execution does not belong to its definition: the file or the interpreter was changed under it. */
export class JournalMismatch extends Error {
  override name = 'JournalMismatch';
}

/** An execution in memory: its generator, what it waits for, and how far its journal is. */
export class LiveExecution {
  readonly row: ExecutionRow;
  /** What it waits for, by key. */
  readonly pending = new Map<string, Pending>();
  /** Ends what is under way for a key. */
  readonly cancels = new Map<string, () => void>();
  /** How many outcomes its journal holds. */
  sequence = 0;
  readonly #steps: ReturnType<typeof run>;
  #entered: string[] = [];
  #closedTokens: string[] = [];

  constructor(
    row: ExecutionRow,
    machine: StateMachine,
    limits: Partial<Limits>,
    onEvent?: (event: HistoryEvent) => void,
  ) {
    this.row = row;
    this.#steps = run(machine, JSON.parse(row.input), {
      ...contextOf(row, limits),
      ...(onEvent && { onEvent }),
      onEnter: (state) => this.#entered.push(state),
    });
  }

  start(): Step {
    return this.#take(this.#steps.next());
  }

  /** Takes an outcome in that is in the journal or is being written to it. */
  resume(outcome: Outcome): Step {
    if (outcome.kind !== 'redriven' && !this.pending.has(outcome.key))
      throw new JournalMismatch(`nothing waits for "${outcome.key}"`);
    this.sequence += 1;
    if (outcome.kind !== 'heartbeat') this.#settle(outcome.key);
    return this.#take(this.#steps.next(outcome));
  }

  /** The states it waits in, outermost first, as its keys name them. */
  currentStates(): string[] {
    const names = [...this.pending.keys()]
      .filter((key) => key.includes('#'))
      .flatMap((key) => key.split('/').map((part) => decodeURIComponent(part.slice(0, part.indexOf('#')))));
    return [...new Set(names)];
  }

  #settle(key: string): void {
    const command = this.pending.get(key);
    if (command?.kind === 'task' && command.taskToken !== undefined) this.#closedTokens.push(command.taskToken);
    this.pending.delete(key);
  }

  #take(step: IteratorResult<Command[], Result>): Step {
    const commands = step.done ? [] : step.value;
    for (const command of commands) {
      if (command.kind === 'cancel') this.#settle(command.key);
      else this.pending.set(command.key, command);
    }
    const [entered, closedTokens] = [this.#entered, this.#closedTokens];
    [this.#entered, this.#closedTokens] = [[], []];
    return { commands, entered, closedTokens, ...(step.done && { result: step.value }) };
  }
}

/** A step that cannot be taken ends the execution, not the host. */
export function stepOf(take: () => Step): Step {
  try {
    return take();
  } catch (error) {
    const cause = `the execution cannot go on: ${(error as Error).message}`;
    return { commands: [], entered: [], closedTokens: [], result: { status: 'FAILED', error: ERRORS.Runtime, cause } };
  }
}

/** Two steps of which only the last one's commands still count. */
export const mergeSteps = (earlier: Step, later: Step): Step => ({
  ...later,
  entered: [...earlier.entered, ...later.entered],
});

function contextOf(row: ExecutionRow, limits: Partial<Limits>): ExecutionContext {
  return {
    id: row.id,
    name: row.name,
    startedAt: row.started_at,
    seed: row.seed,
    stateMachine: { id: row.workflow, name: row.workflow },
    limits,
  };
}
