import type { Json } from './definition.ts';

/** A call of a task that the driver is to make; `key` is the same on every replay and differs for each attempt. */
export interface TaskCommand {
  kind: 'task';
  key: string;
  state: string;
  resource: string;
  payload: Json;
  /** 1 for the first call of a visit, one more for each Retry. */
  attempt: number;
  /** For `.waitForTaskToken`: the state ends when this token is answered, whatever the call returns. */
  taskToken?: string;
}

/** A point in time (milliseconds since 1970) that the driver is to report when it has come. */
export interface TimerCommand {
  kind: 'timer';
  key: string;
  at: number;
}

/** A task or timer whose outcome nobody waits for any more. */
export interface CancelCommand {
  kind: 'cancel';
  key: string;
}

/** What the interpreter asks of its driver. */
export type Command = TaskCommand | TimerCommand | CancelCommand;

/** What the driver reports; `at` is when, and becomes the interpreter's time. */
export type Outcome = { key: string; at: number } & (
  | { kind: 'succeeded'; output: Json }
  | { kind: 'failed'; error?: string; cause?: string }
  | { kind: 'fired' }
  | { kind: 'heartbeat' }
  | Redriven
);

/** The execution had ended without success and goes on from there; `kept` is the key whose outcome follows, as it came before. */
export interface Redriven {
  kind: 'redriven';
  kept?: string;
  /** How it had ended, which only its history tells: by the outcome that the redrive took back, or by being aborted. */
  lost?: Outcome;
  aborted?: { at: number; error?: string; cause?: string };
}

/** How an execution ended. */
export interface Result {
  status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';
  output?: Json;
  error?: string;
  cause?: string;
}

/** A task as a state asks for it; the scheduler makes the command and its timers of it. */
export interface TaskEffect {
  kind: 'task';
  command: TaskCommand;
  timeoutSeconds?: number | undefined;
  heartbeatSeconds?: number | undefined;
}

/** A wait until a point in time. */
export interface TimerEffect {
  kind: 'timer';
  key: string;
  at: number;
}

/** Branches that run side by side, at most `maxConcurrency` at once, until all have ended or more than `tolerated` have failed. */
export interface AllEffect {
  kind: 'all';
  count: number;
  /** Begins a branch; `redrive` is the redrive that has it begin once more, or 0. */
  branch(index: number, redrive: number): Steps<Json>;
  maxConcurrency: number;
  tolerated: number;
}

/** Nothing: lets the branches beside this one come as far as it has. */
export interface TurnEffect {
  kind: 'turn';
}

export type Effect = TaskEffect | TimerEffect | AllEffect | TurnEffect;

/** What `all` gives back: each branch's output, or its failure. */
export type Settled = ({ output: Json } | { failure: unknown })[];

/** A piece of the interpreter: yields effects, is resumed with what they gave, and returns a T. */
export type Steps<T> = Generator<Effect, T, unknown>;
