import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Automation, HttpTarget, OperationTarget } from '../../../shared/configuration.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import type { GroupCommit } from '../../../shared/drivers/sqlite/groupCommit.ts';
import type { CloudEvent, RequestOptions } from '../../../shared/host.ts';
import { evaluateTemplate } from '../../../shared/semantics/states/template.ts';
import type { EventLog } from '../store/events.ts';
import { type Cause, causeOfDelivery, currentCause } from './cause.ts';
import type { Deliveries, DueDelivery } from './deliveries.ts';
import type { HttpDelivery } from './httpDestination.ts';
import { givenUp, pauseFor } from './retry.ts';

/** What deliveries end at. */
export interface Targets {
  /** Starts a workflow as part of the transaction that is open; the same name again is the same execution. */
  start(workflow: string, input: Json, name: string, cause: Cause): string;
  invoke(operation: string, input: Json, options: RequestOptions): Promise<Json>;
  post(target: HttpTarget, delivery: HttpDelivery): Promise<Json>;
}

export interface DispatcherOptions {
  database: DatabaseSync;
  clock: Clock;
  log: EventLog;
  deliveries: Deliveries;
  commit: GroupCommit;
  automations: Record<string, Automation>;
  targets: Targets;
  random?: () => number;
}

/** Deliveries of one rule that are made at once; a workflow is only started, which takes no longer than a commit. */
const MOST_AT_ONCE = { operation: 8, http: 8, workflow: 100 };
/** Milliseconds after which it looks again in any case, because the clock may have jumped. */
const LONGEST_SLEEP = 60_000;
const PAUSE_AFTER_FAILURE = 1_000;

/** Makes the deliveries that are due. The queue is the table; in memory is only what is being done. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #awake = new Set<string>();
  readonly #running = new Map<string, Set<number>>();
  #scheduled = false;
  readonly #end = new AbortController();
  #closed = false;
  #cancelTimer = (): void => {};

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Takes up everything that is due. */
  start(): void {
    this.wake(this.#options.deliveries.rulesDue(this.#now()));
  }

  /** Says that there may be something to deliver for these rules. */
  wake(rules: Iterable<string>): void {
    for (const rule of rules) this.#awake.add(rule);
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#closed) this.#turn();
    });
  }

  close(): void {
    this.#closed = true;
    this.#end.abort();
    this.#cancelTimer();
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }

  #turn(): void {
    // What another has open may still be undone.
    if (this.#options.database.isTransaction) {
      this.wake([]);
      return;
    }
    const rules = [...this.#awake];
    this.#awake.clear();
    for (const rule of rules) this.#begin(rule);
    this.#arm();
  }

  #begin(rule: string): void {
    const running = this.#running.get(rule) ?? new Set();
    this.#running.set(rule, running);
    const kind = this.#automation(rule)?.start.kind ?? 'workflow';
    const free = MOST_AT_ONCE[kind] - running.size;
    if (free <= 0) return;
    const due = this.#options.deliveries.due(rule, this.#now(), MOST_AT_ONCE[kind] + running.size);
    for (const delivery of due.filter(({ number }) => !running.has(number)).slice(0, free)) {
      running.add(delivery.number);
      void this.#make(rule, delivery).then(() => {
        running.delete(delivery.number);
        this.wake([rule]);
      });
    }
  }

  #automation(rule: string): Automation | undefined {
    const { automations } = this.#options;
    return Object.hasOwn(automations, rule) ? automations[rule] : undefined;
  }

  #arm(): void {
    this.#cancelTimer();
    const now = this.#now();
    const next = this.#options.deliveries.nextDue(now);
    if (next === undefined) return;
    const wake = (): void => {
      if (!this.#closed) this.wake(this.#options.deliveries.rulesDue(this.#now()));
    };
    this.#cancelTimer = this.#options.clock.at(new Date(Math.min(next, now + LONGEST_SLEEP)), wake);
  }

  /** One attempt, whose outcome is on the disk when this resolves. */
  async #make(rule: string, delivery: DueDelivery): Promise<void> {
    try {
      await this.#attempt(rule, delivery).catch((error) => this.#fail(rule, delivery, CloudError.from(error)));
    } catch (error) {
      if (this.#closed) return;
      process.emitWarning(
        `delivery ${delivery.number} could not be recorded and is made again: ${(error as Error).message}`,
      );
      await new Promise<void>((resolve) =>
        this.#options.clock.at(new Date(this.#now() + PAUSE_AFTER_FAILURE), resolve),
      );
    }
  }

  async #attempt(rule: string, delivery: DueDelivery): Promise<void> {
    const { log, commit, deliveries, targets } = this.#options;
    const start = this.#automation(rule)?.start;
    if (!start) throw new CloudError('InvalidInput', `rule "${rule}" is not in the configuration any more`);
    const { event } = log.at(delivery.cursor)!;
    const name = nameOf(rule, event, delivery);
    const cause = causeOfDelivery(event);
    const fill = (template: Json): Json =>
      evaluateTemplate(template, { event: event as Json }, { now: delivery.created_at, seed: name });
    if (start.kind === 'workflow') {
      const input = fill(start.input);
      await commit.run(() => {
        const execution = targets.start(start.workflow, input, name, cause);
        deliveries.delivered(delivery, this.#now(), { execution });
      });
      return;
    }
    const result =
      start.kind === 'http'
        ? await targets.post(start, {
            id: name,
            ...contentOf(start, event, fill),
            trace: cause.trace,
            signal: this.#end.signal,
          })
        : await currentCause.run(cause, () =>
            targets.invoke(start.operation, fill(start.input), optionsOf(start, name)),
          );
    if (!this.#closed) await commit.run(() => deliveries.delivered(delivery, this.#now(), result));
  }

  async #fail(rule: string, delivery: DueDelivery, error: CloudError): Promise<void> {
    if (this.#closed) return;
    const { commit, deliveries, random } = this.#options;
    const now = this.#now();
    const pause = pauseFor(error, delivery.attempts + 1, random);
    const reason = givenUp(
      error,
      { attempts: delivery.attempts + 1, age: now - delivery.created_at, pause },
      this.#automation(rule)?.retry,
    );
    const text = `${error.code}: ${error.message}`;
    await commit.run(() => {
      if (reason === undefined) deliveries.putOff(delivery, now, text, now + pause);
      else deliveries.died(delivery, now, text, reason);
    });
  }
}

const optionsOf = ({ provider }: OperationTarget, requestId: string): RequestOptions => ({
  requestId,
  ...(provider !== undefined && { provider }),
});

/** What a destination is sent: what its rule makes of the event, or the event itself. */
function contentOf(
  { input }: HttpTarget,
  event: CloudEvent,
  fill: (template: Json) => Json,
): Pick<HttpDelivery, 'body' | 'contentType'> {
  if (input !== undefined) return { body: fill(input), contentType: 'application/json' };
  return { body: event as Json, contentType: 'application/cloudevents+json' };
}

/** The name of what a delivery starts: the same whenever it is made again, another for each replay. */
function nameOf(rule: string, { source, id }: CloudEvent, { cursor, replay }: DueDelivery): string {
  const identity = createHash('sha256')
    .update(JSON.stringify([source, id, cursor, replay]))
    .digest('hex');
  return `event-${rule}-${identity.slice(0, 24)}`;
}
