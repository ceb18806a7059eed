import type { Json, JsonObject } from './definition.ts';
import { ERRORS, StateError } from './errors.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';

/** One event of an execution's history, in the form of Step Functions' GetExecutionHistory. */
export interface HistoryEvent {
  id: number;
  previousEventId: number;
  timestamp: string;
  type: string;
  [details: `${string}Details`]: JsonObject;
}

/** What a driver tells about an execution before it begins; all of it must be the same on every replay. */
export interface ExecutionContext {
  id: string;
  name?: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** Where random values, UUIDs and task tokens are derived from: whoever knows it can answer tasks, so keep it. */
  seed: string;
  stateMachine?: { id: string; name: string };
  roleArn?: string;
  limits?: Partial<Limits>;
  /** Further or other fields of the context object. */
  context?: JsonObject;
  /** Told of every event as it happens; leave it out and no event is built. */
  onEvent?: (event: HistoryEvent) => void;
  /** Told of the name of every state as it is entered, in whatever branch, and whether that is in an item of a distributed Map. */
  onEnter?: (state: string, inItem: boolean) => void;
}

type Details = () => { [details: `${string}Details`]: JsonObject };

/** What all branches of one execution share: the time, the limits, the context object, and the count of events. */
export class Execution {
  readonly seed: string;
  readonly limits: Limits;
  readonly context: JsonObject;
  readonly #given: ExecutionContext;
  readonly #clock: { now: number; redrives: number };
  #events = 0;

  constructor(input: Json, given: ExecutionContext, clock = { now: given.startedAt, redrives: 0 }) {
    this.#given = given;
    this.#clock = clock;
    this.seed = given.seed;
    this.limits = { ...DEFAULT_LIMITS, ...given.limits };
    const { Execution: execution, StateMachine: stateMachine, ...rest } = given.context ?? {};
    this.context = {
      Execution: {
        Id: given.id,
        Input: input,
        Name: given.name ?? given.id,
        RoleArn: given.roleArn ?? 'arn:aws:iam::000000000000:role/local',
        StartTime: isoTime(given.startedAt),
        RedriveCount: 0,
        ...(execution as JsonObject | undefined),
      },
      StateMachine: {
        Id: given.stateMachine?.id ?? given.id,
        Name: given.stateMachine?.name ?? given.id,
        ...(stateMachine as JsonObject | undefined),
      },
      ...rest,
    };
  }

  /** The time of the last outcome: all that the interpreter knows of time. */
  get now(): number {
    return this.#clock.now;
  }

  set now(time: number) {
    this.#clock.now = time;
  }

  /** How often it was redriven. */
  get redrives(): number {
    return this.#clock.redrives;
  }

  /** Counts a redrive, for this execution and those inside of it, and tells of it in the context object. */
  redrive(): void {
    this.#clock.redrives += 1;
    Object.assign(this.context.Execution as JsonObject, {
      RedriveCount: this.redrives,
      RedriveTime: isoTime(this.now),
    });
  }

  /** An execution of its own inside this one, as each item of a distributed Map is: with its own history. */
  child(name: string, input: Json): Execution {
    const { onEvent: _, onEnter, context, ...given } = this.#given;
    const { Execution: own, ...shared } = context ?? {};
    const inherited = given.roleArn ?? (this.context.Execution as JsonObject).RoleArn;
    return new Execution(
      input,
      {
        ...given,
        ...(onEnter && { onEnter: (state) => onEnter(state, true) }),
        id: `${(this.context.Execution as JsonObject).Id}/${name}`,
        name,
        startedAt: this.now,
        roleArn: String(inherited),
        context: shared,
      },
      this.#clock,
    );
  }

  /** Tells that a state is entered. */
  enter(state: string): void {
    this.#given.onEnter?.(state, false);
  }

  /** Counts an event of a branch, tells the listener if there is one, and gives its id. The last place is for how the execution ends. */
  emit(branch: { lastEvent: number }, type: string, details?: Details): number {
    const id = this.#events + 1;
    if (id >= this.limits.historyEvents && !type.startsWith('Execution')) {
      throw new StateError(
        ERRORS.Runtime,
        `The execution reached the maximum number of history events (${this.limits.historyEvents}).`,
      );
    }
    this.#events = id;
    const previousEventId = branch.lastEvent;
    branch.lastEvent = id;
    this.#given.onEvent?.({ id, previousEventId, timestamp: isoTime(this.now), type, ...details?.() });
    return id;
  }

  /** Refuses a value that is larger than a state may hold. */
  checkSize(value: Json, state: string): void {
    const limit = this.limits.payloadBytes;
    if (Buffer.byteLength(JSON.stringify(value)) <= limit) return;
    throw new StateError(
      ERRORS.DataLimitExceeded,
      `The state/task '${state}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    );
  }
}

/** A time as Step Functions writes it. */
export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();
