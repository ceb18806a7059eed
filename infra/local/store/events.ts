import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Clock, systemClock } from '../../../shared/core/clock.ts';
import { Duration } from '../../../shared/core/duration.ts';
import { transaction } from '../../../shared/drivers/sqlite/database.ts';
import type { CloudEvent } from '../../../shared/host.ts';

/** An event with its place in the log, which grows by one with every event. */
export interface LoggedEvent {
  cursor: number;
  acceptedAt: Date;
  event: CloudEvent;
}

export interface EventLogOptions {
  clock?: Clock;
  /** For how long the same (source, id) is the same event, asked for each time; a day when left out. */
  identity?(): Duration;
}

/** The log of events: each (source, id) once while its identity is kept, on disk before `append` returns. */
export class EventLog {
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #identity: () => Duration;
  readonly #statements: Record<'known' | 'add' | 'after' | 'between', StatementSync>;
  #waiting: (() => void)[] = [];

  constructor(
    database: DatabaseSync,
    { clock = systemClock, identity = () => Duration.days(1) }: EventLogOptions = {},
  ) {
    this.#database = database;
    this.#clock = clock;
    this.#identity = identity;
    createTable(database);
    this.#statements = {
      known: database.prepare('select 1 from events where id = ? and source = ? and accepted_at > ? limit 1'),
      add: database.prepare('insert into events (source, id, type, accepted_at, event) values (?, ?, ?, ?, ?)'),
      after: database.prepare('select * from events where cursor > ? order by cursor limit ?'),
      between: database.prepare(
        'select * from events where accepted_at >= ? and accepted_at < ? and cursor > ? order by cursor limit ?',
      ),
    };
  }

  /** Adds an event; false when the same (source, id) is there already. */
  append(event: CloudEvent): boolean {
    return this.add(event) !== undefined;
  }

  /** Adds an event and gives its place; undefined when the same (source, id) is there already. */
  add(event: CloudEvent): number | undefined {
    const now = this.#clock.now().getTime();
    const { source, id, type } = event;
    if (this.#statements.known.get(id, source, now - this.#identity().milliseconds)) return undefined;
    const { lastInsertRowid } = this.#statements.add.run(source, id, type, now, JSON.stringify(event));
    for (const wake of this.#waiting.splice(0)) wake();
    return Number(lastInsertRowid);
  }

  /** The event at a place. */
  at(cursor: number): LoggedEvent | undefined {
    const [found] = this.after(cursor - 1, 1);
    return found?.cursor === cursor ? found : undefined;
  }

  /** The events with an id, the newest first; different sources may use the same. */
  withId(id: string): LoggedEvent[] {
    return this.#database.prepare('select * from events where id = ? order by cursor desc limit 100').all(id).map(read);
  }

  /** Up to `limit` events that were accepted from one time on and before another, after a place, oldest first. */
  between(from: Date, to: Date, cursor: number, limit: number): LoggedEvent[] {
    return this.#statements.between.all(from.getTime(), to.getTime(), cursor, limit).map(read);
  }

  /** The place of the newest event, 0 when there is none. */
  end(): number {
    return Number(this.#database.prepare('select coalesce(max(cursor), 0) as cursor from events').get()!.cursor);
  }

  /** Up to `limit` events after a place, oldest first. */
  after(cursor: number, limit = 100): LoggedEvent[] {
    return this.#statements.after.all(cursor, limit).map(read);
  }

  /** Events after a place, as they come, until the signal says stop. */
  async *follow(cursor: number, signal?: AbortSignal): AsyncGenerator<LoggedEvent> {
    for (let at = cursor; !signal?.aborted; ) {
      const batch = this.after(at);
      yield* batch;
      at = batch.at(-1)?.cursor ?? at;
      if (batch.length === 0) await this.#more(signal);
    }
  }

  #more(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      // A tail may wait as often as there are events: nothing of a wait stays with its signal.
      const go = (): void => {
        signal?.removeEventListener('abort', go);
        resolve();
      };
      this.#waiting.push(go);
      signal?.addEventListener('abort', go);
    });
  }
}

const TABLE = `create table if not exists events (cursor integer primary key autoincrement, source text not null, id text not null,
  type text not null, accepted_at integer not null, event text not null) strict`;

/** Creates the table; one of a version that did not keep the time of acceptance is taken over, with the time of the event. */
function createTable(database: DatabaseSync): void {
  const columns = database.prepare("select name from pragma_table_info('events')").all();
  const old = columns.length > 0 && !columns.some(({ name }) => name === 'accepted_at');
  transaction(database, () => {
    if (old) database.exec('alter table events rename to events_before');
    database.exec(TABLE);
    if (old) {
      database.exec(`insert into events select cursor, source, id, type, unixepoch(event ->> '$.time') * 1000, event
        from events_before; drop table events_before`);
    }
    database.exec(`create index if not exists events_by_id on events (id, source);
      create index if not exists events_by_time on events (accepted_at)`);
  });
}

function read(row: Record<string, unknown>): LoggedEvent {
  const { cursor, accepted_at, event } = row;
  return { cursor: Number(cursor), acceptedAt: new Date(Number(accepted_at)), event: JSON.parse(String(event)) };
}
