import type { DatabaseSync } from 'node:sqlite';
import type { Automation } from '../../../shared/configuration.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import { newId } from '../../../shared/core/ids.ts';
import { transaction } from '../../../shared/drivers/sqlite/database.ts';
import { GroupCommit } from '../../../shared/drivers/sqlite/groupCommit.ts';
import type { CloudEvent, Delivery, EventRecord, Published, ReplayRequest, RuleSummary } from '../../../shared/host.ts';
import { compile } from '../../../shared/semantics/patterns/index.ts';
import type { EventLog } from '../store/events.ts';
import { Deliveries } from './deliveries.ts';
import { Dispatcher, type Targets } from './dispatcher.ts';
import { loopOf } from './hops.ts';

export interface BusOptions {
  database: DatabaseSync;
  clock: Clock;
  log: EventLog;
  automations: Record<string, Automation>;
  targets: Targets;
  /** For the jitter of retries. */
  random?: () => number;
}

/** How many events of a replay are committed at once. */
const REPLAYED_AT_ONCE = 500;

/** Events and the rules over them: an event and its deliveries are one commit, so nothing is lost in between. */
export class Bus {
  readonly #options: BusOptions;
  readonly #deliveries: Deliveries;
  readonly #dispatcher: Dispatcher;
  readonly #commit: GroupCommit;
  readonly #matching: (event: CloudEvent) => string[];

  constructor(options: BusOptions) {
    this.#options = options;
    this.#deliveries = new Deliveries(options.database);
    this.#commit = new GroupCommit(options.database);
    this.#dispatcher = new Dispatcher({ ...options, deliveries: this.#deliveries, commit: this.#commit });
    this.#matching = rulesOver(options.automations);
  }

  /** Takes up the deliveries that an earlier process left. */
  start(): void {
    this.#dispatcher.start();
  }

  close(): void {
    this.#commit.flush();
    this.#dispatcher.close();
  }

  /** Resolves when all of the events are durable; those that were there already have no second effect. */
  publish(events: CloudEvent[]): Promise<Published[]> {
    return this.#commit.run(() =>
      events.map((event) => ({ source: event.source, id: event.id, duplicate: !this.append(event) })),
    );
  }

  /**
   * Adds an event to the log with a delivery for each rule that matches it, and for `rule`, whose own trigger it is. It is part of the
   * transaction that is open, if one is. False when the event was there already.
   */
  append(event: CloudEvent, rule?: string): boolean {
    return transaction(this.#options.database, () => {
      const cursor = this.#options.log.add(event);
      if (cursor === undefined) return false;
      const rules = rule === undefined ? this.#matching(event) : [...this.#matching(event), rule];
      if (rules.length === 0) return true;
      const now = this.#now();
      for (const each of rules) {
        const loop = loopOf(event, each);
        this.#deliveries.add({ rule: each, cursor, now, ...(loop && { reason: loop.message }) });
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
      target: start.kind === 'workflow' ? `workflow ${start.workflow}` : `operation ${start.operation}`,
      ...(counts.get(name) ?? { pending: 0, delivered: 0, dead: 0 }),
    }));
  }

  deadLetters(): Delivery[] {
    return this.#deliveries.deadLetters();
  }

  /** Tries a dead letter again, or all of them. */
  redrive(delivery?: number): { redriven: number } {
    const status = delivery === undefined ? undefined : this.#deliveries.statusOf(delivery);
    if (delivery !== undefined && status !== 'DEAD') throw noDeadLetter(delivery, status);
    const redriven = this.#deliveries.redrive(delivery, this.#now());
    this.#dispatcher.start();
    return { redriven };
  }

  /** Delivers events of the log again, to the rules that match them now. */
  async replay({ from, to, rule, name = newId() }: ReplayRequest): Promise<{
    replay: string;
    events: number;
    deliveries: number;
  }> {
    const [begin, end] = [timeOf(from, 'from'), timeOf(to, 'to')];
    if (begin >= end) throw new CloudError('InvalidInput', `replay: from (${from}) must be earlier than to (${to})`);
    if (rule !== undefined && !Object.hasOwn(this.#options.automations, rule)) throw noRule(rule);
    const done = { replay: name, events: 0, deliveries: 0 };
    for (let cursor = 0; ; ) {
      const page = this.#options.log.between(begin, end, cursor, REPLAYED_AT_ONCE);
      if (page.length === 0) return done;
      done.events += page.length;
      done.deliveries += await this.#commit.run(() => this.#replayPage(page, rule, name));
      cursor = page.at(-1)!.cursor;
    }
  }

  #replayPage(page: { cursor: number; event: CloudEvent }[], rule: string | undefined, replay: string): number {
    const now = this.#now();
    let added = 0;
    for (const { cursor, event } of page) {
      const rules = [...this.#matching(event), ...this.#triggeredBy(event)].filter(
        (each) => rule === undefined || each === rule,
      );
      for (const each of rules) if (this.#deliveries.add({ rule: each, cursor, now, replay })) added++;
      this.#dispatcher.wake(rules);
    }
    return added;
  }

  /** The automation whose own webhook or schedule an event came from. */
  #triggeredBy({ source }: CloudEvent): string[] {
    const [, kind, name] = /^\/(webhook|schedule)s\/(.+)$/.exec(source) ?? [];
    const { automations } = this.#options;
    return name !== undefined && Object.hasOwn(automations, name) && automations[name]!.on.kind === kind ? [name] : [];
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

function rulesOver(automations: Record<string, Automation>): (event: CloudEvent) => string[] {
  const rules = Object.entries(automations).flatMap(([name, { on }]) =>
    on.kind === 'event' ? [{ name, pattern: on.pattern }] : [],
  );
  const index = compile(rules.map(({ pattern }) => pattern));
  return (event) => index.matching(event).map((position) => rules[position]!.name);
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
