import type { Clock } from '../../../core/clock.ts';
import { cloudError } from '../../../types/errors.ts';
import type { SnapshotDescription } from '../port.ts';
import type { DatabaseTables, SnapshotRow } from './database.ts';
import type { Instance } from './instance.ts';
import type { Instances } from './instances.ts';

export interface AutomatedSnapshotsOptions {
  tables: DatabaseTables;
  instances: Instances;
  clock: Clock;
}

/** The snapshots that instances have by themselves, and what a restore to a time begins with. */
export class AutomatedSnapshots {
  readonly #options: AutomatedSnapshotsOptions;

  constructor(options: AutomatedSnapshotsOptions) {
    this.#options = options;
  }

  /** The newest that did not fail. */
  last(instance: string): SnapshotRow | undefined {
    return this.#of(instance).at(-1);
  }

  take(instance: Instance): void {
    const { clock, instances } = this.#options;
    const { name, config } = instance.row;
    const now = clock.now();
    const row: SnapshotRow = {
      name: `automated:${name}-${now.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}`,
      instance: name,
      type: 'automated',
      status: 'Creating',
      failure: null,
      config,
      createdAt: now,
      token: undefined,
      completedAt: undefined,
    };
    instances.saveSnapshot(row);
    instance.takeSnapshot(row);
  }

  /** Removes those from before a time, but for the newest of them: what was committed then is restored from that one. */
  prune(instance: Instance, before: Date): void {
    const { instances, tables } = this.#options;
    const { name, config } = instance.row;
    const rows = tables.snapshots(name).filter(({ type, status }) => type === 'automated' && status !== 'Creating');
    const base = this.#complete(name).findLast(({ createdAt }) => createdAt <= before);
    const unwanted = (row: SnapshotRow): boolean =>
      config.backupRetention === 0 || (base !== undefined && row.createdAt < base.createdAt);
    const old = rows.filter(unwanted);
    for (const row of old) instances.removeSnapshot(row);
    const [first] = this.#complete(name);
    if (old.length && first) void instance.pruneArchive(first.name).catch(() => undefined);
  }

  /** The snapshot that the log is replayed from to come to a time, and that time. */
  async baseFor(instance: Instance, asked: Date | undefined): Promise<{ snapshot: string; time: Date }> {
    const { name } = instance.row;
    const first = this.#complete(name)[0]?.completedAt;
    if (first === undefined)
      throw notRestorable(name, 'it has no automated snapshot yet; set backupRetention, and wait for one');
    // What was committed until now is in the archive afterwards; times to come are not.
    if (asked === undefined || asked > (instance.row.restorableAt ?? first)) await instance.archiveNow();
    const latest = instance.row.restorableAt ?? first;
    const time = asked ?? latest;
    const base = this.#complete(name).findLast(({ completedAt }) => completedAt! <= time);
    if (base && time <= latest) return { snapshot: base.name, time };
    throw notRestorable(
      name,
      `${time.toISOString()} is not between ${first.toISOString()} and ${latest.toISOString()}`,
    );
  }

  #complete(instance: string): SnapshotRow[] {
    return this.#of(instance).filter(({ completedAt }) => completedAt !== undefined);
  }

  #of(instance: string): SnapshotRow[] {
    return this.#options.tables
      .snapshots(instance)
      .filter(({ type, status }) => type === 'automated' && (status === 'Available' || status === 'Creating'));
  }
}

function notRestorable(instance: string, reason: string): Error {
  return cloudError(
    'DatabaseError.RestoreFailed',
    `database "${instance}" cannot be restored to that time: ${reason}`,
    {
      reason,
    },
  );
}

/** A snapshot as the specification and the port show it. */
export function describeSnapshot({
  name,
  instance,
  type,
  status,
  failure,
  config,
  createdAt,
}: SnapshotRow): SnapshotDescription {
  return {
    snapshot: {
      identifier: name,
      instanceIdentifier: instance,
      status,
      creationTime: createdAt,
      allocatedStorage: config.allocatedStorage,
      engine: config.engine,
      encrypted: config.encryption,
    },
    type,
    ...(failure !== null && { failure }),
  };
}
