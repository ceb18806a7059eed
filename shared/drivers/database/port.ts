import type { DatabaseConfig, DatabaseEngine, DatabaseInstance, LogEntry, Snapshot } from '../../types/database.ts';
import type { MetricSample } from '../../types/monitoring.ts';

/** What a provider's databases may have or lack; what is not declared is refused with `Unimplemented`. */
export type DatabaseCapability =
  /** Files that are encrypted where they lie. */
  | 'encryption'
  /** A standby beside the instance, which takes over on `reboot` with `forceFailover`. */
  | 'standby'
  /** `restoreToTime`. */
  | 'pointInTime'
  /** Network groups that may connect. */
  | 'securityGroups'
  /** Named sets of the engine's own settings. */
  | 'parameterGroups';

export type EngineKind = DatabaseEngine['kind'];

/** An engine that can run here, or why it cannot. */
export type EngineOffer = { engine: EngineKind } & (
  | { version: string; capabilities: DatabaseCapability[] }
  | { reason: string }
);

/** Taken by request, before a deletion, or in the backup window. */
export type SnapshotType = 'manual' | 'final' | 'automated';

/** A snapshot with what the specification's own record of it leaves out. */
export interface SnapshotDescription {
  snapshot: Snapshot;
  type: SnapshotType;
  /** Why it failed. */
  failure?: string;
}

/** What became of a request to modify an instance. */
export interface Modification {
  instance: DatabaseInstance;
  /** The settings for which the engine has to be started again. */
  restart: string[];
  /** When that happens, where the maintenance window is waited for. */
  appliesAt?: Date;
}

/** Metrics by name, with a sample wherever the instance was measured from `start` to `end`. */
export interface MetricRequest {
  metrics: string[];
  start: Date;
  end: Date;
}

export interface DatabaseLogRequest {
  logType: string;
  start: Date;
  end: Date;
  /** The newest entries only. */
  limit?: number;
}

/**
 * How one provider runs databases.
 *
 * No call waits for an engine: it accepts the request, after which the instance says what it is doing (`Creating`, `Stopping` …), and a
 * workflow asks `describe` again. What an instance is doing must be finished before the next thing is asked of it
 * (`DatabaseError.InvalidInstanceState`); a snapshot may be asked for in between. What makes something takes a token: asking again with the
 * same one is answered with what was made, and without it the name is taken.
 */
export interface DatabasePort {
  readonly capabilities: ReadonlySet<DatabaseCapability>;
  /** The engines of the specification, each with its version or what it lacks here. */
  engines(): Promise<EngineOffer[]>;

  create(name: string, config: DatabaseConfig, token?: string): Promise<DatabaseInstance>;
  describe(name: string): Promise<DatabaseInstance>;
  list(): Promise<DatabaseInstance[]>;
  /** Only what is the same kind of engine, and no less storage, is accepted. */
  modify(name: string, config: DatabaseConfig): Promise<Modification>;
  start(name: string): Promise<DatabaseInstance>;
  stop(name: string): Promise<DatabaseInstance>;
  reboot(name: string, forceFailover: boolean): Promise<DatabaseInstance>;
  /** Removes the instance with its automated snapshots, after a last snapshot of that name where one is given. */
  delete(name: string, finalSnapshot?: string): Promise<void>;

  createSnapshot(instance: string, snapshot: string, token?: string): Promise<SnapshotDescription>;
  describeSnapshot(snapshot: string): Promise<SnapshotDescription>;
  /** Of one instance or of all, the oldest first; those of instances that are gone as well. */
  listSnapshots(instance?: string): Promise<SnapshotDescription[]>;
  deleteSnapshot(snapshot: string): Promise<void>;
  /** Creates an instance with the content of a snapshot. */
  restore(snapshot: string, name: string, config: DatabaseConfig, token?: string): Promise<DatabaseInstance>;
  /** Creates an instance with what another one held at `time`, its `latestRestorableTime` when left out. */
  restoreToTime(
    source: string,
    name: string,
    config: DatabaseConfig,
    time?: Date,
    token?: string,
  ): Promise<DatabaseInstance>;

  metrics(name: string, request: MetricRequest): Promise<MetricSample[]>;
  /** Entries of one of the engine's logs, the oldest first. */
  logs(name: string, request: DatabaseLogRequest): Promise<LogEntry[]>;
  /** With the password in it: never to be logged, stored or put into an event. */
  connectionString(name: string): Promise<string>;
  /** Whether the instance answers a query to somebody who connects with its connection string. */
  testConnection(name: string): Promise<boolean>;
}
