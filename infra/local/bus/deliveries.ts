import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Json } from '../../../shared/core/codecs.ts';
import { transaction } from '../../../shared/drivers/sqlite/database.ts';
import type { Delivery, DeliveryAttempt } from '../../../shared/host.ts';
import { LONGEST_PAUSE } from './retry.ts';

/** A delivery that is to be made. */
export interface DueDelivery {
  number: number;
  cursor: number;
  replay: string;
  attempts: number;
  created_at: number;
  /** The subject that it is ordered by, if its rule asks for order. */
  lane: string | null;
}

interface NewDelivery {
  rule: string;
  cursor: number;
  now: number;
  replay?: string;
  /** What it is ordered by: it waits for those of the same lane that came before. */
  lane?: string | undefined;
  /** Why it is dead from the beginning. */
  reason?: string;
}

// `held` keeps what waits for its turn out of the indexes that are looked into for what is due.
const TABLES = `
  create table if not exists bus_deliveries (number integer primary key autoincrement, rule text not null, cursor integer not null,
    replay text not null, status text not null, attempts integer not null default 0, created_at integer not null,
    due_at integer not null, result text, reason text, lane text, held integer not null default 0,
    unique (cursor, rule, replay)) strict;
  create table if not exists bus_attempts (number integer primary key, delivery integer not null, at integer not null, error text) strict`;
// How many are pending is counted with every change, because looking takes longer the more there are.
const TOTALS = `
  create table if not exists bus_totals (pending integer not null) strict;
  insert into bus_totals select (select count(*) from bus_deliveries where status = 'PENDING')
    where not exists (select 1 from bus_totals);
  create trigger if not exists bus_added after insert on bus_deliveries when new.status = 'PENDING'
    begin update bus_totals set pending = pending + 1; end;
  create trigger if not exists bus_changed after update of status on bus_deliveries when old.status <> new.status
    begin update bus_totals set pending = pending + (new.status = 'PENDING') - (old.status = 'PENDING'); end`;
const INDEXES = `
  drop index if exists bus_pending; drop index if exists bus_due;
  create index if not exists bus_ready on bus_deliveries (rule, due_at) where status = 'PENDING' and held = 0;
  create index if not exists bus_next on bus_deliveries (due_at) where status = 'PENDING' and held = 0;
  create index if not exists bus_lanes on bus_deliveries (rule, lane, number) where status = 'PENDING' and lane is not null;
  create index if not exists bus_dead on bus_deliveries (rule) where status = 'DEAD';
  create index if not exists bus_attempts_of on bus_attempts (delivery)`;

// Pauses never reach further than this: what is due later was put off before the clock went back.
const DUE = `status = 'PENDING' and held = 0 and (due_at <= :now or due_at > :now + ${LONGEST_PAUSE})`;
const SHOWN = `select d.*, e.source, e.id, e.type from bus_deliveries d join events e on e.cursor = d.cursor`;

/** The deliveries of events to the targets of rules: what is to be done, what was done, and the dead letters. */
export class Deliveries {
  readonly #database: DatabaseSync;
  readonly #statements: Record<
    'insert' | 'due' | 'rulesDue' | 'nextDue' | 'end' | 'release' | 'putOff' | 'attempt' | 'pending',
    StatementSync
  >;

