import type { DatabaseSync } from 'node:sqlite';
import { decode, encode } from '../../../core/validation.ts';
import { DatabaseConfig, type DatabaseStatus, type Snapshot } from '../../../types/database.ts';
import { cloudError } from '../../../types/errors.ts';
import type { SnapshotType } from '../port.ts';

/** From where the data of an instance comes when it has none yet. */
export type Origin =
  | { kind: 'Empty' }
  | { kind: 'Snapshot'; snapshot: string }
  | { kind: 'Time'; source: string; snapshot: string; time: string };

/** What was asked of an instance and is not done yet; doing it again from the start comes to the same end. */
export type Task =
  | { kind: 'Start' }
  | { kind: 'Stop' }
  | { kind: 'Reboot'; failover: boolean }
  | { kind: 'Modify'; restart: boolean }
  | { kind: 'Delete'; finalSnapshot?: string };

/** An instance as it is wanted, and how far it has come. */
export interface InstanceRow {
  name: string;
  config: DatabaseConfig;
  origin: Origin;
  status: DatabaseStatus;
  task: Task | undefined;
  /** Whether its engine is to run. */
  wanted: 'running' | 'stopped';
  /** The number of the server that is the primary. */
  primary: number;
  /** Whether its users have been made. */
  prepared: boolean;
  /** A configuration that waits for the maintenance window. */
  pending: DatabaseConfig | undefined;
  createdAt: Date;
  /** The request that asked for it. */
  token: string | undefined;
  /** Up to which time its archive reaches. */
  restorableAt: Date | undefined;
}

/** A server of an instance that was started or is about to be; written before its process exists. */
export interface ServerRow {
  instance: string;
  number: number;
  attempt: number;
  pid: number | null;
  started: string | null;
  port: number | null;
}

export interface SnapshotRow {
  name: string;
  instance: string;
  type: SnapshotType;
  status: Snapshot['status'];
  failure: string | null;
  config: DatabaseConfig;
  createdAt: Date;
  token: string | undefined;
  /** When the copy was complete: a restore to a time begins no earlier. */
  completedAt: Date | undefined;
}

const SCHEMA = `
create table if not exists database_instances (
  name text primary key, config text not null, origin text not null, status text not null, task text, wanted text not null,
  primary_server integer not null, prepared integer not null, pending text, created_at integer not null, token text,
  restorable_at integer) strict;
create table if not exists database_servers (
  instance text not null, number integer not null, attempt integer not null, pid integer, started text, port integer,
  primary key (instance, number)) strict;
create table if not exists database_snapshots (
  name text primary key, instance text not null, type text not null, status text not null, failure text, config text not null,
  created_at integer not null, token text, completed_at integer) strict;
`;

type Value = string | number | null;
type Row = Record<string, Value>;

/** The durable side of the Local driver: what is wanted, how far it has come, and which processes were started for it. */
export class DatabaseTables {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(SCHEMA);
  }

  /** All of the changes are committed, or none; a change within a change belongs to the outer one. */
  transaction<T>(change: () => T): T {
    if (this.#database.isTransaction) return change();
    this.#database.exec('begin immediate');
    try {
      const result = change();
      this.#database.exec('commit');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw diskError(error);
    }
  }

  instance(name: string): InstanceRow | undefined {
    return this.#all('select * from database_instances where name = ?', name).map(readInstance)[0];
  }

  instances(): InstanceRow[] {
    return this.#all('select * from database_instances order by name').map(readInstance);
  }

  saveInstance(row: InstanceRow): void {
    this.#run(
      'insert or replace into database_instances values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      row.name,
      configText(row.config),
      JSON.stringify(row.origin),
      JSON.stringify(row.status),
      row.task ? JSON.stringify(row.task) : null,
      row.wanted,
      row.primary,
      Number(row.prepared),
      row.pending ? configText(row.pending) : null,
      row.createdAt.getTime(),
      row.token ?? null,
      row.restorableAt?.getTime() ?? null,
    );
  }

  removeInstance(name: string): void {
    this.#run('delete from database_servers where instance = ?', name);
    this.#run('delete from database_instances where name = ?', name);
  }

  server(instance: string, number: number): ServerRow {
    const [row] = this.#all('select * from database_servers where instance = ? and number = ?', instance, number);
    return row ? (row as unknown as ServerRow) : { instance, number, attempt: 0, pid: null, started: null, port: null };
  }

  saveServer({ instance, number, attempt, pid, started, port }: ServerRow): void {
    this.#run(
      'insert or replace into database_servers values (?, ?, ?, ?, ?, ?)',
      instance,
      number,
      attempt,
      pid,
      started,
      port,
    );
  }

  snapshot(name: string): SnapshotRow | undefined {
    return this.#all('select * from database_snapshots where name = ?', name).map(readSnapshot)[0];
  }

  /** Of one instance or of all, the oldest first. */
  snapshots(instance?: string): SnapshotRow[] {
    const rows =
      instance === undefined
        ? this.#all('select * from database_snapshots order by created_at, name')
        : this.#all('select * from database_snapshots where instance = ? order by created_at, name', instance);
    return rows.map(readSnapshot);
  }

  saveSnapshot(row: SnapshotRow): void {
    this.#run(
      'insert or replace into database_snapshots values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      row.name,
      row.instance,
      row.type,
      row.status,
      row.failure,
      configText(row.config),
      row.createdAt.getTime(),
      row.token ?? null,
      row.completedAt?.getTime() ?? null,
    );
  }

  removeSnapshot(name: string): void {
    this.#run('delete from database_snapshots where name = ?', name);
  }

  #all(sql: string, ...values: Value[]): Row[] {
    return this.#database.prepare(sql).all(...values) as Row[];
  }

  #run(sql: string, ...values: Value[]): void {
    this.#database.prepare(sql).run(...values);
  }
}

/** A full disk as the error that a caller can act on; anything else as it is. */
function diskError(error: unknown): unknown {
  const SQLITE_FULL = 13;
  if ((error as { errcode?: number }).errcode !== SQLITE_FULL) return error;
  const reason = 'the disk of the state directory is full';
  return cloudError('Unavailable', `${reason}; nothing was accepted; free some space`, { service: 'database', reason });
}

const configText = (config: DatabaseConfig): string => JSON.stringify(encode(DatabaseConfig, config, 'configuration'));
const readConfig = (text: Value | undefined): DatabaseConfig =>
  decode(DatabaseConfig, JSON.parse(String(text)), 'stored configuration');
const readTime = (value: Value | undefined): Date | undefined =>
  typeof value === 'number' ? new Date(value) : undefined;

function readInstance(row: Row): InstanceRow {
  return {
    name: String(row.name),
    config: readConfig(row.config),
    origin: JSON.parse(String(row.origin)),
    status: JSON.parse(String(row.status)),
    task: row.task ? JSON.parse(String(row.task)) : undefined,
    wanted: row.wanted as InstanceRow['wanted'],
    primary: Number(row.primary_server),
    prepared: Boolean(row.prepared),
    pending: row.pending ? readConfig(row.pending) : undefined,
    createdAt: readTime(row.created_at)!,
    token: (row.token as string | null) ?? undefined,
    restorableAt: readTime(row.restorable_at),
  };
}

function readSnapshot(row: Row): SnapshotRow {
  return {
    name: String(row.name),
    instance: String(row.instance),
    type: row.type as SnapshotType,
    status: row.status as Snapshot['status'],
    failure: row.failure as string | null,
    config: readConfig(row.config),
    createdAt: readTime(row.created_at)!,
    token: (row.token as string | null) ?? undefined,
    completedAt: readTime(row.completed_at),
  };
}
