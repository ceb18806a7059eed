import type { DatabaseSync } from 'node:sqlite';
import type { CloudEvent } from '../../../shared/host.ts';

/** An event with its place in the log, which grows by one with every event. */
export interface LoggedEvent {
  cursor: number;
  event: CloudEvent;
}

/** The log of events: each (source, id) once, on disk before `append` returns. */
export class EventLog {
  readonly #database: DatabaseSync;
  #waiting: (() => void)[] = [];

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(`create table if not exists events (cursor integer primary key autoincrement, source text not null, id text not null,
      type text not null, event text not null, unique (source, id)) strict`);
  }

  /** Adds an event; false when the same (source, id) is there already. */
  append(event: CloudEvent): boolean {
    const { changes } = this.#database
      .prepare('insert or ignore into events (source, id, type, event) values (?, ?, ?, ?)')
      .run(event.source, event.id, event.type, JSON.stringify(event));
    for (const wake of this.#waiting.splice(0)) wake();
    return Number(changes) > 0;
  }

  /** The place of the newest event, 0 when there is none. */
  end(): number {
    return Number(this.#database.prepare('select coalesce(max(cursor), 0) as cursor from events').get()!.cursor);
  }

  /** Up to `limit` events after a place, oldest first. */
  after(cursor: number, limit = 100): LoggedEvent[] {
    const rows = this.#database
      .prepare('select cursor, event from events where cursor > ? order by cursor limit ?')
      .all(cursor, limit);
    return rows.map((row) => ({ cursor: Number(row.cursor), event: JSON.parse(String(row.event)) }));
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
      this.#waiting.push(resolve);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
