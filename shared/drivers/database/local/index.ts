import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, systemClock } from '../../../core/clock.ts';
import type {
  DatabaseConfig,
  DatabaseEndpoint,
  DatabaseInstance,
  DatabaseStatus,
  LogEntry,
} from '../../../types/database.ts';
import { cloudError } from '../../../types/errors.ts';
import type { MetricSample } from '../../../types/monitoring.ts';
import type {
  DatabaseCapability,
  DatabaseLogRequest,
  DatabasePort,
  EngineOffer,
  MetricRequest,
  Modification,
  SnapshotDescription,
} from '../port.ts';
import {
  checkChange,
  checkConfiguration,
  checkInstanceName,
  checkSnapshotName,
  invalid,
  need,
  restartReasons,
} from './configuration.ts';
import { DatabaseTables, type Origin, type SnapshotRow } from './database.ts';
import type { Engine } from './engines/engine.ts';
import type { Instance } from './instance.ts';
import { type DatabaseEvent, Instances, type SecretKeeper } from './instances.ts';
import { readLog } from './logs.ts';
import { checkMetrics, DatabaseMetrics } from './metrics.ts';
import { AutomatedSnapshots, describeSnapshot } from './snapshots.ts';
import { Upkeep } from './upkeep.ts';
import { nextWeekly } from './windows.ts';

export interface LocalDatabaseOptions {
  /** The host's database: what is wanted is committed there before anything is done for it. */
  database: DatabaseSync;
  /** Where data directories, snapshots and measurements are kept; the folder above it is the host's own. */
  directory: string;
  secrets: SecretKeeper;
  /** Adds an event to the bus, in the transaction that is open. */
  publish(event: DatabaseEvent): void;
  clock?: Clock;
  /** Milliseconds that an engine gets to end by itself. */
  stopGrace?: number;
  /** The engines that there are, where it is not those of this machine. */
  engines?: readonly Engine[];
}

/**
 * Databases on this machine: real engines, each with its own data directory, port on the loopback and password.
 *
 * Not enforced here: storage (size, growth and kind of disk). The instance class decides how much an engine caches, and nothing else.
 */
export class LocalDatabase implements DatabasePort {
  readonly #tables: DatabaseTables;
  readonly #instances: Instances;
  readonly #automated: AutomatedSnapshots;
  readonly #upkeep: Upkeep;
  readonly #metrics: DatabaseMetrics;
  readonly #measurements: DatabaseSync;
  readonly #clock: Clock;

