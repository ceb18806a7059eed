import type { DatabaseSync } from 'node:sqlite';
import { type Automation, describeTarget } from '../../../shared/configuration.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import { Duration } from '../../../shared/core/duration.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import { newId } from '../../../shared/core/ids.ts';
import { transaction } from '../../../shared/drivers/sqlite/database.ts';
import type { GroupCommit } from '../../../shared/drivers/sqlite/groupCommit.ts';
import type {
  CloudEvent,
  Delivery,
  DryReplay,
  DryReplayRequest,
  EventRecord,
  Published,
  ReplayRequest,
  RuleSummary,
} from '../../../shared/host.ts';
import type { EventLog, LoggedEvent } from '../store/events.ts';
import { loopOf, stamped } from './cause.ts';
import { Deliveries } from './deliveries.ts';
import { Dispatcher, type Targets } from './dispatcher.ts';
import { Forecast } from './dryReplay.ts';
import { Retention } from './retention.ts';
import { RuleSet } from './ruleSet.ts';
import type { Settings } from './settings.ts';

export interface BusOptions {
  database: DatabaseSync;
  commit: GroupCommit;
  clock: Clock;
  log: EventLog;
  /** Looked at whenever they matter, so that they can change; `reload` says that they have. */
  automations: Record<string, Automation>;
  settings: Settings;
  targets: Targets;
  /** For the jitter of retries. */
  random?: () => number;
}

/** When to come again after a refusal because too much is pending. */
const PAUSE_WHEN_FULL = Duration.seconds(5);
/** How many events of a replay are committed at once. */
const REPLAYED_AT_ONCE = 500;

/** Events and the rules over them: an event and its deliveries are one commit, so nothing is lost in between. */
export class Bus {
  readonly #options: BusOptions;
  readonly #deliveries: Deliveries;
  readonly #dispatcher: Dispatcher;
  readonly #retention: Retention;
  #rules: RuleSet;

  constructor(options: BusOptions) {
    this.#options = options;
    this.#deliveries = new Deliveries(options.database);
    this.#dispatcher = new Dispatcher({ ...options, deliveries: this.#deliveries });
    this.#retention = new Retention(options);
    this.#rules = new RuleSet(options.automations);
  }

  /** Takes up automations that have changed; what is pending goes to their targets as they are now. */
  reload(): void {
    this.#rules = new RuleSet(this.#options.automations);
    this.#deliveries.releaseLanes(this.#ordered());
    this.#dispatcher.start();
  }

  /** Takes up the deliveries that an earlier process left. */
  start(): void {
    this.#deliveries.releaseLanes(this.#ordered());
    this.#dispatcher.start();
    this.#retention.start();
  }

  close(): void {
    this.#retention.close();
    this.#options.commit.flush();
    this.#dispatcher.close();
  }

  /** Resolves when all of the events are durable; those that were there already have no second effect. */
  publish(events: CloudEvent[]): Promise<Published[]> {
    const caused = events.map((event) => stamped(event));
    return this.#options.commit.run(() => this.#addAll(caused));
  }

