import type { Command, Outcome, Result } from '../../../shared/semantics/states/index.ts';
import { type Arrival, answerOutcome, closedBefore, idOf, type Origin, type Started } from './arrivals.ts';
import { LiveExecution, mergeSteps, type Step, stepOf } from './liveExecution.ts';
import { Performer } from './performer.ts';
import { beginningOf, type EngineStore, type ExecutionRow, type NewExecution, summaryOf } from './store.ts';
import type { EngineOptions } from './types.ts';

/** How much is committed at once, so that neither a commit nor the event loop waits long. */
const MOST_ARRIVALS = 200;
const PAUSE_AFTER_FAILURE = 1_000;

/**
 * Drives the live executions: gathers what happened since the last commit, lets each execution go on, commits all of it at once, and
 * only then acts on it.
 */
export class Driver {
  readonly #store: EngineStore;
  readonly #options: EngineOptions;
  readonly #onEnd: (id: string) => void;
  readonly #performer: Performer;
  readonly #live = new Map<string, LiveExecution>();
  #arrivals: Arrival[] = [];
  #scheduled = false;
  #closed = false;

  constructor(store: EngineStore, options: EngineOptions, onEnd: (id: string) => void) {
    this.#store = store;
    this.#options = options;
    this.#onEnd = onEnd;
    this.#performer = new Performer(options, (arrival) => this.#arrive(arrival));
  }

  /** Starts an execution with the next group commit; resolves once that is on the disk. */
  start(row: NewExecution): Promise<Started> {
    const started = Promise.withResolvers<Started>();
    if (this.#closed) started.reject(closedBefore(row));
    else this.#arrive({ kind: 'start', row, started });
    return started.promise;
  }

  /** Brings an execution to life on a later turn of the event loop, if it still exists then. */
  begin(id: string, origin: Origin): void {
    this.#arrive({ kind: 'begin', id, origin });
  }

  /** A token of an execution was answered; if that is rolled back, nothing happens. */
  answered(id: string, token: string): void {
    const live = this.#live.get(id);
    if (live) this.#arrive({ kind: 'answer', live, token });
  }

  heartbeat(id: string, key: string): void {
    const live = this.#live.get(id);
    if (live) this.#arrive({ kind: 'outcome', live, outcome: { kind: 'heartbeat', key, at: this.#now() } });
  }

  /** An execution was ended from outside. */
  stopped(id: string): void {
    setImmediate(() => {
      const row = this.#store.execution(id);
      if (row?.status === 'RUNNING') return;
      this.#forget(id);
      this.#notify([{ id }]);
      this.#onEnd(id);
    });
  }

  /** Whether an execution is alive here, and so has not ended. */
  drives(id: string): boolean {
    return this.#live.has(id);
  }

  currentStates(id: string): string[] {
    return this.#live.get(id)?.currentStates() ?? [];
  }

  close(): void {
    this.#closed = true;
    for (const arrival of this.#arrivals.splice(0)) {
      if (arrival.kind === 'start') arrival.started.reject(closedBefore(arrival.row));
    }
    for (const id of [...this.#live.keys()]) this.#forget(id);
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }

  #arrive(arrival: Arrival): void {
    if (this.#closed) return;
    this.#arrivals.push(arrival);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed || this.#arrivals.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#commit();
      this.#schedule();
    });
  }

  /** One group commit. */
  #commit(): void {
    // A caller's transaction is open across turns of the event loop: what it writes must not be committed here.
    if (this.#closed || this.#store.database.isTransaction) return;
    const arrivals = this.#arrivals.splice(0, MOST_ARRIVALS);
    const changes: Change[] = [];
    try {
      this.#store.transaction(() => {
        for (const arrival of arrivals) changes.push(...this.#take(arrival));
      });
    } catch (error) {
      this.#recover(arrivals, error);
      return;
    }
    this.#notify(changes);
    for (const { live, commands = [], result, settle } of changes) {
      settle?.();
      if (!live) continue;
      if (result) {
        this.#forget(live.row.id);
        this.#onEnd(live.row.id);
      } else for (const command of commands) this.#performer.perform(live, command);
    }
  }

