import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DatabaseTables, type ServerRow } from '../../../../../shared/drivers/database/local/database.ts';
import { LocalDatabase, type LocalDatabaseOptions } from '../../../../../shared/drivers/database/local/index.ts';
import type { DatabaseEvent, SecretKeeper } from '../../../../../shared/drivers/database/local/instances.ts';
import type { EngineKind } from '../../../../../shared/drivers/database/port.ts';
import { DatabaseTrial } from '../../../../conformance/database.ts';
import { roomyFolder } from '../../../../roomyFolder.ts';

type Options = Partial<Pick<LocalDatabaseOptions, 'clock' | 'stopGrace' | 'engines'>>;

/** What the conformance suite has to know of each engine. */
const ENGINES: Partial<Record<EngineKind, { logType: string }>> = {
  PostgreSQL: { logType: 'postgresql' },
  MySQL: { logType: 'error' },
  Redis: { logType: 'engine-log' },
  MongoDB: { logType: 'mongodb' },
};

/** Secrets in memory, which outlive a driver as the files of a host do. */
class Secrets implements SecretKeeper {
  readonly values = new Map<string, string>();

  find(name: string): string | undefined {
    return this.values.get(name);
  }

  write(name: string, value: string): void {
    this.values.set(name, value);
  }

  remove(name: string): void {
    this.values.delete(name);
  }
}

/** A state directory with its database, on which one LocalDatabase after the other may run. */
export class DatabaseMachine {
  readonly directory: string;
  readonly database: DatabaseSync;
  readonly secrets = new Secrets();
  readonly events: DatabaseEvent[] = [];
  readonly #open = new Set<LocalDatabase>();
  readonly #trash: string;

  /** Data directories and snapshots may be put on another disk. */
  constructor(disk?: string) {
    this.#trash = mkdtempSync(join(roomyFolder(), 'cloudlib-database-'));
    this.directory = join(disk ?? this.#trash, 'database');
    this.database = new DatabaseSync(join(this.#trash, 'state.db'));
    this.database.exec('pragma synchronous = off');
  }

  open(options: Options = {}): LocalDatabase {
    const driver = new LocalDatabase({
      database: this.database,
      directory: this.directory,
      secrets: this.secrets,
      publish: (event) => this.events.push(event),
      ...options,
    });
    driver.open();
    this.#open.add(driver);
    return driver;
  }

  async close(driver: LocalDatabase, engines: 'leave' | 'suspend'): Promise<void> {
    this.#open.delete(driver);
    await driver.close(engines);
  }

  /** What the conformance rules are checked with, over one engine. */
  async trial(kind: EngineKind, driver = this.open()): Promise<DatabaseTrial> {
    const offer = (await driver.engines()).find(({ engine }) => engine === kind)!;
    if (!('version' in offer)) throw new Error(offer.reason);
    const version = offer.version.split('.').slice(0, 2).join('.');
    return new DatabaseTrial({
      driver,
      config: {
        engine: { kind, version } as never,
        version,
        instanceClass: 'db.t4g.micro',
        allocatedStorage: 20,
        encryption: false,
        backupRetention: 0,
      },
      capabilities: new Set(offer.capabilities),
      logType: ENGINES[kind]!.logType,
      metrics: ['DatabaseConnections', 'CacheHitRatio', 'DatabaseSize', 'Transactions'],
      patience: 30_000,
      close: () => this.end(),
    });
  }

  /** The states that an instance went through, as its events tell them. */
  states(instance: string): string[] {
    return this.events.flatMap(({ type, data }) =>
      type === 'cloudlib.database.status' && data.instance === instance ? data.status! : [],
    );
  }

  server(instance: string, number = 0): ServerRow {
    return new DatabaseTables(this.database).server(instance, number);
  }

  /** Ends everything that runs here and removes the directory. */
  async end(): Promise<void> {
    for (const driver of this.#open) await driver.close('suspend');
    this.database.close();
    rmSync(this.#trash, { recursive: true, force: true });
  }
}
