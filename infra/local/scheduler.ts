import type { DatabaseSync } from 'node:sqlite';
import type { Automation, ScheduleTrigger } from '../../shared/configuration.ts';
import type { Clock } from '../../shared/core/clock.ts';
import type { Json } from '../../shared/core/codecs.ts';
import type { Duration } from '../../shared/core/duration.ts';
import { transaction } from '../../shared/drivers/sqlite/database.ts';
import type { CloudEvent, ScheduleSummary } from '../../shared/host.ts';
import {
  type Due,
  type DueOptions,
  due,
  next,
  type OccurrenceOptions,
  withinWindow,
} from '../../shared/semantics/schedules/index.ts';

export interface SchedulerOptions {
  database: DatabaseSync;
  clock: Clock;
  /** Looked at whenever they matter, so that they can change. */
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
/** Milliseconds within which a firing is on time, as with EventBridge. */
const ON_TIME = 60_000;

/** Fires the schedules of the configuration: each firing is an event, whose id is the time that was due, so it counts once. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  #cancelTimer = (): void => {};
  #closed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    options.database.exec(`create table if not exists schedules (name text primary key, definition text not null,
      created_at integer not null, handled_at integer not null) strict`);
  }

  /** Begins with what passed while no host ran; called again, it takes up schedules that have changed. */
  start(): void {
    this.#forgetRemoved();
    this.#turn();
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
        ...(trigger.flexibleWindow && { flexibleWindow: trigger.flexibleWindow.toString() }),
        ...(row.handled_at > row.created_at && { last: new Date(row.handled_at).toISOString() }),
        next: this.#nextTimes(trigger, row).map((time) => firingOf(name, trigger, time).toISOString()),
      };
    });
  }

  get #schedules(): [name: string, trigger: ScheduleTrigger][] {
    return Object.entries(this.#options.automations).flatMap(([name, { on }]) =>
      on.kind === 'schedule' ? [[name, on] as [string, ScheduleTrigger]] : [],
    );
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
    this.#cancelTimer();
    if (this.#closed || this.#schedules.length === 0) return;
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
    const owed = this.#owed(name, trigger, { ...occurrences(trigger, row), lastFired, now, missed });
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
    return owed.next ? firingOf(name, trigger, owed.next).getTime() : Number.POSITIVE_INFINITY;
  }

  /** What is owed now; with a flexible window, a time is owed from a moment in its window on. */
  #owed(name: string, trigger: ScheduleTrigger, options: DueOptions): Due {
    const { flexibleWindow, expression } = trigger;
    if (!flexibleWindow) return due(expression, options);
    const first = next(expression, options.lastFired, options);
    if (!first) return {};
    if (options.now < firingOf(name, trigger, first)) return { next: first };
    const tolerance = ON_TIME + flexibleWindow.milliseconds;
    if (options.now.getTime() - first.getTime() >= tolerance) return due(expression, { ...options, tolerance });
    // It is on time, and the ones after it have moments of their own, also where their windows overlap.
    const later = next(expression, first, options);
    return { fire: { occurrence: first, late: false }, ...(later && { next: later }) };
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

/** When a time of a schedule fires: at once, or somewhere in its flexible window. */
function firingOf(name: string, { flexibleWindow }: ScheduleTrigger, time: Date): Date {
  return flexibleWindow ? withinWindow(time, minutesOf(flexibleWindow), name) : time;
}

/** The length of a flexible window in minutes; not a whole number where the window has none. */
export const minutesOf = ({ milliseconds }: Duration): number => milliseconds / 60_000;

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
