import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { newId } from '../../../core/ids.ts';
import type { DatabaseStatus } from '../../../types/database.ts';
import { cloudError } from '../../../types/errors.ts';
import type { DatabaseCapability, EngineOffer } from '../port.ts';
import { engineAccount, openWay } from './account.ts';
import { noSuchEngine } from './configuration.ts';
import type { DatabaseTables, InstanceRow, SnapshotRow } from './database.ts';
import type { Engine } from './engines/engine.ts';
import { ENGINES } from './engines/index.ts';
import { Instance, type Machine } from './instance.ts';
import { notInstalled, offersOf } from './offers.ts';

/** The secret with the password of the administrator, one for all engines, so that a restored snapshot lets the host in. */
const ADMIN_SECRET = 'database-admin';

/** Where passwords are kept. */
export interface SecretKeeper {
  /** Undefined when there is none of that name. */
  find(name: string): string | undefined;
  write(name: string, value: string): void;
  remove(name: string): void;
}

/** What happened to an instance or a snapshot. */
export interface DatabaseEvent {
  id: string;
  source: string;
  type: string;
  subject: string;
  data: { [key: string]: string };
}

export interface InstancesOptions {
  tables: DatabaseTables;
  /** Where data directories and snapshots are kept; the folder above it is the host's own. */
  directory: string;
  secrets: SecretKeeper;
  /** Adds an event to the bus, in the transaction that is open. */
  publish(event: DatabaseEvent): void;
  stopGrace: number;
  /** Forgets what else there is of an instance. */
  forget(instance: string): void;
  /** An instance has begun to answer. */
  onAvailable(instance: Instance): void;
  engines?: readonly Engine[];
}

/** The instances of this machine, with the engines that they run on. */
export class Instances {
  readonly #options: InstancesOptions;
  readonly #engines: readonly Engine[];
  readonly #instances = new Map<string, Instance>();
  readonly #machines = new Map<Engine, Promise<Machine>>();

  constructor(options: InstancesOptions) {
    this.#options = options;
    this.#engines = options.engines ?? ENGINES;
  }

  /** Takes up what an earlier host left. */
  start(): void {
    const { tables } = this.#options;
    const unfinished = tables.snapshots().filter(({ status }) => status === 'Creating');
    for (const row of tables.instances()) {
      const own = unfinished.filter(({ instance, type }) => instance === row.name && type !== 'final');
      this.add(row).recover(own);
    }
    for (const snapshot of tables.snapshots()) {
      if (snapshot.status === 'Deleting') this.removeSnapshot(snapshot);
      else if (snapshot.status === 'Creating' && !this.#instances.has(snapshot.instance)) {
        this.saveSnapshot({ ...snapshot, status: 'Failed', failure: 'its instance was deleted' });
      }
    }
  }

