import type { Clock } from '../../core/clock.ts';
import type { Json, JsonObject, StateMachine } from './definition.ts';
import type { Command, Outcome, Result, TaskCommand } from './effects.ts';
import type { HistoryEvent } from './execution.ts';
import { run } from './interpreter.ts';
import { afterReal, JumpingClock, resourcesHeld, waitsForSomethingReal } from './jumpingClock.ts';
import type { Limits } from './limits.ts';
import { parse } from './parse.ts';
import { taskFailure } from './taskFailure.ts';

/** What a task is told beside its resource and payload. */
export interface TaskInfo {
  state: string;
  /** The same for the same attempt of the same visit of the same execution. */
  idempotencyKey: string;
  /** 1 for the first call of a visit, one more for each Retry. */
  attempt: number;
  /** Aborted when the outcome is of no use any more: a timeout, a failed sibling, an ended execution. */
  signal: AbortSignal;
  /** With `.waitForTaskToken`. */
  taskToken?: string;
}

export interface ExecuteOptions {
  /** Does one task: returns its result, or throws an error whose `name` is the States error and whose `message` is the cause. */
  task(resource: string, payload: Json, info: TaskInfo): unknown;
  /** Where the time comes from; left out, a virtual clock that jumps to the next timer when nothing else runs. */
  clock?: Clock;
  /** Fields of the context object: `{ Execution: { Name: 'nightly' }, StateMachine: { … } }`. */
  context?: JsonObject;
  /** What random values, UUIDs and task tokens are derived from: the same seed, the same values. */
  seed?: string | number;
  limits?: Partial<Limits>;
  /** Ends the execution as ABORTED. */
  signal?: AbortSignal;
  /** Told of every event of the history as it happens. */
  onEvent?: (event: HistoryEvent) => void;
}

/** How an execution ended, and the names of the states it entered, in order; an item of a distributed Map is an execution of its own. */
export type ExecuteResult = Omit<Result, 'status'> & { status: Result['status'] | 'ABORTED'; trace: string[] };

/**
 * Runs a state machine in memory to its end; without an input it begins with `{}`. A `.waitForTaskToken` task ends with what `task` returns: alone in a process there is
 * nobody else to answer the token.
 */
export async function execute(
  definition: unknown,
  input: Json | undefined,
  options: ExecuteOptions,
): Promise<ExecuteResult> {
  return new MemoryRun(parse(definition), structuredClone(input === undefined ? {} : input), options).result();
}

/** How long tasks that wait for nothing real are waited for; something may still resolve them. */
const QUIET_MILLISECONDS = 20;

class MemoryRun {
  readonly #options: ExecuteOptions;
  readonly #clock: Clock;
  readonly #id: string;
  readonly #trace: string[] = [];
  readonly #steps: ReturnType<typeof run>;
  readonly #outcomes: Outcome[] = [];
  readonly #cancels = new Map<string, () => void>();
  /** The tasks under way, and whether each waits for something real. */
  readonly #tasks = new Map<string, boolean>();
  #wake: () => void = () => {};

