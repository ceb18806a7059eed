import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { transaction } from '../../../shared/drivers/sqlite/database.ts';
import { parseTraceContext, type TraceFields, traceFields } from '../../../shared/semantics/tracing/traceContext.ts';
import type { Cause } from './cause.ts';

/** What led to each execution, so that what it does and emits carries that on, also after a restart. */
export class ExecutionCauses {
  readonly #set: StatementSync;
  readonly #get: StatementSync;

  constructor(database: DatabaseSync) {
    createTable(database);
    this.#set = database.prepare('insert or ignore into execution_causes values (?, ?, ?, ?)');
    this.#get = database.prepare('select hops, traceparent, tracestate from execution_causes where execution = ?');
  }

  set(execution: string, { hops, trace }: Cause): void {
    const { traceparent, tracestate } = traceFields(trace);
    this.#set.run(execution, hops, traceparent, tracestate ?? null);
  }

  of(execution: string): Cause | undefined {
    const row = this.#get.get(execution);
    const trace = row && parseTraceContext(fieldsOf(row));
    return trace && { hops: Number(row.hops), trace };
  }
}

function fieldsOf({ traceparent, tracestate }: Record<string, unknown>): TraceFields {
  return { traceparent: String(traceparent), ...(tracestate !== null && { tracestate: String(tracestate) }) };
}

/** Creates the table; what a version without traces has counted is taken over, each execution with a trace of its own. */
function createTable(database: DatabaseSync): void {
  const old = database.prepare("select 1 from sqlite_master where name = 'execution_hops'").get();
  transaction(database, () => {
    database.exec(`create table if not exists execution_causes (execution text primary key, hops integer not null,
      traceparent text not null, tracestate text) strict, without rowid`);
    if (!old) return;
    database.exec(`insert into execution_causes select execution, hops,
      '00-' || lower(hex(randomblob(16))) || '-' || lower(hex(randomblob(8))) || '-01', null from execution_hops;
      drop table execution_hops`);
  });
}
