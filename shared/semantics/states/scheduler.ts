import type { Json } from './definition.ts';
import type { AllEffect, Command, Outcome, Settled, Steps, TaskEffect } from './effects.ts';
import { ERRORS, heartbeatTimeout, Redrive, StateError } from './errors.ts';

/** What an `all` effect is resumed with: every branch's end, how many failed, and the first failure in time. */
export interface AllSettled {
  settled: Settled;
  failed: number;
  first?: unknown;
}

interface Fiber {
  steps: Steps<Json>;
  group?: Group;
  index: number;
  /** What the fiber waits for: keys of commands under way, or the branches it started. */
  keys: string[];
  children?: Group;
  /** Its group has ended without it. */
  aborted?: true;
  heartbeat?: { seconds: number; beats: number; taskKey: string };
}

interface Group {
  owner: Fiber;
  effect: AllEffect;
  settled: Settled;
  next: number;
  running: Set<Fiber>;
  /** Branches that had failed and are to begin once more, and the redrive that has them do so. */
  again: number[];
  redrive: number;
  failed: number;
  first?: unknown;
}

type Resumption = { value: unknown } | { failure: unknown };

const TIMEOUT = '!timeout';
const HEARTBEAT = '!heartbeat';

/**
 * Runs the branches of one execution side by side without threads or promises: takes outcomes in, gives commands out.
 *
 * The order of everything follows from the order of the outcomes alone, so feeding a recorded order again ends at the same place.
 */
export class Scheduler {
  readonly #now: () => number;
  readonly #waiting = new Map<string, Fiber>();
  #ready: { fiber: Fiber; resumption: Resumption }[] = [];
  #commands: Command[] = [];
  /** How the root ended, once it has. */
  end: { output: Json } | { failure: unknown } | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Starts the root branch. */
  start(steps: Steps<Json>): Command[] {
    this.#ready.push({ fiber: { steps, index: 0, keys: [] }, resumption: { value: undefined } });
    return this.#drain();
  }

  /** Takes one outcome in; one that nobody waits for changes nothing. */
  resume(outcome: Outcome): Command[] {
    const fiber = this.#waiting.get(outcome.key);
    if (!fiber) return [];
    if (outcome.kind === 'heartbeat') this.#beat(fiber);
    else {
      this.#release(fiber, outcome.key);
      this.#ready.push({ fiber, resumption: resumptionOf(outcome) });
    }
    return this.#drain();
  }

  /** Lets all that is waited for begin anew, but for what waits for `kept`, and the branches whose failure was tolerated so far. */
  redrive(redrive: number, kept?: string): Command[] {
    const waiting = new Set(this.#waiting.values());
    const groups = new Set<Group>();
    for (const fiber of waiting) {
      for (let group = fiber.group; group; group = group.owner.group) groups.add(group);
      if (kept !== undefined && fiber.keys.includes(kept)) continue;
      this.#release(fiber);
      this.#ready.push({ fiber, resumption: { failure: new Redrive() } });
    }
    for (const group of groups) this.#forgive(group, redrive);
    return this.#drain();
  }

  #forgive(group: Group, redrive: number): void {
    group.redrive = redrive;
    group.settled.forEach((end, index) => {
      if ('failure' in end) group.again.push(index);
    });
    for (const index of group.again) delete group.settled[index];
    group.failed = 0;
    delete group.first;
    this.#fill(group);
  }

