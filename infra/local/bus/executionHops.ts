import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** How many deliveries led to an execution, so that what it emits carries that on; those that none led to are not kept. */
export class ExecutionHops {
  readonly #set: StatementSync;
  readonly #get: StatementSync;

  constructor(database: DatabaseSync) {
    database.exec(
      'create table if not exists execution_hops (execution text primary key, hops integer not null) strict, without rowid',
    );
    this.#set = database.prepare('insert or ignore into execution_hops values (?, ?)');
    this.#get = database.prepare('select hops from execution_hops where execution = ?');
  }

  set(execution: string, hops: number): void {
    if (hops > 0) this.#set.run(execution, hops);
  }

  of(execution: string): number {
    return Number(this.#get.get(execution)?.hops ?? 0);
  }
}