  async close(servers: 'leave' | 'suspend'): Promise<void> {
    await Promise.all([...this.#instances.values()].map((instance) => instance.close(servers)));
  }

  /** Tells every engine to end, without waiting. */
  endNow(): void {
    for (const instance of this.#instances.values()) instance.endNow();
  }

  all(): Instance[] {
    return [...this.#instances.values()];
  }

  find(name: string): Instance | undefined {
    return this.#instances.get(name);
  }

  get(name: string): Instance {
    const instance = this.#instances.get(name);
    if (instance) return instance;
    throw cloudError('DatabaseError.InstanceNotFound', `there is no database "${name}" on this machine`, {
      instance: name,
    });
  }

  add(row: InstanceRow): Instance {
    const { tables, directory, stopGrace } = this.#options;
    const engine = this.engine(row.config.engine);
    const instance = new Instance(row, {
      tables,
      engine,
      stopGrace,
      machine: () => this.machine(engine),
      instances: join(directory, 'instances'),
      snapshots: join(directory, 'snapshots'),
      adminPassword: this.#password(ADMIN_SECRET),
      masterPassword: () => this.masterPassword(row.name),
      save: (changed, before) => this.#save(changed, before),
      saveSnapshot: (snapshot) => this.saveSnapshot(snapshot),
      removed: (removed) => this.#removed(removed),
    });
    this.#instances.set(row.name, instance);
    return instance;
  }

  /** The engine of this machine for one of the specification. */
  engine(engine: InstanceRow['config']['engine']): Engine {
    const found = this.#engines.find(({ kind }) => kind === engine.kind);
    if (!found) throw noSuchEngine(engine);
    return found;
  }

  get capabilities(): ReadonlySet<DatabaseCapability> {
    return new Set(this.#engines.flatMap(({ capabilities }) => [...capabilities]));
  }

  /** The programs of an engine and the account that they run as, looked for until they are found; what is missing is an error. */
  machine(engine: Engine): Promise<Machine> {
    const known = this.#machines.get(engine);
    if (known) return known;
    const found = this.#findMachine(engine);
    this.#machines.set(engine, found);
    found.catch(() => this.#machines.delete(engine));
    return found;
  }

  /** Every engine of the specification, with its version or what it lacks here. */
  offers(): Promise<EngineOffer[]> {
    return offersOf(this.#engines, async (engine) => (await this.machine(engine)).installation);
  }

  /** The password that clients of an instance connect with; while it is rotated there are several, and the first counts. */
  masterPassword(name: string): string {
    return this.#password(`database/${name}`).split('\n')[0]!;
  }

  saveSnapshot(row: SnapshotRow): void {
    const { tables } = this.#options;
    tables.transaction(() => {
      const before = tables.snapshot(row.name)?.status;
      tables.saveSnapshot(row);
      if (before === row.status) return;
      const { name, instance, status, type, failure } = row;
      this.#publish('snapshot', name, { snapshot: name, instance, status, type, ...(failure && { reason: failure }) });
    });
  }

  /** Removes the files of a snapshot, and then its row. */
  removeSnapshot(row: SnapshotRow): void {
    const { tables, directory } = this.#options;
    if (row.status !== 'Deleting') this.saveSnapshot({ ...row, status: 'Deleting' });
    rmSync(join(directory, 'snapshots', row.name), { recursive: true, force: true });
    tables.transaction(() => {
      tables.removeSnapshot(row.name);
      this.#publish('snapshot', row.name, { snapshot: row.name, instance: row.instance, status: 'Deleted' });
    });
  }

  async #findMachine(engine: Engine): Promise<Machine> {
    const { directory } = this.#options;
    const account = await engineAccount();
    openWay(join(directory, 'instances'), [dirname(directory), directory], account);
    const installation = await engine.find(directory, account);
    if (installation) return { installation, account };
    throw notInstalled(engine);
  }

  #save(row: InstanceRow, before: DatabaseStatus): void {
    const { tables, onAvailable } = this.#options;
    tables.transaction(() => {
      tables.saveInstance(row);
      if (before.kind === row.status.kind && row.status.kind !== 'Failed') return;
      const { kind, ...reason } = row.status;
      this.#publish('status', row.name, { instance: row.name, status: kind, ...reason });
    });
    const instance = this.#instances.get(row.name);
    if (row.status.kind === 'Available' && before.kind !== 'Available' && instance) onAvailable(instance);
  }

  #removed({ name }: InstanceRow): void {
    const { tables, secrets, forget } = this.#options;
    const automated = tables.snapshots(name).filter(({ type }) => type === 'automated');
    for (const snapshot of automated) this.removeSnapshot(snapshot);
    tables.transaction(() => {
      tables.removeInstance(name);
      this.#publish('status', name, { instance: name, status: 'Deleted' });
    });
    secrets.remove(`database/${name}`);
    forget(name);
    this.#instances.delete(name);
  }

  #publish(what: 'status' | 'snapshot', subject: string, data: DatabaseEvent['data']): void {
    this.#options.publish({
      id: newId(),
      source: `/databases/${subject}`,
      type: `cloudlib.database.${what}`,
      subject,
      data,
    });
  }

  #password(secret: string): string {
    const { secrets } = this.#options;
    const known = secrets.find(secret);
    if (known !== undefined) return known;
    const made = randomBytes(24).toString('base64url');
    secrets.write(secret, made);
    return made;
  }
}
