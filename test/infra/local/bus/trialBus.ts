import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Bus } from '../../../../infra/local/bus/bus.ts';
import type { Targets } from '../../../../infra/local/bus/dispatcher.ts';
import { post } from '../../../../infra/local/bus/httpDestination.ts';
import { readSettings } from '../../../../infra/local/bus/settings.ts';
import { openDatabase } from '../../../../infra/local/store/database.ts';
import { EventLog } from '../../../../infra/local/store/events.ts';
import type { Automation, BusSettings } from '../../../../shared/configuration.ts';
import { type Clock, VirtualClock } from '../../../../shared/core/clock.ts';
import type { Json } from '../../../../shared/core/codecs.ts';
import { GroupCommit } from '../../../../shared/drivers/sqlite/groupCommit.ts';
import type { CloudEvent, DeliveryStatus, RequestOptions } from '../../../../shared/host.ts';

export const MIDNIGHT = Date.UTC(2027, 0, 1);

/** A call of a target: what was asked for, and under which name. */
export interface Call {
  target: string;
  input: Json;
  name: string;
}

export interface TrialOptions {
  database?: DatabaseSync;
  /** What an operation does besides being counted. */
  invoke?(operation: string, input: Json, options: RequestOptions): Promise<Json>;
  /** The values of secrets by name. */
  secrets?: Record<string, string>;
  settings?: BusSettings;
  /** Milliseconds after midnight at which it begins. */
  at?: number;
}

export function newDatabase(): DatabaseSync {
  return openDatabase(mkdtempSync(join(tmpdir(), 'cloudlib-bus-')));
}

/** A clock that can be turned, and set to another time as a person sets a machine's: its timers take no notice of that. */
export class JumpingClock implements Clock {
  readonly #virtual = new VirtualClock(MIDNIGHT);
  #offset = 0;

  now(): Date {
    return new Date(this.#virtual.now().getTime() + this.#offset);
  }

  at(time: Date, action: () => void): () => void {
    return this.#virtual.at(new Date(time.getTime() - this.#offset), action);
  }

  jump(milliseconds: number): void {
    this.#offset += milliseconds;
  }

  /** Lets time pass, with everything done at each timer before it goes on. */
  async advance(milliseconds: number, settled: () => Promise<void>): Promise<void> {
    const target = new Date(this.#virtual.now().getTime() + milliseconds);
    await settled();
    for (let due = this.#virtual.next(); due && due <= target; due = this.#virtual.next()) {
      await this.#virtual.advanceTo(due);
      await settled();
    }
    await this.#virtual.advanceTo(target);
  }
}

/** A bus whose targets keep a list of their calls. */
export class TrialBus {
  readonly calls: Call[] = [];
  readonly clock = new JumpingClock();
  readonly database: DatabaseSync;
  readonly log: EventLog;
  readonly bus: Bus;

  constructor(
    automations: Record<string, Automation>,
    { database = newDatabase(), invoke, secrets = {}, settings = {}, at = 0 }: TrialOptions = {},
  ) {
    this.database = database;
    this.clock.jump(at);
    this.log = new EventLog(database, { clock: this.clock, identity: () => readSettings(settings).identity });
    const targets: Targets = {
      start: (workflow, input, name) => {
        this.calls.push({ target: workflow, input, name });
        return `execution of ${name}`;
      },
      invoke: async (operation, input, options) => {
        this.calls.push({ target: operation, input, name: options.requestId! });
        return invoke ? invoke(operation, input, options) : { done: true };
      },
      post: (target, delivery) => {
        this.calls.push({ target: target.url, input: delivery.body, name: delivery.id });
        return post(target, delivery, { clock: this.clock, secret: (name) => secrets[name]! });
      },
    };
    this.bus = new Bus({
      database,
      commit: new GroupCommit(database),
      clock: this.clock,
      log: this.log,
      automations,
      targets,
      random: () => 0.5,
      settings: readSettings(settings),
    });
    this.bus.start();
  }

  /** Resolves when nothing is left that could be done without the clock going on. */
  async settled(): Promise<void> {
    for (let quiet = 0, seen = ''; quiet < 4; ) {
      await new Promise((resolve) => setImmediate(resolve));
      const now = JSON.stringify([this.calls.length, this.database.prepare('select total_changes() as n').get()]);
      quiet = now === seen ? quiet + 1 : 0;
      seen = now;
    }
  }

  advance(milliseconds: number): Promise<void> {
    return this.clock.advance(milliseconds, () => this.settled());
  }

  async publish(...events: CloudEvent[]): Promise<void> {
    await this.bus.publish(events);
    await this.settled();
  }

  /** How many deliveries stand how. */
  counts(): Partial<Record<DeliveryStatus, number>> {
    const rows = this.database.prepare('select status, count(*) as n from bus_deliveries group by status').all();
    return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
  }
}

export const order = (id: string, more: Partial<CloudEvent> = {}): CloudEvent => ({
  specversion: '1.0',
  id,
  source: '/shop',
  type: 'shop.order',
  time: new Date(MIDNIGHT).toISOString(),
  ...more,
});