  #take(arrival: Arrival): Change[] {
    switch (arrival.kind) {
      case 'start':
        return this.#start(arrival.row, arrival.started);
      case 'begin':
        return this.#begin(arrival.id, arrival.origin);
      case 'delivered':
        this.#store.deliverToken(arrival.token);
        return [];
      case 'answer': {
        const row = this.#store.token(arrival.token);
        return row?.answer ? this.#outcome(arrival.live, answerOutcome(row.key, row.answer, this.#now())) : [];
      }
      case 'outcome':
        return this.#outcome(arrival.live, arrival.outcome);
    }
  }

  #outcome(live: LiveExecution, outcome: Outcome): Change[] {
    if (this.#live.get(live.row.id) !== live || !live.pending.has(outcome.key)) return [];
    this.#store.append(live.row.number, live.sequence, outcome);
    return [
      this.#record(
        live,
        stepOf(() => live.resume(outcome)),
      ),
    ];
  }

  #start(wanted: NewExecution, started: PromiseWithResolvers<Started>): Change[] {
    const number = this.#store.start(wanted);
    if (number === undefined) {
      const row = this.#store.named(wanted.workflow, wanted.name)!;
      return [{ id: row.id, settle: () => started.resolve({ row, created: false }), told: true }];
    }
    const row = beginningOf(wanted, number);
    const live = this.#enliven(row);
    const settle = (): void => started.resolve({ row, created: true });
    return [
      { id: row.id, settle },
      this.#record(
        live,
        stepOf(() => live.start()),
      ),
    ];
  }

  #enliven(row: ExecutionRow): LiveExecution {
    const live = new LiveExecution(row, this.#store.machine(row.definition), this.#options.limits ?? {});
    this.#live.set(row.id, live);
    return live;
  }

  /** Replays the journal of an execution, then acts on what it still waits for. */
  #begin(id: string, origin: Origin): Change[] {
    const row = this.#store.execution(id);
    if (row?.status !== 'RUNNING' || this.#live.has(id)) return [];
    const live = this.#enliven(row);
    const journal = this.#store.journal(row.number);
    const step = stepOf(() => journal.reduce((last, outcome) => mergeSteps(last, live.resume(outcome)), live.start()));
    const tokens = this.#store.tokensOf(row.number);
    const commands = [...live.pending.values()].filter((command) => {
      const token = tokens.get(command.key);
      if (token?.answer) this.#arrive({ kind: 'answer', live, token: token.token });
      return !token?.answer && !token?.delivered;
    });
    const change = this.#record(live, { ...step, commands });
    if (origin === 'new') return [{ id }, change];
    return [...(origin === 'redriven' ? [{ id }] : []), { ...change, entered: [] }];
  }

  /** Writes the consequences of a step: new tokens, tokens that are over, the end. */
  #record(live: LiveExecution, { commands, entered, result, closedTokens }: Step): Change {
    const { id, number } = live.row;
    for (const token of closedTokens) this.#store.closeToken(token);
    for (const command of commands) {
      if (command.kind === 'task' && command.taskToken) this.#store.issueToken(command.taskToken, number, command.key);
    }
    if (result) this.#store.end(id, this.#now(), result);
    return { id, live, commands, entered, ...(result && { result }) };
  }

  #forget(id: string): void {
    const live = this.#live.get(id);
    this.#live.delete(id);
    for (const cancel of [...(live?.cancels.values() ?? [])]) cancel();
  }

  /** The commit failed (a full disk, say): nothing of it happened, so its executions begin again from their journals. */
  #recover(arrivals: Arrival[], error: unknown): void {
    for (const arrival of arrivals) {
      if (arrival.kind !== 'start') continue;
      this.#forget(arrival.row.id);
      arrival.started.reject(error);
    }
    if (this.#closed) return;
    process.emitWarning(`engine: a commit failed and is tried again: ${(error as Error).message}`);
    const ids = new Set(arrivals.flatMap((arrival) => idOf(arrival) ?? []));
    for (const id of ids) this.#forget(id);
    this.#options.clock.at(new Date(this.#now() + PAUSE_AFTER_FAILURE), () => {
      for (const id of ids) this.begin(id, 'resumed');
    });
  }

  /** Tells the listener, in one transaction, because a listener that keeps what it hears should not pay for a commit each time. */
  #notify(changes: Change[]): void {
    const { onChange } = this.#options;
    if (!onChange || changes.length === 0) return;
    try {
      this.#store.transaction(() => {
        for (const { id, live, entered = [], result, told } of changes) {
          if (told) continue;
          const row = this.#store.execution(id);
          if (!row) continue;
          const running = { ...summaryOf(row), status: 'RUNNING' as const };
          for (const state of entered) onChange({ execution: running, entered: state });
          if (result) onChange({ execution: summaryOf(row) });
          else if (!live) onChange({ execution: row.status === 'RUNNING' ? running : summaryOf(row) });
        }
      });
    } catch (error) {
      process.emitWarning(`engine: a listener failed: ${(error as Error).message}`);
    }
  }
}

/** What is to be told and done once a step is committed. */
interface Change {
  id: string;
  live?: LiveExecution;
  commands?: Command[];
  entered?: string[];
  result?: Result;
  /** Tells who asked for it. */
  settle?: () => void;
  /** It was told to the listener before. */
  told?: true;
}
