import type { Json } from '../../../shared/core/codecs.ts';
import { type Command, type Outcome, type TaskCommand, taskFailure } from '../../../shared/semantics/states/index.ts';
import type { Arrival } from './arrivals.ts';
import type { LiveExecution, Pending } from './liveExecution.ts';
import type { EngineOptions } from './types.ts';

/** Acts on the commands of executions, and reports what comes of them. */
export class Performer {
  readonly #options: EngineOptions;
  readonly #arrive: (arrival: Arrival) => void;

  constructor(options: EngineOptions, arrive: (arrival: Arrival) => void) {
    this.#options = options;
    this.#arrive = arrive;
  }

  /** Calls the task, sets the timer or cancels what is under way; what is under way already is left alone. */
  perform(live: LiveExecution, command: Command): void {
    if (command.kind === 'cancel') {
      live.cancels.get(command.key)?.();
      return;
    }
    if (!live.pending.has(command.key) || live.cancels.has(command.key)) return;
    if (command.kind === 'task') void this.#call(live, command);
    else this.#setTimer(live, command);
  }

  #setTimer(live: LiveExecution, { key, at }: Extract<Pending, { kind: 'timer' }>): void {
    const fire = (): void => {
      live.cancels.delete(key);
      this.#arrive({ kind: 'outcome', live, outcome: { kind: 'fired', key, at: this.#now() } });
    };
    const cancel = this.#options.clock.at(new Date(at), fire);
    live.cancels.set(key, () => {
      live.cancels.delete(key);
      cancel();
    });
  }

  async #call(live: LiveExecution, command: TaskCommand): Promise<void> {
    const { key, state, resource, payload, attempt, taskToken } = command;
    const { id, workflow } = live.row;
    const abort = new AbortController();
    live.cancels.set(key, () => {
      live.cancels.delete(key);
      abort.abort();
    });
    const call = {
      execution: id,
      workflow,
      state,
      resource,
      payload: structuredClone(payload),
      idempotencyKey: `${id}:${key}`,
      attempt,
      signal: abort.signal,
      ...(taskToken !== undefined && { taskToken }),
    };
    let outcome: Outcome | undefined;
    try {
      const returned = await this.#options.task(call);
      if (taskToken === undefined) outcome = { kind: 'succeeded', key, output: toJson(returned), at: this.#now() };
    } catch (thrown) {
      outcome = { kind: 'failed', key, ...taskFailure(thrown), at: this.#now() };
    }
    if (abort.signal.aborted) return;
    live.cancels.delete(key);
    if (outcome) this.#arrive({ kind: 'outcome', live, outcome });
    else this.#arrive({ kind: 'delivered', token: taskToken! });
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

/** A result as it would come over a wire; what is no JSON value at all becomes null. */
const toJson = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null) ?? 'null') as Json;
