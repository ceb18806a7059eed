import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Clock } from '../../../shared/core/clock.ts';
import { Duration } from '../../../shared/core/duration.ts';
import type { GroupCommit } from '../../../shared/drivers/sqlite/groupCommit.ts';
import type { Settings } from './settings.ts';

export interface RetentionOptions {
  database: DatabaseSync;
  clock: Clock;
  commit: GroupCommit;
  settings: Settings;
}

const INTERVAL = Duration.hours(1);
/** Rows that go at once, so that nobody waits long for the database. */
const MOST_AT_ONCE = 500;

const OLD_DELIVERIES = `select number from bus_deliveries where status <> 'PENDING' and created_at < :before
  order by created_at limit ${MOST_AT_ONCE}`;
// An event stays for as long as a delivery of it does: what is shown and redriven needs it.
const OLD_EVENTS = `select cursor from events where accepted_at < :before
  and not exists (select 1 from bus_deliveries where bus_deliveries.cursor = events.cursor)
  order by accepted_at limit ${MOST_AT_ONCE}`;

/** Removes events and ended deliveries when their time is over: at the start, and then once an hour. */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #statements: Record<'attempts' | 'deliveries' | 'events', StatementSync>;
  #closed = false;
  #cancelTimer = (): void => {};

  constructor(options: RetentionOptions) {
    this.#options = options;
    const { database } = options;
    database.exec(`create index if not exists bus_ended on bus_deliveries (created_at) where status <> 'PENDING'`);
    this.#statements = {
      attempts: database.prepare(`delete from bus_attempts where delivery in (${OLD_DELIVERIES})`),
      deliveries: database.prepare(`delete from bus_deliveries where number in (${OLD_DELIVERIES})`),
      events: database.prepare(`delete from events where cursor in (${OLD_EVENTS})`),
    };
  }

  start(): void {
    void this.#sweep().catch((error: Error) => {
      if (!this.#closed) process.emitWarning(`old events could not be removed, and are in an hour: ${error.message}`);
    });
    const next = new Date(this.#now() + INTERVAL.milliseconds);
    this.#cancelTimer = this.#options.clock.at(next, () => {
      if (!this.#closed) this.start();
    });
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer();
  }

  async #sweep(): Promise<void> {
    while (!this.#closed && (await this.#options.commit.run(() => this.#removeSome())) > 0);
  }

  #removeSome(): number {
    const { events, deliveries } = this.#options.settings.retention;
    const ended = { before: this.#now() - deliveries.milliseconds };
    this.#statements.attempts.run(ended);
    const { changes: removed } = this.#statements.deliveries.run(ended);
    const { changes } = this.#statements.events.run({ before: this.#now() - events.milliseconds });
    return Number(removed) + Number(changes);
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}
