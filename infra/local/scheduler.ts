import type { DatabaseSync } from 'node:sqlite';
import type { Automation, ScheduleTrigger } from '../../shared/configuration.ts';
import type { Clock } from '../../shared/core/clock.ts';
import type { Json } from '../../shared/core/codecs.ts';
import { transaction } from '../../shared/drivers/sqlite/database.ts';
import type { CloudEvent, ScheduleSummary } from '../../shared/host.ts';
import { due, next, type OccurrenceOptions } from '../../shared/semantics/schedules/index.ts';

export interface SchedulerOptions {
  database: DatabaseSync;
  clock: Clock;
  automations: Record<string, Automation>;
  /** Adds an event with its delivery to the rule, as part of the transaction that is open; false when it was there already. */
  append(event: CloudEvent, rule?: string): boolean;
}

interface Row {
  /** What the schedule was when the row was made: another one begins anew. */
  definition: string;
  created_at: number;
  /** The time that was fired or skipped last. */
  handled_at: number;
}

/** Milliseconds after which it looks again in any case, because the clock may have jumped. */
const LONGEST_SLEEP = 60_000;
const SHOWN_TIMES = 5;

/** Fires the schedules of the configuration: each firing is an event, whose id is the time that was due, so it counts once. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #schedules: [name: string, trigger: ScheduleTrigger][];
  #cancelTimer = (): void => {};
  #closed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#schedules = Object.entries(options.automations).flatMap(([name, { on }]) =>
      on.kind === 'schedule' ? [[name, on] as [string, ScheduleTrigger]] : [],
    );
    options.database.exec(`create table if not exists schedules (name text primary key, definition text not null,
      created_at integer not null, handled_at integer not null) strict`);
  }

  /** Begins with what passed while no host ran. */
  start(): void {
    this.#forgetRemoved();
    if (this.#schedules.length) this.#turn();
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer();
  }

  list(): ScheduleSummary[] {
    return this.#schedules.map(([name, trigger]) => {
      const row = this.#row(name, trigger);
      return {
        name,
        expression: trigger.expression,
        timeZone: trigger.timeZone ?? 'UTC',
        missed: trigger.missed ?? 'once',
        ...(row.handled_at > row.created_at && { last: new Date(row.handled_at).toISOString() }),
        next: this.#nextTimes(trigger, row).map((time) => time.toISOString()),
      };
    });
  }

  /** One that comes back later is a new one: what it would have done meanwhile was not missed. */
  #forgetRemoved(): void {
    const names = JSON.stringify(this.#schedules.map(([name]) => name));
    this.#options.database
      .prepare('delete from schedules where name not in (select value from json_each(?))')
      .run(names);
  }

  #nextTimes(trigger: ScheduleTrigger, row: Row): Date[] {
    const times: Date[] = [];
    let time: Date | undefined = this.#options.clock.now();
    while (times.length < SHOWN_TIMES) {
      time = next(trigger.expression, time, occurrences(trigger, row));
      if (!time) break;
      times.push(time);
    }
    return times;
  }

  #turn(): void {
    if (this.#closed) return;
    const { database, clock } = this.#options;
    const now = clock.now();
    let wakeAt = now.getTime() + LONGEST_SLEEP;
    // A transaction that another has open may still be undone; one turn later it is over.
    if (database.isTransaction) wakeAt = now.getTime();
    else for (const [name, trigger] of this.#schedules) wakeAt = Math.min(wakeAt, this.#fire(name, trigger, now));
    this.#cancelTimer = clock.at(new Date(wakeAt), () => setImmediate(() => this.#turn()));
  }

  /** Fires what is due and answers when there is something to do again; a failure (a full disk, say) is tried again. */
  #fire(name: string, trigger: ScheduleTrigger, now: Date): number {
    try {
      return transaction(this.#options.database, () => this.#fireDue(name, trigger, now));
    } catch (error) {
      process.emitWarning(`schedule "${name}" could not fire and is tried again: ${(error as Error).message}`);
      return now.getTime() + 1_000;
    }
  }

  #fireDue(name: string, trigger: ScheduleTrigger, now: Date): number {
    const row = this.#row(name, trigger);
    const { missed = 'once' } = trigger;
    // Where the clock went back, times come again; their events were there already and count once.
    if (row.handled_at > now.getTime()) this.#handled(name, now);
    const lastFired = new Date(Math.min(row.handled_at, now.getTime()));
    const owed = due(trigger.expression, { ...occurrences(trigger, row), lastFired, now, missed });
    const skipped = owed.skipped && {
      first: owed.skipped.first.toISOString(),
      last: owed.skipped.last.toISOString(),
    };
    if (owed.fire) {
      const { occurrence, late } = owed.fire;
      const time = occurrence.toISOString();
      const data = { schedule: name, time, ...(late && { late }), ...(skipped && { skipped }) };
      this.#options.append(eventOf(name, 'cloudlib.schedule', time, data, now), name);
      this.#handled(name, occurrence);
    } else if (skipped && owed.skipped) {
      this.#options.append(
        eventOf(name, 'cloudlib.schedule.skipped', `${skipped.last}.skipped`, { schedule: name, ...skipped }, now),
      );
      this.#handled(name, owed.skipped.last);
    }
    return owed.next?.getTime() ?? Number.POSITIVE_INFINITY;
  }

  #row(name: string, trigger: ScheduleTrigger): Row {
    const { database, clock } = this.#options;
    const definition = JSON.stringify([trigger.expression, trigger.timeZone, trigger.start, trigger.end]);
    const found = database.prepare('select * from schedules where name = ?').get(name) as unknown as Row | undefined;
    if (found?.definition === definition) return found;
    const now = clock.now().getTime();
    database.prepare('insert or replace into schedules values (?, ?, ?, ?)').run(name, definition, now, now);
    return { definition, created_at: now, handled_at: now };
  }

  #handled(name: string, occurrence: Date): void {
    this.#options.database
      .prepare('update schedules set handled_at = ? where name = ?')
      .run(occurrence.getTime(), name);
  }
}

/** A rate without a start date counts from the creation of the schedule. */
function occurrences({ timeZone, start, end }: ScheduleTrigger, row: Row): OccurrenceOptions {
  return {
    start: start ?? new Date(row.created_at),
    ...(timeZone !== undefined && { timeZone }),
    ...(end && { end }),
  };
}

function eventOf(name: string, type: string, id: string, data: { [key: string]: Json }, now: Date): CloudEvent {
  return {
    specversion: '1.0',
    id,
    source: `/schedules/${name}`,
    type,
    time: now.toISOString(),
    datacontenttype: 'application/json',
    data,
  };
}
