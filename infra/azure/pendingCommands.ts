import type { DurableOrchestrationContext, Task, TimerTask } from 'durable-functions';
import type { Json } from '../../shared/core/codecs.ts';
import {
  type Command,
  ERRORS,
  type Outcome,
  type TaskCommand,
  type TimerCommand,
} from '../../shared/semantics/states/index.ts';
import type { ActivityCall, ActivityResult } from './activity.ts';
import { anyOf } from './anyOf.ts';

/** A command that waits for its outcome, and what of Durable Functions it waits for. */
interface Pending {
  command: Exclude<Command, { kind: 'cancel' }>;
  /** When the interpreter asked for it. */
  askedAt: number;
  /** When its activity was called. */
  calledAt?: number;
  /** When its timer is due. */
  dueAt?: number;
  call?: Task;
  event?: Task;
  timer?: TimerTask;
  /** The work behind a task token was handed over. */
  delivered?: true;
}

export interface PendingCommandsOptions {
  /** The name of the activity that invokes operations. */
  activity: string;
  workflow: string;
  /** How many activities are under way at most. */
  callsAtOnce: number;
}

/** Longer timers are made of several: one of Durable Functions' own long timers would number its parts as it goes. */
const LONGEST_TIMER = 3 * 24 * 3600 * 1000;

/** What an orchestration has asked for and not got yet; its order is that of the commands, so that every replay is the same. */
export class PendingCommands {
  readonly #df: DurableOrchestrationContext;
  readonly #options: PendingCommandsOptions;
  readonly #pending = new Map<string, Pending>();

  constructor(df: DurableOrchestrationContext, options: PendingCommandsOptions) {
    this.#df = df;
    this.#options = options;
  }

  /** Takes in what the interpreter asked for at a time; nothing of it begins before `next`. */
  take(commands: Command[], askedAt: number): void {
    for (const command of commands) {
      if (command.kind === 'cancel') this.#drop(command.key);
      else this.#pending.set(command.key, { command, askedAt });
    }
  }

  /** An outcome of the journal has been used. */
  settle(outcome: Outcome): void {
    if (outcome.kind !== 'heartbeat') this.#drop(outcome.key);
  }

