import { createRequire } from 'node:module';
import type { OrchestrationHandler } from 'durable-functions';
import type { Json } from '../../../shared/core/codecs.ts';

/** What the package's own test utilities make of an orchestrator: the function that the Functions host calls. */
type Trigger = (input: object, context: object) => Promise<State>;
const { createOrchestrator, DummyOrchestrationContext } = createRequire(import.meta.url)(
  'durable-functions/lib/src/util/testingUtils.js',
) as { createOrchestrator(handler: OrchestrationHandler): Trigger; DummyOrchestrationContext: new () => object };

/** The numbers of the history's event types and of the actions are those of the out-of-process protocol. */
const EVENT = {
  ExecutionStarted: 0,
  TaskScheduled: 4,
  TaskCompleted: 5,
  TaskFailed: 6,
  TimerCreated: 10,
  TimerFired: 11,
};
const MORE = { OrchestratorStarted: 12, OrchestratorCompleted: 13, EventRaised: 15 };
const ACTION = { CallActivity: 0, ContinueAsNew: 4, CreateTimer: 5, WaitForExternalEvent: 6, WhenAny: 11, WhenAll: 12 };
const PROTOCOL = 3;

interface Action {
  actionType: number;
  compoundActions?: Action[];
  functionName?: string;
  input?: unknown;
  fireAt?: string;
  isCanceled?: boolean;
  externalEventName?: string;
}

interface State {
  isDone: boolean;
  actions: Action[][];
  output?: Json;
  error?: string;
  customStatus?: { [key: string]: Json };
}

type Event = { EventType: number; [field: string]: unknown };

/** Something that will come to an orchestration: of an activity at any time, of a timer not before its time. */
interface Coming {
  event: Event;
  at?: number;
}

export interface DurableHostOptions<Call> {
  orchestrator: OrchestrationHandler;
  input: Json;
  /** Does what an activity does; a rejection is an activity that crashed. */
  activity(call: Call, host: DurableHost<Call>): Promise<unknown>;
  /** How many milliseconds the result of an activity takes; none when left out. */
  takes?: (call: Call) => number;
  /** Chooses one of so many: the order in which things come. The first when left out. */
  choose?: (count: number) => number;
}

/** How an orchestration ended. */
export interface Ended {
  output?: Json;
  error?: string;
  customStatus?: { [key: string]: Json };
}

/**
 * The Functions host as far as an orchestration sees it: it keeps the history, calls the real `Orchestrator` with all of it at each
 * step, and replays the actions that come back as the extension does, one after another, waiting for each.
 */
export class DurableHost<Call = unknown> {
  readonly instanceId = 'instance-1';
  /** What activities were called with, in order. */
  readonly calls: Call[] = [];
  /** The custom status after each step. */
  readonly statuses: unknown[] = [];
  /** How many events the history had before each continue-as-new. */
  readonly generations: number[] = [];
  /** How many results of activities have come. */
  results = 0;
  /** The time in milliseconds since 1970. */
  now = Date.UTC(2030, 0, 1);
  readonly #options: DurableHostOptions<Call>;
  readonly #trigger: Trigger;
  #input: Json;
  #history: Event[] = [];
  #coming: Coming[] = [];

  constructor(options: DurableHostOptions<Call>) {
    this.#options = options;
    this.#trigger = createOrchestrator(options.orchestrator);
    this.#input = options.input;
  }

  /** Steps until the orchestration has ended. */
  async run(): Promise<Ended> {
    for (let arrived = [this.#started()]; ; arrived = this.#next()) {
      const ended = await this.#step(arrived);
      if (ended) return ended;
    }
  }

  /** An external event on its way to the orchestration. */
  raise(name: string, value: unknown): void {
    this.#coming.push({ event: { EventType: MORE.EventRaised, Name: name, Input: JSON.stringify(value) } });
  }

  #started(): Event {
    return { EventType: EVENT.ExecutionStarted, Name: 'workflow', Input: JSON.stringify(this.#input) };
  }

  /** One or a few of what may come now; when that is nothing, the time of the first timer. */
  #next(): Event[] {
    const ready = this.#coming.filter(({ at }) => at === undefined || at <= this.now);
    if (ready.length === 0) {
      const first = Math.min(...this.#coming.map(({ at }) => at!));
      if (!Number.isFinite(first)) throw new Error('nothing will come any more, and the orchestration waits');
      this.now = first;
      return this.#next();
    }
    const { choose = () => 0 } = this.#options;
    const count = 1 + choose(Math.min(3, ready.length));
    const taken: Coming[] = [];
    while (taken.length < count) taken.push(...ready.splice(choose(ready.length), 1));
    this.#coming = this.#coming.filter((coming) => !taken.includes(coming));
    return taken.map(({ event }) => event);
  }

  async #step(arrived: Event[]): Promise<Ended | undefined> {
    this.now += 1;
    this.#record({ EventType: MORE.OrchestratorStarted });
    for (const event of arrived) this.#record(event);
    this.results += arrived.filter(({ TaskScheduledId }) => TaskScheduledId !== undefined).length;
    const state = await this.#call();
    this.statuses.push(state.customStatus);
    const renewed = await this.#replay(state.actions[0]!);
    if (renewed !== undefined) {
      this.generations.push(this.#history.length);
      this.#input = renewed;
      this.#history = [];
      this.#coming = [];
      return this.#step([this.#started()]);
    }
    const { isDone, output, error, customStatus } = state;
    if (isDone || error !== undefined) {
      return { ...(isDone && { output: output! }), ...(error && { error }), ...(customStatus && { customStatus }) };
    }
    this.#record({ EventType: MORE.OrchestratorCompleted });
    return undefined;
  }

  /** The real package over the whole history, everything as JSON, as it goes over the wire. */
  async #call(): Promise<State> {
    const trigger = {
      history: this.#history,
      input: this.#input,
      instanceId: this.instanceId,
      isReplaying: false,
      parentInstanceId: '',
      maximumShortTimerDuration: '6.00:00:00',
      longRunningTimerIntervalDuration: '3.00:00:00',
      upperSchemaVersion: PROTOCOL,
    };
    try {
      const state = await this.#trigger(JSON.parse(JSON.stringify(trigger)), new DummyOrchestrationContext());
      return JSON.parse(JSON.stringify(state));
    } catch (error) {
      const [, state] = (error as Error).message.split('$OutOfProcData$:');
      if (!state) throw error;
      return JSON.parse(state);
    }
  }

  /** Does the actions again from the first; what the history has is not done twice, and must be the same as it was. */
  async #replay(actions: Action[]): Promise<Json | undefined> {
    const replay = { id: 0, renewed: undefined as Json | undefined, waits: new Map<string, number>() };
    for (const [i, action] of actions.entries()) {
      const done = await this.#perform(action, replay);
      if (!done && i < actions.length - 1) {
        throw new Error(`the host would wait for action ${i} of ${actions.length} before it does the next`);
      }
    }
    return replay.renewed;
  }