  constructor(database: DatabaseSync) {
    this.#database = database;
    createTables(database);
    this.#statements = {
      insert:
        database.prepare(`insert or ignore into bus_deliveries (rule, cursor, replay, status, created_at, due_at, reason, lane, held)
        values (:rule, :cursor, :replay, :status, :now, 0, :reason, :lane, :lane is not null and
          exists (select 1 from bus_deliveries where rule = :rule and lane = :lane and status = 'PENDING'))`),
      release: database.prepare(`update bus_deliveries set held = 0 where number = (select min(next.number)
        from bus_deliveries ended join bus_deliveries next on next.rule = ended.rule and next.lane = ended.lane
          and next.status = 'PENDING' and next.lane is not null where ended.number = ?)`),
      due: database.prepare(`select number, cursor, replay, attempts, created_at, lane from bus_deliveries
        where rule = :rule and ${DUE} order by due_at, number limit :limit`),
      rulesDue: database.prepare(`select distinct rule from bus_deliveries where ${DUE}`),
      nextDue: database.prepare(
        `select min(due_at) as due from bus_deliveries where status = 'PENDING' and held = 0 and due_at > :now`,
      ),
      end: database.prepare(
        'update bus_deliveries set status = ?, attempts = ?, result = ?, reason = ? where number = ?',
      ),
      putOff: database.prepare('update bus_deliveries set attempts = ?, due_at = ?, reason = ? where number = ?'),
      pending: database.prepare('select pending from bus_totals'),
      attempt: database.prepare('insert into bus_attempts (delivery, at, error) values (?, ?, ?)'),
    };
  }

  /** Notes that an event is to be delivered to a rule; false when that was noted before. */
  add({ rule, cursor, now, replay = '', reason, lane }: NewDelivery): boolean {
    const status = reason === undefined ? 'PENDING' : 'DEAD';
    const row = { rule, cursor, replay, status, now, reason: reason ?? null, lane: (!reason && lane) || null };
    return this.#statements.insert.run(row).changes === 1;
  }

  due(rule: string, now: number, limit: number): DueDelivery[] {
    return this.#statements.due.all({ rule, now, limit }) as unknown as DueDelivery[];
  }

  /** The rules that have something to deliver now. */
  rulesDue(now: number): string[] {
    return this.#statements.rulesDue.all({ now }).map(({ rule }) => String(rule));
  }

  /** When the next delivery is due that is not due now. */
  nextDue(now: number): number | undefined {
    return (this.#statements.nextDue.get({ now })?.due as number | null) ?? undefined;
  }

  delivered(delivery: DueDelivery, at: number, result: Json): void {
    const { number, attempts } = delivery;
    this.#statements.attempt.run(number, at, null);
    this.#statements.end.run('DELIVERED', attempts + 1, JSON.stringify(result), null, number);
    this.#releaseNext(delivery);
  }

  /** A failed attempt, after which it is tried again at `dueAt`. */
  putOff({ number, attempts }: DueDelivery, at: number, error: string, dueAt: number): void {
    this.#statements.attempt.run(number, at, error);
    this.#statements.putOff.run(attempts + 1, dueAt, error, number);
  }

  /** A failed attempt that was the last one. */
  died(delivery: DueDelivery, at: number, error: string, reason: string): void {
    const { number, attempts } = delivery;
    this.#statements.attempt.run(number, at, error);
    this.#statements.end.run('DEAD', attempts + 1, null, reason, number);
    this.#releaseNext(delivery);
  }

  /** Lets the first one of each lane go, and all of the rules that are not ordered any more. */
  releaseLanes(ordered: string[]): void {
    this.#database
      .prepare(`update bus_deliveries set held = 0, lane = null where status = 'PENDING' and lane is not null
        and rule not in (select value from json_each(?))`)
      .run(JSON.stringify(ordered));
    this.#database.exec(`update bus_deliveries set held = 0 where number in (select min(number) from bus_deliveries
      where status = 'PENDING' and lane is not null group by rule, lane having min(held) = 1)`);
  }

  #releaseNext({ number, lane }: DueDelivery): void {
    if (lane !== null) this.#statements.release.run(number);
  }

  /** The newest dead letters, a thousand at most. */
  deadLetters(): Delivery[] {
    const rows = this.#database.prepare(`${SHOWN} where d.status = 'DEAD' order by d.number desc limit 1000`).all();
    return rows.map(shown).reverse();
  }

  /** Makes dead letters pending again, as if their event had just come; without a number all of them. */
  redrive(number: number | undefined, now: number, ordered: string[]): number {
    return transaction(this.#database, () => {
      const { changes } = this.#database
        .prepare(`update bus_deliveries set status = 'PENDING', due_at = 0, attempts = 0, created_at = ?1, reason = null,
          held = lane is not null where status = 'DEAD' and (?2 is null or number = ?2)`)
        .run(now, number ?? null);
      this.releaseLanes(ordered);
      return Number(changes);
    });
  }

  statusOf(number: number): Delivery['status'] | undefined {
    const row = this.#database.prepare('select status from bus_deliveries where number = ?').get(number);
    return row?.status as Delivery['status'] | undefined;
  }

  /** The deliveries of the event at a place, with each try. */
  of(cursor: number): (Delivery & { tries: DeliveryAttempt[] })[] {
    const rows = this.#database.prepare(`${SHOWN} where d.cursor = ? order by d.number`).all(cursor);
    const tries = this.#database.prepare('select at, error from bus_attempts where delivery = ? order by number');
    return rows.map((row) => ({
      ...shown(row),
      tries: tries
        .all(row.number as number)
        .map(({ at, error }) => ({ at: time(at), ...(error !== null && { error: String(error) }) })),
    }));
  }

  /** How many deliveries are still to be made. */
  pending(): number {
    return Number(this.#statements.pending.get()!.pending);
  }

  /** How many deliveries of each rule stand how. */
  counts(): Map<string, { pending: number; delivered: number; dead: number }> {
    const rows = this.#database
      .prepare('select rule, status, count(*) as count from bus_deliveries group by rule, status')
      .all();
    const counts = new Map<string, { pending: number; delivered: number; dead: number }>();
    for (const { rule, status, count } of rows) {
      const of = counts.get(String(rule)) ?? { pending: 0, delivered: 0, dead: 0 };
      of[String(status).toLowerCase() as keyof typeof of] = Number(count);
      counts.set(String(rule), of);
    }
    return counts;
  }
}

/** Creates the tables; those of a version without order are taken over. */
function createTables(database: DatabaseSync): void {
  transaction(database, () => {
    database.exec(TABLES);
    const columns = database.prepare("select name from pragma_table_info('bus_deliveries')").all();
    if (!columns.some(({ name }) => name === 'lane')) {
      database.exec(`alter table bus_deliveries add column lane text;
        alter table bus_deliveries add column held integer not null default 0`);
    }
    database.exec(INDEXES);
    database.exec(TOTALS);
  });
}

const time = (milliseconds: unknown): string => new Date(Number(milliseconds)).toISOString();

function shown(row: Record<string, unknown>): Delivery {
  const { number, rule, status, source, id, type, created_at, attempts, due_at, result, reason, replay } = row;
  return {
    id: Number(number),
    rule: String(rule),
    status: status as Delivery['status'],
    event: { source: String(source), id: String(id), type: String(type) },
    createdAt: time(created_at),
    attempts: Number(attempts),
    ...(status === 'PENDING' && Number(due_at) > 0 && { dueAt: time(due_at) }),
    ...(result !== null && { result: JSON.parse(String(result)) }),
    ...(reason !== null && { reason: String(reason) }),
    ...(replay !== '' && { replay: String(replay) }),
  };
}