  /** Publishes events from outside, which are refused while too much is pending. */
  accept(events: CloudEvent[]): Promise<Published[]> {
    const caused = events.map((event) => stamped(event));
    return this.#options.commit.run(() => {
      this.admit();
      return this.#addAll(caused);
    });
  }

  /** Refuses what comes from outside while as many deliveries are pending as the settings allow. */
  admit(): void {
    const { mostPending } = this.#options.settings;
    const pending = this.#deliveries.pending();
    if (pending >= mostPending) throw overfull(pending, mostPending);
  }

  /**
   * Adds an event to the log with a delivery for each rule that matches it, and for `rule`, whose own trigger it is. It is part of the
   * transaction that is open, if one is. False when the event was there already.
   */
  append(event: CloudEvent, rule?: string): boolean {
    return this.#add(stamped(event), rule);
  }

  #addAll(events: CloudEvent[]): Published[] {
    return events.map((event) => ({ source: event.source, id: event.id, duplicate: !this.#add(event) }));
  }

  #add(event: CloudEvent, rule?: string): boolean {
    return transaction(this.#options.database, () => {
      const cursor = this.#options.log.add(event);
      if (cursor === undefined) return false;
      const rules = rule === undefined ? this.#rules.matching(event) : [...this.#rules.matching(event), rule];
      if (rules.length === 0) return true;
      const now = this.#now();
      for (const each of rules) {
        const loop = loopOf(event, each);
        const lane = this.#laneOf(each, event);
        this.#deliveries.add({ rule: each, cursor, now, lane, ...(loop && { reason: loop.message }) });
      }
      this.#dispatcher.wake(rules);
      return true;
    });
  }

  /** The events with an id and what they caused, the newest first. */
  find(id: string): EventRecord[] {
    return this.#options.log.withId(id).map(({ cursor, acceptedAt, event }) => ({
      cursor,
      acceptedAt: acceptedAt.toISOString(),
      event,
      deliveries: this.#deliveries.of(cursor),
    }));
  }

  rules(): RuleSummary[] {
    const counts = this.#deliveries.counts();
    return Object.entries(this.#options.automations).map(([name, { on, start }]) => ({
      name,
      on: JSON.parse(JSON.stringify(on)) as { [key: string]: Json },
      target: describeTarget(start),
      ...(counts.get(name) ?? { pending: 0, delivered: 0, dead: 0 }),
    }));
  }

  deadLetters(): Delivery[] {
    return this.#deliveries.deadLetters();
  }

  /** Tries a dead letter again, or all of them. */
  redrive(delivery?: number): { redriven: number } {
    this.admit();
    const status = delivery === undefined ? undefined : this.#deliveries.statusOf(delivery);
    if (delivery !== undefined && status !== 'DEAD') throw noDeadLetter(delivery, status);
    const redriven = this.#deliveries.redrive(delivery, this.#now(), this.#ordered());
    this.#dispatcher.start();
    return { redriven };
  }

  /** Delivers events of the log again, to the rules that match them now. */
  async replay({ from, to, rule, name = newId() }: ReplayRequest): Promise<{
    replay: string;
    events: number;
    deliveries: number;
  }> {
    const range = rangeOf(from, to);
    if (rule !== undefined && !this.#rules.has(rule)) throw noRule(rule);
    const done = { replay: name, events: 0, deliveries: 0 };
    for (const page of this.#pages(range)) {
      done.events += page.length;
      done.deliveries += await this.#options.commit.run(() => this.#replayPage(page, rule, name));
    }
    return done;
  }

  /** Tells what a replay to other rules would start, and starts nothing. */
  async dryReplay({ from, to, rule, rules }: DryReplayRequest): Promise<DryReplay> {
    const proposed = rules ? new RuleSet(rules) : this.#rules;
    if (rule !== undefined && !proposed.has(rule) && !this.#rules.has(rule)) throw noRule(rule);
    const forecast = new Forecast(proposed, this.#rules, rule);
    for (const page of this.#pages(rangeOf(from, to))) {
      for (const logged of page) forecast.add(logged);
      // Others have their turn: an archive may be long.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return forecast.result();
  }

  *#pages([from, to]: [from: Date, to: Date]): Generator<LoggedEvent[]> {
    for (let cursor = 0; ; ) {
      const page = this.#options.log.between(from, to, cursor, REPLAYED_AT_ONCE);
      if (page.length === 0) return;
      yield page;
      cursor = page.at(-1)!.cursor;
    }
  }

  #replayPage(page: { cursor: number; event: CloudEvent }[], rule: string | undefined, replay: string): number {
    this.admit();
    const now = this.#now();
    let added = 0;
    for (const { cursor, event } of page) {
      const rules = this.#rules.startedBy(event).filter((each) => rule === undefined || each === rule);
      for (const each of rules) {
        const lane = this.#laneOf(each, event);
        if (this.#deliveries.add({ rule: each, cursor, now, replay, lane })) added++;
      }
      this.#dispatcher.wake(rules);
    }
    return added;
  }

  #laneOf(rule: string, { subject }: CloudEvent): string | undefined {
    return this.#options.automations[rule]?.ordered ? subject : undefined;
  }

  #ordered(): string[] {
    return Object.entries(this.#options.automations).flatMap(([name, { ordered }]) => (ordered ? [name] : []));
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

function rangeOf(from: string, to: string): [from: Date, to: Date] {
  const [begin, end] = [timeOf(from, 'from'), timeOf(to, 'to')];
  if (begin < end) return [begin, end];
  throw new CloudError('InvalidInput', `replay: from (${from}) must be earlier than to (${to})`);
}

function overfull(pending: number, most: number): CloudError {
  return new CloudError(
    'Throttled',
    `${pending} deliveries are pending, and bus.mostPending is ${most}; nothing was accepted; come again when targets have caught up`,
    { details: { service: 'bus', retryAfter: PAUSE_WHEN_FULL }, retry: 'backoff' },
  );
}

function timeOf(text: string, what: string): Date {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new CloudError('InvalidInput', `${what}: ${JSON.stringify(text)} is not a time; write 2027-01-31T08:00:00Z`);
}

function noDeadLetter(delivery: number, status: string | undefined): CloudError {
  const resource = `dead letter ${delivery}`;
  if (status === undefined) {
    return new CloudError(
      'NotFound',
      `there is no dead letter ${delivery}; see those that exist with "cloudlib events redrive --list"`,
      {
        details: { resource },
      },
    );
  }
  return new CloudError('Conflict', `delivery ${delivery} is ${status}, not dead: there is nothing to redrive`, {
    details: { resource, reason: status },
  });
}

function noRule(rule: string): CloudError {
  return new CloudError('NotFound', `there is no rule "${rule}"; see "cloudlib rules list"`, {
    details: { resource: `rule ${rule}` },
  });
}