  /** Lets everything go on that can. Rounds, not shifts: taking the first of a long array each time would cost its length. */
  #drain(): Command[] {
    while (this.#ready.length > 0) {
      const round = this.#ready;
      this.#ready = [];
      for (const { fiber, resumption } of round) if (!fiber.aborted) this.#advance(fiber, resumption);
    }
    const commands = this.#commands;
    this.#commands = [];
    return commands;
  }

  #advance(fiber: Fiber, resumption: Resumption): void {
    try {
      const step =
        'failure' in resumption
          ? fiber.steps.throw(resumption.failure)
          : fiber.steps.next(resumption.value as undefined);
      if (step.done) {
        this.#ended(fiber, { output: step.value });
        return;
      }
      const effect = step.value;
      if (effect.kind === 'task') this.#startTask(fiber, effect);
      else if (effect.kind === 'timer') this.#await(fiber, { kind: 'timer', key: effect.key, at: effect.at });
      else if (effect.kind === 'all') this.#startAll(fiber, effect);
      else this.#ready.push({ fiber, resumption: { value: undefined } });
    } catch (failure) {
      this.#ended(fiber, { failure });
    }
  }

  #startTask(fiber: Fiber, { command, timeoutSeconds, heartbeatSeconds }: TaskEffect): void {
    this.#await(fiber, command);
    if (timeoutSeconds !== undefined) {
      this.#await(fiber, { kind: 'timer', key: command.key + TIMEOUT, at: this.#now() + timeoutSeconds * 1000 });
    }
    if (heartbeatSeconds === undefined) return;
    fiber.heartbeat = { seconds: heartbeatSeconds, beats: 0, taskKey: command.key };
    this.#await(fiber, { kind: 'timer', key: command.key + HEARTBEAT, at: this.#now() + heartbeatSeconds * 1000 });
  }

  #beat(fiber: Fiber): void {
    const { heartbeat } = fiber;
    if (!heartbeat) return;
    const last = fiber.keys.find((key) => key.startsWith(heartbeat.taskKey + HEARTBEAT));
    if (last) this.#cancel(fiber, last);
    heartbeat.beats += 1;
    const key = heartbeat.taskKey + HEARTBEAT + heartbeat.beats;
    this.#await(fiber, { kind: 'timer', key, at: this.#now() + heartbeat.seconds * 1000 });
  }

  #await(fiber: Fiber, command: Command): void {
    this.#waiting.set(command.key, fiber);
    fiber.keys.push(command.key);
    this.#commands.push(command);
  }

  #cancel(fiber: Fiber, key: string): void {
    this.#waiting.delete(key);
    fiber.keys = fiber.keys.filter((other) => other !== key);
    this.#commands.push({ kind: 'cancel', key });
  }

  /** Ends a fiber's waiting: `key` has come, whatever else it waited for is cancelled. */
  #release(fiber: Fiber, key?: string): void {
    for (const other of fiber.keys) {
      this.#waiting.delete(other);
      if (other !== key) this.#commands.push({ kind: 'cancel', key: other });
    }
    fiber.keys = [];
    delete fiber.heartbeat;
  }

  #startAll(owner: Fiber, effect: AllEffect): void {
    const group: Group = { owner, effect, settled: [], next: 0, running: new Set(), again: [], redrive: 0, failed: 0 };
    owner.children = group;
    this.#fill(group);
  }

  #fill(group: Group): void {
    const { owner, effect, running } = group;
    while ((group.again.length > 0 || group.next < effect.count) && running.size < effect.maxConcurrency) {
      const redrive = group.again.length > 0 ? group.redrive : 0;
      const index = group.again.shift() ?? group.next++;
      const fiber: Fiber = { steps: effect.branch(index, redrive), group, index, keys: [] };
      running.add(fiber);
      this.#ready.push({ fiber, resumption: { value: undefined } });
    }
    if (running.size === 0) this.#settle(group, owner);
  }

  #settle({ settled, failed, first }: Group, owner: Fiber): void {
    delete owner.children;
    this.#ready.push({ fiber: owner, resumption: { value: { settled, failed, first } satisfies AllSettled } });
  }

  #ended(fiber: Fiber, end: { output: Json } | { failure: unknown }): void {
    const { group, index } = fiber;
    if (!group) {
      this.end = end;
      return;
    }
    if (!group.running.delete(fiber)) return;
    group.settled[index] = end;
    if ('failure' in end) {
      if (group.failed++ === 0) group.first = end.failure;
      if (group.failed > group.effect.tolerated) {
        this.#abort(group);
        this.#settle(group, group.owner);
        return;
      }
    }
    this.#fill(group);
  }

  /** Drops every branch of a group that is still under way, and theirs. */
  #abort(group: Group): void {
    for (const fiber of group.running) {
      this.#release(fiber);
      if (fiber.children) this.#abort(fiber.children);
      fiber.aborted = true;
      fiber.steps.return(null);
    }
    group.running.clear();
  }
}

function resumptionOf(outcome: Outcome): Resumption {
  if (outcome.kind === 'succeeded') return { value: outcome.output };
  if (outcome.kind === 'failed') return { failure: new StateError(outcome.error, outcome.cause) };
  if (outcome.key.endsWith(TIMEOUT)) return { failure: new StateError(ERRORS.Timeout, undefined) };
  if (outcome.key.includes(HEARTBEAT)) return { failure: heartbeatTimeout() };
  return { value: undefined };
}
