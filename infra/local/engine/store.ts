import { createHash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Json } from '../../../shared/core/codecs.ts';
import { transaction } from '../../../shared/drivers/sqlite/database.ts';
import type { Outcome, Result, StateMachine } from '../../../shared/semantics/states/index.ts';
import type { ExecutionDetail, ExecutionSummary, Status } from './types.ts';

const SCHEMA = `
create table if not exists engine_definitions (id text primary key, definition text not null) without rowid;
create table if not exists engine_workflows (name text primary key, definition text not null) without rowid;
create table if not exists engine_executions (
  number integer primary key, id text not null unique, workflow text not null, name text not null, definition text not null,
  input text not null, seed text not null, status text not null, started_at integer not null, stopped_at integer,
  output text, error text, cause text, unique (workflow, name)
);
create index if not exists engine_running on engine_executions (number) where status = 'RUNNING';
create table if not exists engine_journal (
  execution integer not null, sequence integer not null, key text not null, kind text not null, at integer not null, value text,
  primary key (execution, sequence)
) without rowid;
create table if not exists engine_tokens (
  token text primary key, execution integer not null, key text not null, delivered integer not null default 0,
  answer text, closed integer not null default 0
) without rowid;
create index if not exists engine_tokens_of on engine_tokens (execution);
`;

const STATEMENTS = {
  keepDefinition: 'insert or ignore into engine_definitions values (?, ?)',
  definition: 'select definition from engine_definitions where id = ?',
  register: 'insert into engine_workflows values (?, ?) on conflict do update set definition = excluded.definition',
  retain: 'delete from engine_workflows where name not in (select value from json_each(?))',
  workflow: 'select definition from engine_workflows where name = ?',
  workflows: 'select name from engine_workflows order by name',
  start: `insert into engine_executions (id, workflow, name, definition, input, seed, status, started_at)
    values (?, ?, ?, ?, ?, ?, 'RUNNING', ?) on conflict do nothing`,
  execution: 'select * from engine_executions where id = ?',
  named: 'select * from engine_executions where workflow = ? and name = ?',
  unfinished: `select id from engine_executions where status = 'RUNNING' order by number`,
  list: `select * from engine_executions where (?1 is null or workflow = ?1) and (?2 is null or status = ?2)
    order by number desc limit ?3`,
  end: `update engine_executions set status = ?, stopped_at = ?, output = ?, error = ?, cause = ?
    where id = ? and status = 'RUNNING'`,
  reopen: `update engine_executions set status = 'RUNNING', stopped_at = null, output = null, error = null, cause = null
    where id = ?`,
  cutJournal: 'delete from engine_journal where execution = ? and sequence >= ?',
  append: 'insert into engine_journal values (?, ?, ?, ?, ?, ?)',
  journal: 'select * from engine_journal where execution = ? order by sequence',
  issueToken: 'insert or ignore into engine_tokens (token, execution, key) values (?, ?, ?)',
  token: `select t.*, e.id as execution_id, e.status from engine_tokens t join engine_executions e on e.number = t.execution
    where token = ?`,
  tokensOf: 'select * from engine_tokens where execution = ?',
  answerToken: 'update engine_tokens set answer = ? where token = ?',
  deliverToken: 'update engine_tokens set delivered = 1 where token = ?',
  closeToken: 'update engine_tokens set closed = 1 where token = ?',
} as const;

/** One row of engine_executions. */
export interface ExecutionRow {
  number: number;
  id: string;
  workflow: string;
  name: string;
  definition: string;
  input: string;
  seed: string;
  status: Status;
  started_at: number;
  stopped_at: number | null;
  output: string | null;
  error: string | null;
  cause: string | null;
}

/** An execution that is to be. */
export type NewExecution = Pick<
  ExecutionRow,
  'id' | 'workflow' | 'name' | 'definition' | 'input' | 'seed' | 'started_at'
>;

/** What somebody answered to a task token. */
export type TokenAnswer = { output: Json } | { error: string; cause: string };

/** One row of engine_tokens. */
export interface TokenRow {
  token: string;
  key: string;
  delivered: boolean;
  closed: boolean;
  answer: TokenAnswer | undefined;
}

/** The engine's tables: definitions by their hash, executions, the journal of outcomes, and task tokens. */
export class EngineStore {
  readonly database: DatabaseSync;
  readonly #statements: Record<keyof typeof STATEMENTS, StatementSync>;
  readonly #machines = new Map<string, StateMachine>();