  /** Whether nothing would get lost if all that is under way were forgotten: timers alone can be set again. */
  get renewable(): boolean {
    return [...this.#pending.values()].every(({ call, event }) => !call && !event);
  }

  /** Whether a task token waits for its answer, which may take days. */
  get awaitsAnswer(): boolean {
    return [...this.#pending.values()].some(({ event }) => event);
  }

  /** The states that are under way, outermost first, as their keys name them. */
  get states(): string[] {
    const names = [...this.#pending.keys()]
      .filter((key) => key.includes('#'))
      .flatMap((key) => key.split('/').map((part) => decodeURIComponent(part.slice(0, part.indexOf('#')))));
    return [...new Set(names)];
  }

  /** Begins what may begin, and gives what to yield; `holding` begins no further activity. */
  next(holding: boolean): Task {
    const open = [...this.#pending.values()].flatMap(tasksOf);
    const fresh = this.#begin(holding);
    return anyOf(this.#df, open, fresh);
  }

  /** The first outcome that has come, if any. */
  arrived(): Outcome | undefined {
    for (const pending of this.#pending.values()) {
      const outcome = this.#outcomeOf(pending);
      if (outcome) return outcome;
    }
    return undefined;
  }

  /** Cancels every timer: an orchestration with open timers does not end. */
  close(): void {
    for (const key of [...this.#pending.keys()]) this.#drop(key);
  }

  get #now(): number {
    return this.#df.currentUtcDateTime.getTime();
  }

  #drop(key: string): void {
    const timer = this.#pending.get(key)?.timer;
    if (timer && !timer.isCompleted) timer.cancel();
    this.#pending.delete(key);
  }

  #begin(holding: boolean): Task[] {
    const all = [...this.#pending.values()];
    let room = holding ? 0 : this.#options.callsAtOnce - all.filter(({ call }) => call).length;
    const fresh: Task[] = [];
    for (const pending of all) {
      const { command } = pending;
      if (command.kind === 'timer') {
        if (!pending.timer) fresh.push(...this.#setTimer(pending, command));
      } else if (pending.delivered || pending.call) {
        if (command.taskToken !== undefined && !pending.event)
          fresh.push(this.#awaitAnswer(pending, command.taskToken));
      } else if (room > 0) {
        room -= 1;
        fresh.push(this.#call(pending, command));
        if (command.taskToken !== undefined) fresh.push(this.#awaitAnswer(pending, command.taskToken));
      }
    }
    return fresh;
  }

  /** A task that is held back has the time that it may take from when it is called. */
  #setTimer(pending: Pending, { key, at }: TimerCommand): Task[] {
    const task = this.#pending.get(key.slice(0, key.lastIndexOf('!')));
    if (task && task.calledAt === undefined) return [];
    pending.dueAt ??= at + Math.max(0, (task?.calledAt ?? 0) - pending.askedAt);
    pending.timer = this.#df.createTimer(new Date(Math.min(pending.dueAt, this.#now + LONGEST_TIMER)));
    return [pending.timer];
  }

  #awaitAnswer(pending: Pending, token: string): Task {
    pending.event = this.#df.waitForExternalEvent(token);
    return pending.event;
  }

  #call(pending: Pending, { key, state, resource, payload, attempt, taskToken }: TaskCommand): Task {
    const { instanceId } = this.#df;
    const call: ActivityCall = {
      execution: instanceId,
      workflow: this.#options.workflow,
      state,
      resource,
      payload,
      idempotencyKey: `${instanceId}:${key}`,
      attempt,
      ...(taskToken !== undefined && { taskToken }),
    };
    pending.calledAt = this.#now;
    pending.call = this.#df.callActivity(this.#options.activity, call);
    return pending.call;
  }

  #outcomeOf(pending: Pending): Outcome | undefined {
    const { command, timer, event, call } = pending;
    const about = { key: command.key, at: this.#now };
    if (timer?.isCompleted) {
      delete pending.timer;
      // A part of a long wait; the next one is set with the next yield.
      return pending.dueAt! > about.at ? undefined : { ...about, kind: 'fired' };
    }
    if (event?.isCompleted) {
      delete pending.event;
      return { ...about, ...answerOf(event.result) };
    }
    if (call?.isFaulted) return { ...about, kind: 'failed', error: ERRORS.TaskFailed, cause: causeOf(call.result) };
    if (!call?.isCompleted) return undefined;
    delete pending.call;
    const result = call.result as ActivityResult;
    if ('failure' in result) return { ...about, kind: 'failed', ...result.failure };
    if (command.kind === 'task' && command.taskToken === undefined) {
      return { ...about, kind: 'succeeded', output: result.output };
    }
    pending.delivered = true;
    return undefined;
  }
}

const tasksOf = ({ timer, event, call }: Pending): Task[] => [timer, event, call].flatMap((task) => task ?? []);

type Answer =
  | { kind: 'heartbeat' }
  | { kind: 'succeeded'; output: Json }
  | { kind: 'failed'; error?: string; cause?: string };

/** What somebody raised for a task token; what is no answer fails the task, because nobody else could be told. */
function answerOf(raised: unknown): Answer {
  const answer = (raised ?? {}) as { output?: Json; error?: string; cause?: string; heartbeat?: true };
  if (answer.heartbeat) return { kind: 'heartbeat' };
  if (answer.output !== undefined) return { kind: 'succeeded', output: answer.output };
  if (typeof answer.error === 'string') return { kind: 'failed', error: answer.error, cause: answer.cause ?? '' };
  return {
    kind: 'failed',
    error: ERRORS.TaskFailed,
    cause: 'the task token was answered with neither output nor error',
  };
}

const causeOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure));