  constructor(machine: StateMachine, input: Json, options: ExecuteOptions) {
    this.#options = options;
    this.#clock = options.clock ?? new JumpingClock(Date.now());
    const given = options.context?.Execution as { Id?: string; Name?: string } | undefined;
    this.#id = given?.Id ?? 'execution';
    this.#steps = run(machine, input, {
      id: this.#id,
      name: given?.Name ?? this.#id,
      startedAt: this.#clock.now().getTime(),
      seed: String(options.seed ?? Math.random()),
      ...(options.context && { context: options.context }),
      ...(options.limits && { limits: options.limits }),
      ...(options.onEvent && { onEvent: options.onEvent }),
      onEnter: (state, inItem) => {
        if (!inItem) this.#trace.push(state);
      },
    });
  }

  async result(): Promise<ExecuteResult> {
    const { signal } = this.#options;
    const stop = (): void => this.#wake();
    signal?.addEventListener('abort', stop);
    try {
      for (let step = this.#steps.next(); ; step = this.#steps.next(this.#outcomes.shift()!)) {
        if (step.done) return { ...step.value, trace: this.#trace };
        for (const command of step.value) this.#perform(command);
        await this.#outcome();
        if (signal?.aborted) return { status: 'ABORTED', trace: this.#trace };
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      for (const cancel of [...this.#cancels.values()]) cancel();
    }
  }

  /** Waits until there is an outcome to go on with, or the execution is aborted. */
  async #outcome(): Promise<void> {
    while (this.#outcomes.length === 0 && !this.#options.signal?.aborted) {
      const patience = this.#patience();
      if (patience === 0 || !(await this.#arrivesWithin(patience))) (this.#clock as JumpingClock).jump();
    }
  }

  /** How long tasks may take in real milliseconds before the virtual clock jumps over them; for ever where nothing can be jumped to. */
  #patience(): number {
    const clock = this.#clock;
    if (!(clock instanceof JumpingClock)) return Number.POSITIVE_INFINITY;
    if (this.#tasks.size === 0) return 0;
    const { untilNext = Number.POSITIVE_INFINITY } = clock;
    const real = [...this.#tasks.values()].some((waitsForReal) => waitsForReal);
    return real
      ? untilNext
      : untilNext === Number.POSITIVE_INFINITY
        ? untilNext
        : Math.min(untilNext, QUIET_MILLISECONDS);
  }

  async #arrivesWithin(milliseconds: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#wake = () => resolve(true);
    const cancel = afterReal(milliseconds, () => resolve(false));
    const arrived = await promise;
    cancel();
    return arrived;
  }

  #perform(command: Command): void {
    if (command.kind === 'cancel') this.#cancels.get(command.key)?.();
    else if (command.kind === 'task') void this.#call(command);
    else {
      const cancel = this.#clock.at(new Date(command.at), () => this.#arrive({ kind: 'fired', key: command.key }));
      this.#cancels.set(command.key, () => {
        this.#cancels.delete(command.key);
        cancel();
      });
    }
  }

  async #call({ key, state, resource, payload, attempt, taskToken }: TaskCommand): Promise<void> {
    const abort = new AbortController();
    this.#tasks.set(key, false);
    this.#cancels.set(key, () => {
      this.#cancels.delete(key);
      this.#tasks.delete(key);
      abort.abort();
    });
    const info = {
      state,
      idempotencyKey: `${this.#id}:${key}`,
      attempt,
      signal: abort.signal,
      ...(taskToken && { taskToken }),
    };
    const before = resourcesHeld();
    const ending = this.#attempt(() => this.#options.task(resource, structuredClone(payload), info));
    void waitsForSomethingReal(before).then((real) => this.#tasks.has(key) && real && this.#busy(key));
    const end = await ending;
    if (abort.signal.aborted) return;
    this.#tasks.delete(key);
    this.#arrive({ ...end, key });
  }

  /** A task waits for something real after all: whoever waits for it must look again at how long. */
  #busy(key: string): void {
    this.#tasks.set(key, true);
    this.#wake();
  }

  async #attempt(task: () => unknown): Promise<{ kind: 'succeeded'; output: Json } | { kind: 'failed' }> {
    try {
      // Through JSON, as a result would come over a wire; what is no JSON value at all becomes null.
      return { kind: 'succeeded', output: JSON.parse(JSON.stringify((await task()) ?? null) ?? 'null') as Json };
    } catch (thrown) {
      return { kind: 'failed', ...taskFailure(thrown) };
    }
  }

  #arrive(outcome: OutcomeWithoutTime): void {
    this.#cancels.delete(outcome.key);
    this.#outcomes.push({ ...outcome, at: this.#clock.now().getTime() } as Outcome);
    this.#wake();
  }
}

type OutcomeWithoutTime = Outcome extends infer O ? (O extends Outcome ? Omit<O, 'at'> : never) : never;
