import type { Clock } from '../../../core/clock.ts';
import type { InstanceRow } from './database.ts';
import type { Instance } from './instance.ts';
import type { DatabaseMetrics } from './metrics.ts';
import { repeatedly } from './repeatedly.ts';
import { DEFAULT_BACKUP_WINDOW, lastDailyStart, nextWeekly } from './windows.ts';

/** How often windows are looked at, and whether engines answer, in milliseconds. */
const LOOK = 10_000;
/** How often an instance is measured where nothing else is said, in seconds. */
const MONITORING_INTERVAL = 60;
/** How often what was committed is put into the archive of a quiet database, in milliseconds. */
const ARCHIVE_INTERVAL = 5 * 60_000;
const DAY = 24 * 60 * 60_000;

export interface UpkeepOptions {
  clock: Clock;
  metrics: DatabaseMetrics;
  instances(): Instance[];
  /** When the last automated snapshot of an instance was begun. */
  lastBackup(instance: string): Date | undefined;
  backUp(instance: Instance): void;
  /** Removes the automated snapshots that nothing after a time is restored from. */
  prune(instance: Instance, before: Date): void;
  /** Begins what has waited for the maintenance window. */
  applyPending(instance: Instance, config: NonNullable<InstanceRow['pending']>): void;
}

/** What is done to instances without anybody asking: measuring, automated snapshots, archiving, and changes in the maintenance window. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #measuredAt = new Map<string, number>();
  readonly #archivedAt = new Map<string, number>();
  readonly #looks = new Set<Promise<void>>();
  #closed = false;
  #stop: () => void = () => undefined;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stop = repeatedly(this.#options.clock, LOOK, async () => {
      await Promise.all(this.#options.instances().map((instance) => this.lookNow(instance)));
    });
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stop();
    await Promise.all(this.#looks);
  }

  /** Does for an instance what is due now. */
  lookNow(instance: Instance): Promise<void> {
    const look = this.#look(instance)
      .catch((error: Error) => {
        // A full disk, say: nothing of this may end the host, and the next look tries again.
        if (!this.#closed) process.emitWarning(`database "${instance.row.name}": ${error.message}`);
      })
      .finally(() => this.#looks.delete(look));
    this.#looks.add(look);
    return look;
  }

  async #look(instance: Instance): Promise<void> {
    const { clock } = this.#options;
    await this.#measure(instance, clock.now());
    if (this.#closed || instance.row.status.kind !== 'Available') return;
    this.#maintain(instance, clock.now());
    this.#backUp(instance, clock.now());
    await this.#archive(instance, clock.now());
  }

  async #measure(instance: Instance, now: Date): Promise<void> {
    const { name, config } = instance.row;
    const measurement = await instance.measure();
    const interval = (config.monitoringInterval || MONITORING_INTERVAL) * 1000;
    if (this.#closed || !measurement || now.getTime() - (this.#measuredAt.get(name) ?? 0) < interval) return;
    this.#options.metrics.add(name, now, measurement);
    this.#measuredAt.set(name, now.getTime());
  }

  #maintain(instance: Instance, now: Date): void {
    const { config, pending } = instance.row;
    const window = config.maintenanceWindow;
    if (!pending || (window && nextWeekly(window, now).getTime() !== now.getTime())) return;
    this.#options.applyPending(instance, pending);
  }

  /** A window that passed while no host ran is made up for. */
  #backUp(instance: Instance, now: Date): void {
    const { name, config, createdAt } = instance.row;
    const { lastBackup, backUp, prune } = this.#options;
    prune(instance, new Date(now.getTime() - config.backupRetention * DAY));
    if (config.backupRetention === 0) return;
    const start = lastDailyStart(config.backupWindow ?? DEFAULT_BACKUP_WINDOW, now);
    const last = lastBackup(name);
    if (last === undefined || (last < start && createdAt < start)) backUp(instance);
  }

  async #archive(instance: Instance, now: Date): Promise<void> {
    const { name, restorableAt } = instance.row;
    // The first time follows the first automated snapshot.
    if (!restorableAt || now.getTime() - (this.#archivedAt.get(name) ?? 0) < ARCHIVE_INTERVAL) return;
    this.#archivedAt.set(name, now.getTime());
    await instance.archiveNow();
  }
}