  constructor(database: DatabaseSync) {
    this.database = database;
    database.exec(SCHEMA);
    this.#statements = Object.fromEntries(
      Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)]),
    ) as Record<keyof typeof STATEMENTS, StatementSync>;
  }

  /** Runs `change` as one transaction, or as part of the one that is open. */
  transaction<T>(change: () => T): T {
    return transaction(this.database, change);
  }

  register(name: string, definition: StateMachine): void {
    const text = JSON.stringify(definition);
    const id = createHash('sha256').update(text).digest('hex');
    if ((this.#statements.workflow.get(name) as { definition: string } | undefined)?.definition === id) return;
    this.transaction(() => {
      this.#statements.keepDefinition.run(id, text);
      this.#statements.register.run(name, id);
    });
  }

  /** Forgets the workflows of other names; executions keep their definition. */
  retain(names: string[]): void {
    this.#statements.retain.run(JSON.stringify(names));
  }

  workflows(): string[] {
    return this.#statements.workflows.all().map((row) => row.name as string);
  }

  /** The id of the definition that a workflow starts with now. */
  definitionOf(workflow: string): string | undefined {
    return (this.#statements.workflow.get(workflow) as { definition: string } | undefined)?.definition;
  }

  machine(definition: string): StateMachine {
    let machine = this.#machines.get(definition);
    if (!machine) {
      machine = JSON.parse(
        (this.#statements.definition.get(definition) as { definition: string }).definition,
      ) as StateMachine;
      this.#machines.set(definition, machine);
    }
    return machine;
  }

  /** Adds an execution and gives its number; undefined when the workflow has one of this name. */
  start(row: NewExecution): number | undefined {
    const { id, workflow, name, definition, input, seed, started_at } = row;
    const { changes, lastInsertRowid } = this.#statements.start.run(
      id,
      workflow,
      name,
      definition,
      input,
      seed,
      started_at,
    );
    return changes === 1 ? Number(lastInsertRowid) : undefined;
  }

  execution(id: string): ExecutionRow | undefined {
    return this.#statements.execution.get(id) as unknown as ExecutionRow | undefined;
  }

  named(workflow: string, name: string): ExecutionRow | undefined {
    return this.#statements.named.get(workflow, name) as unknown as ExecutionRow | undefined;
  }

  unfinished(): string[] {
    return this.#statements.unfinished.all().map((row) => row.id as string);
  }

  list(workflow: string | undefined, status: Status | undefined, limit: number): ExecutionRow[] {
    return this.#statements.list.all(workflow ?? null, status ?? null, limit) as unknown as ExecutionRow[];
  }

  /** Writes how an execution ended; false when it had ended before. */
  end(id: string, at: number, end: Omit<Result, 'status'> & { status: Status }): boolean {
    const output = end.output === undefined ? null : JSON.stringify(end.output);
    const { changes } = this.#statements.end.run(end.status, at, output, end.error ?? null, end.cause ?? null, id);
    return changes === 1;
  }

  /** Has an execution that ended run again, its journal going on otherwise after so many outcomes. */
  reopen({ id, number }: ExecutionRow, length: number, outcomes: Outcome[]): void {
    this.transaction(() => {
      this.#statements.reopen.run(id);
      this.#statements.cutJournal.run(number, length);
      outcomes.forEach((outcome, index) => {
        this.append(number, length + index, outcome);
      });
    });
  }

  append(execution: number, sequence: number, outcome: Outcome): void {
    const { key, kind, at, ...rest } = outcome;
    this.#statements.append.run(execution, sequence, key, kind, at, JSON.stringify(rest));
  }

  journal(execution: number): Outcome[] {
    return this.#statements.journal
      .all(execution)
      .map(({ key, kind, at, value }) => ({ key, kind, at, ...JSON.parse(value as string) }) as unknown as Outcome);
  }

  issueToken(token: string, execution: number, key: string): void {
    this.#statements.issueToken.run(token, execution, key);
  }

  token(token: string): (TokenRow & { execution: string; status: Status }) | undefined {
    const row = this.#statements.token.get(token);
    return row && { ...tokenOf(row), execution: row.execution_id as string, status: row.status as Status };
  }

  tokensOf(execution: number): Map<string, TokenRow> {
    return new Map(this.#statements.tokensOf.all(execution).map((row) => [row.key as string, tokenOf(row)]));
  }

  answerToken(token: string, answer: TokenAnswer): void {
    this.#statements.answerToken.run(JSON.stringify(answer), token);
  }

  deliverToken(token: string): void {
    this.#statements.deliverToken.run(token);
  }

  closeToken(token: string): void {
    this.#statements.closeToken.run(token);
  }
}

function tokenOf(row: Record<string, unknown>): TokenRow {
  return {
    token: row.token as string,
    key: row.key as string,
    delivered: row.delivered === 1,
    closed: row.closed === 1,
    answer: row.answer === null ? undefined : (JSON.parse(row.answer as string) as TokenAnswer),
  };
}

/** The row of an execution that has just been started. */
export const beginningOf = (row: NewExecution, number: number): ExecutionRow => ({
  ...row,
  number,
  status: 'RUNNING',
  stopped_at: null,
  output: null,
  error: null,
  cause: null,
});

/** A row as what callers see of an execution in a list. */
export function summaryOf(row: ExecutionRow): ExecutionSummary {
  return {
    id: row.id,
    workflow: row.workflow,
    name: row.name,
    status: row.status,
    startedAt: new Date(row.started_at),
    ...(row.stopped_at !== null && { stoppedAt: new Date(row.stopped_at) }),
  };
}

/** A row as what callers see of one execution. */
export function detailOf(row: ExecutionRow, currentStates: string[]): ExecutionDetail {
  return {
    ...summaryOf(row),
    input: JSON.parse(row.input) as Json,
    ...(row.output !== null && { output: JSON.parse(row.output) as Json }),
    ...(row.error !== null && { error: row.error }),
    ...(row.cause !== null && { cause: row.cause }),
    currentStates,
  };
}