  /** Does an action; whether what it asks for has come. */
  async #perform(
    action: Action,
    replay: { id: number; renewed: Json | undefined; waits: Map<string, number> },
  ): Promise<boolean> {
    switch (action.actionType) {
      case ACTION.CallActivity:
        return this.#callActivity(action, replay.id++);
      case ACTION.CreateTimer:
        return this.#createTimer(action, replay.id++);
      case ACTION.WaitForExternalEvent: {
        const name = action.externalEventName!;
        const nth = (replay.waits.get(name) ?? 0) + 1;
        replay.waits.set(name, nth);
        return (
          this.#history.filter((event) => event.EventType === MORE.EventRaised && event.Name === name).length >= nth
        );
      }
      case ACTION.ContinueAsNew:
        replay.renewed = action.input as Json;
        return true;
      case ACTION.WhenAny:
      case ACTION.WhenAll: {
        const done: boolean[] = [];
        for (const inner of action.compoundActions!) done.push(await this.#perform(inner, replay));
        return action.actionType === ACTION.WhenAny ? done.some(Boolean) : done.every(Boolean);
      }
      default:
        throw new Error(`an action of type ${action.actionType}`);
    }
  }

  async #callActivity(action: Action, id: number): Promise<boolean> {
    const { functionName: Name, input } = action;
    const scheduled = this.#sameAsBefore(id, { EventType: EVENT.TaskScheduled, Name, Input: JSON.stringify(input) });
    if (!scheduled) {
      const call = input as Call;
      this.calls.push(call);
      const event = await this.#options.activity(call, this).then(
        (result) => ({ EventType: EVENT.TaskCompleted, Result: JSON.stringify(result) }),
        (error: Error) => ({ EventType: EVENT.TaskFailed, Reason: error.message, Details: '' }),
      );
      const at = this.now + (this.#options.takes?.(call) ?? 0);
      this.#coming.push({ event: { ...event, TaskScheduledId: id }, at });
    }
    return this.#history.some(
      ({ EventType, TaskScheduledId }) =>
        TaskScheduledId === id && (EventType === EVENT.TaskCompleted || EventType === EVENT.TaskFailed),
    );
  }

  #createTimer({ fireAt, isCanceled = false }: Action, id: number): boolean {
    if (!this.#sameAsBefore(id, { EventType: EVENT.TimerCreated, FireAt: fireAt })) {
      const event = { EventType: EVENT.TimerFired, TimerId: id, FireAt: fireAt };
      this.#coming.push({ event, at: Date.parse(fireAt!) });
    }
    if (isCanceled) this.#coming = this.#coming.filter(({ event }) => event.TimerId !== id);
    return isCanceled || this.#history.some((event) => event.EventType === EVENT.TimerFired && event.TimerId === id);
  }

  /** Whether the history has this already; something else under the same number is a replay that went another way. */
  #sameAsBefore(id: number, event: Event): boolean {
    const before = this.#history.find(
      ({ EventType, EventId }) =>
        EventId === id && (EventType === EVENT.TaskScheduled || EventType === EVENT.TimerCreated),
    );
    if (!before) {
      this.#record({ ...event, EventId: id });
      return false;
    }
    for (const [field, value] of Object.entries(event)) {
      if (before[field] !== value)
        throw new Error(`the replay went another way at ${id}: ${field} was ${before[field]}, is ${value}`);
    }
    return true;
  }

  #record(event: Event): void {
    const Timestamp = new Date(this.now).toISOString();
    this.#history.push({ EventId: -1, IsPlayed: false, Timestamp, ...event });
  }
}