  constructor({
    database,
    directory,
    secrets,
    publish,
    clock = systemClock,
    stopGrace = 10_000,
    engines,
  }: LocalDatabaseOptions) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#measurements = new DatabaseSync(join(directory, 'measurements.db'));
    this.#measurements.exec('pragma journal_mode = wal; pragma synchronous = normal');
    this.#metrics = new DatabaseMetrics(this.#measurements);
    this.#tables = new DatabaseTables(database);
    this.#clock = clock;
    this.#instances = new Instances({
      tables: this.#tables,
      directory,
      secrets,
      publish,
      stopGrace,
      forget: (instance) => this.#metrics.remove(instance),
      onAvailable: (instance) => this.#upkeep.lookNow(instance),
      ...(engines && { engines }),
    });
    this.#automated = new AutomatedSnapshots({ tables: this.#tables, instances: this.#instances, clock });
    this.#upkeep = new Upkeep({
      clock,
      metrics: this.#metrics,
      instances: () => this.#instances.all(),
      lastBackup: (instance) => this.#automated.last(instance)?.createdAt,
      backUp: (instance) => this.#automated.take(instance),
      prune: (instance, before) => this.#automated.prune(instance, before),
      applyPending: (instance, config) =>
        instance.begin({ kind: 'Modify', restart: true }, { kind: 'Modifying' }, { config, pending: undefined }),
    });
  }

  /** Takes up what an earlier host left: engines that run are adopted, others are started again. */
  open(): void {
    this.#instances.start();
    this.#upkeep.start();
  }

  /** Ends the engines until the next host starts them again (`suspend`), or lets that one adopt them (`leave`). */
  async close(engines: 'leave' | 'suspend'): Promise<void> {
    const closing = this.#instances.close(engines);
    await Promise.all([closing, this.#upkeep.close()]);
    this.#measurements.close();
  }

  /** Tells every engine to end, without waiting: for a program that is ending itself this very moment. */
  endNow(): void {
    this.#instances.endNow();
  }

  get capabilities(): ReadonlySet<DatabaseCapability> {
    return this.#instances.capabilities;
  }

  engines(): Promise<EngineOffer[]> {
    return this.#instances.offers();
  }

  async create(name: string, config: DatabaseConfig, token?: string): Promise<DatabaseInstance> {
    return this.#create(name, config, { kind: 'Empty' }, token);
  }

  async describe(name: string): Promise<DatabaseInstance> {
    return this.#describe(this.#instances.get(name));
  }

  async list(): Promise<DatabaseInstance[]> {
    return this.#instances.all().map((instance) => this.#describe(instance));
  }

  async modify(name: string, config: DatabaseConfig): Promise<Modification> {
    const instance = this.#inState(name, 'modify', ['Available']);
    const before = instance.row.config;
    checkChange(name, before, config);
    const { installation } = await this.#instances.machine(instance.engine);
    checkConfiguration(name, config, instance.engine, installation);
    this.#inState(name, 'modify', ['Available']);
    const restart = restartReasons(before, config);
    const window = before.maintenanceWindow;
    if (restart.length && window) {
      const appliesAt = nextWeekly(window, this.#clock.now());
      this.#tables.saveInstance(Object.assign(instance.row, { pending: config }));
      return { instance: this.#describe(instance), restart, appliesAt };
    }
    instance.begin(
      { kind: 'Modify', restart: restart.length > 0 },
      { kind: 'Modifying' },
      { config, pending: undefined },
    );
    return { instance: this.#describe(instance), restart };
  }

  async start(name: string): Promise<DatabaseInstance> {
    const instance = this.#inState(name, 'start', ['Stopped', 'Failed']);
    instance.begin({ kind: 'Start' }, { kind: 'Starting' }, { wanted: 'running' });
    return this.#describe(instance);
  }

  async stop(name: string): Promise<DatabaseInstance> {
    const instance = this.#inState(name, 'stop', ['Available', 'Failed']);
    instance.begin({ kind: 'Stop' }, { kind: 'Stopping' }, { wanted: 'stopped' });
    return this.#describe(instance);
  }

  async reboot(name: string, failover: boolean): Promise<DatabaseInstance> {
    const instance = this.#inState(name, 'reboot', ['Available']);
    if (failover && !instance.row.config.multiAz) {
      throw invalid(
        'forceFailover',
        'true',
        `database "${name}": it has no standby that could take over; reboot it without forceFailover, or set multiAz first`,
      );
    }
    instance.begin({ kind: 'Reboot', failover }, { kind: 'Stopping' });
    return this.#describe(instance);
  }

  async delete(name: string, finalSnapshot?: string): Promise<void> {
    const instance = this.#inState(name, 'delete', ['Available', 'Stopped', 'Failed']);
    if (finalSnapshot === undefined) return instance.begin({ kind: 'Delete' }, { kind: 'Deleting' });
    checkSnapshotName(finalSnapshot);
    if (instance.row.status.kind === 'Failed') {
      throw wrongState(name, instance.row.status, 'take a final snapshot', 'delete it without one');
    }
    this.#refuseTakenSnapshot(finalSnapshot);
    this.#tables.transaction(() => {
      this.#instances.saveSnapshot(this.#newSnapshot(instance, finalSnapshot, 'final'));
      instance.begin({ kind: 'Delete', finalSnapshot }, { kind: 'Deleting' });
    });
  }

  async createSnapshot(name: string, snapshot: string, token?: string): Promise<SnapshotDescription> {
    checkSnapshotName(snapshot);
    const known = this.#tables.snapshot(snapshot);
    if (known && token !== undefined && known.token === token) return describeSnapshot(known);
    const instance = this.#inState(name, 'take a snapshot of', ['Available']);
    this.#refuseTakenSnapshot(snapshot);
    const row = this.#newSnapshot(instance, snapshot, 'manual', token);
    this.#instances.saveSnapshot(row);
    instance.takeSnapshot(row);
    return describeSnapshot(row);
  }

  async describeSnapshot(name: string): Promise<SnapshotDescription> {
    return describeSnapshot(this.#snapshot(name));
  }

  async listSnapshots(instance?: string): Promise<SnapshotDescription[]> {
    return this.#tables.snapshots(instance).map(describeSnapshot);
  }

  async deleteSnapshot(name: string): Promise<void> {
    const row = this.#snapshot(name);
    if (row.status === 'Creating') {
      throw wrongState(
        row.instance,
        { kind: 'Creating' },
        `delete the snapshot "${name}" of`,
        'wait until it is there',
      );
    }
    this.#instances.removeSnapshot(row);
  }

  async restore(snapshot: string, name: string, config: DatabaseConfig, token?: string): Promise<DatabaseInstance> {
    const row = this.#snapshot(snapshot);
    if (row.status !== 'Available') {
      throw cloudError(
        'DatabaseError.RestoreFailed',
        `snapshot "${snapshot}": it is ${row.status}; wait until it is Available`,
        {
          reason: `the snapshot is ${row.status}`,
        },
      );
    }
    checkChange(name, row.config, config);
    return this.#create(name, config, { kind: 'Snapshot', snapshot }, token);
  }

  async restoreToTime(
    source: string,
    name: string,
    config: DatabaseConfig,
    time?: Date,
    token?: string,
  ): Promise<DatabaseInstance> {
    const instance = this.#instances.get(source);
    need('pointInTime', instance.engine, source, `${instance.engine.kind} is not restored to a time on this machine`);
    checkChange(name, instance.row.config, config);
    const { snapshot, time: chosen } = await this.#automated.baseFor(instance, time);
    return this.#create(name, config, { kind: 'Time', source, snapshot, time: chosen.toISOString() }, token);
  }

  async metrics(name: string, request: MetricRequest): Promise<MetricSample[]> {
    const instance = this.#instances.get(name);
    checkMetrics(request.metrics);
    const now = this.#clock.now();
    const measurement = request.end >= now ? await instance.measure() : undefined;
    if (measurement) this.#metrics.add(name, now, measurement);
    return this.#metrics.read(name, request);
  }

  async logs(name: string, request: DatabaseLogRequest): Promise<LogEntry[]> {
    const { engine, logFolders } = this.#instances.get(name);
    if (Object.hasOwn(engine.logs, request.logType)) return readLog(engine, logFolders, request);
    throw invalid(
      'logType',
      request.logType,
      `database "${name}": ${engine.kind} has no log "${request.logType}"; it has ${Object.keys(engine.logs).join(', ')}`,
    );
  }

  async connectionString(name: string): Promise<string> {
    const instance = this.#instances.get(name);
    const endpoint = endpointOf(instance);
    if (endpoint) return instance.engine.connectionString(endpoint, this.#instances.masterPassword(name));
    throw wrongState(name, instance.row.status, 'connect to', 'wait until it is Available');
  }

  async testConnection(name: string): Promise<boolean> {
    const instance = this.#instances.get(name);
    const endpoint = endpointOf(instance);
    if (!endpoint || instance.row.status.kind !== 'Available') return false;
    return instance.engine.connect(endpoint, this.#instances.masterPassword(name)).then(
      () => true,
      () => false,
    );
  }

  async #create(name: string, config: DatabaseConfig, origin: Origin, token?: string): Promise<DatabaseInstance> {
    checkInstanceName(name);
    const known = this.#instances.find(name);
    if (known && token !== undefined && known.row.token === token) return this.#describe(known);
    this.#refuseTaken(name);
    const engine = this.#instances.engine(config.engine);
    const { installation } = await this.#instances.machine(engine);
    checkConfiguration(name, config, engine, installation);
    this.#refuseTaken(name);
    const status: DatabaseStatus = { kind: 'Creating' };
    const instance = this.#instances.add({
      name,
      config,
      origin,
      status: { kind: 'Stopped' },
      task: undefined,
      wanted: 'running',
      primary: 0,
      prepared: false,
      pending: undefined,
      createdAt: this.#clock.now(),
      token,
      restorableAt: undefined,
    });
    instance.begin({ kind: 'Start' }, status);
    return this.#describe(instance);
  }

  #describe(instance: Instance): DatabaseInstance {
    const { name, status, config, createdAt, restorableAt } = instance.row;
    const endpoint = endpointOf(instance);
    return {
      identifier: name,
      status,
      engine: config.engine,
      ...(endpoint && { endpoint }),
      allocatedStorage: config.allocatedStorage,
      instanceClass: config.instanceClass,
      multiAz: config.multiAz,
      backupRetention: config.backupRetention,
      createdTime: createdAt,
      ...(restorableAt && { latestRestorableTime: restorableAt }),
    };
  }

  #inState(name: string, operation: string, states: DatabaseStatus['kind'][]): Instance {
    const instance = this.#instances.get(name);
    const { status } = instance.row;
    if (states.includes(status.kind)) return instance;
    throw wrongState(name, status, operation, `wait until it is ${states.join(' or ')}`);
  }

  #newSnapshot(instance: Instance, name: string, type: SnapshotRow['type'], token?: string): SnapshotRow {
    return {
      name,
      instance: instance.row.name,
      type,
      status: 'Creating',
      failure: null,
      config: instance.row.config,
      createdAt: this.#clock.now(),
      token,
      completedAt: undefined,
    };
  }

  #snapshot(name: string): SnapshotRow {
    const row = this.#tables.snapshot(name);
    if (row) return row;
    throw cloudError('DatabaseError.SnapshotNotFound', `there is no snapshot "${name}" on this machine`, {
      snapshot: name,
    });
  }

  #refuseTaken(name: string): void {
    if (!this.#instances.find(name)) return;
    throw cloudError(
      'DatabaseError.InstanceAlreadyExists',
      `there is a database "${name}" already; choose another name`,
      {
        instance: name,
      },
    );
  }

  #refuseTakenSnapshot(snapshot: string): void {
    if (!this.#tables.snapshot(snapshot)) return;
    throw cloudError(
      'DatabaseError.SnapshotAlreadyExists',
      `there is a snapshot "${snapshot}" already; choose another name`,
      { snapshot },
    );
  }
}

function endpointOf({ port, row }: Instance): DatabaseEndpoint | undefined {
  return port === undefined || !row.prepared ? undefined : { address: '127.0.0.1', port };
}

function wrongState(instance: string, status: DatabaseStatus, operation: string, advice: string): Error {
  return cloudError(
    'DatabaseError.InvalidInstanceState',
    `database "${instance}": it is ${status.kind}, so it is not possible to ${operation} it now; ${advice}`,
    { instance, state: status.kind, operation },
  );
}
