import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { CloudError } from '../../shared/core/errors.ts';
import { type Authored, author } from '../../shared/core/validation.ts';
import type { DatabaseCapability, DatabasePort, SnapshotDescription } from '../../shared/drivers/database/port.ts';
import { DatabaseConfig, type DatabaseInstance } from '../../shared/types/database.ts';
import { eventually } from '../eventually.ts';
import { type Content, openContent } from './databaseContent.ts';

type ConfigInput = Authored<z.input<typeof DatabaseConfig>>;

/** A driver to be tested, with one of its engines. */
export interface DatabaseDriverUnderTest {
  driver: DatabasePort;
  /** The cheapest instance that this engine has, with no backups. */
  config: ConfigInput;
  /** What the driver declares for this engine. */
  capabilities: ReadonlySet<DatabaseCapability>;
  /** One of the engine's logs, and all of the driver's metrics. */
  logType: string;
  metrics: string[];
  /** Milliseconds that an instance gets to come to a state. */
  patience: number;
  close(): Promise<void>;
}

/** What the rules of databases are checked with. */
export class DatabaseTrial {
  readonly made: DatabaseDriverUnderTest;
  readonly #open: Content[] = [];
  readonly #spare: string[] = [];
  #shared: Promise<string> | undefined;
  #sharedSnapshot: Promise<string> | undefined;

  constructor(made: DatabaseDriverUnderTest) {
    this.made = made;
  }

  get driver(): DatabasePort {
    return this.made.driver;
  }

  name(): string {
    return `db-${randomUUID().slice(0, 8)}`;
  }

  config(changes: Partial<ConfigInput> = {}): DatabaseConfig {
    return author(DatabaseConfig, { ...this.made.config, ...changes }, 'configuration of a test');
  }

  /** An instance that only rules use which leave it as it is. */
  shared(): Promise<string> {
    this.#shared ??= this.fresh();
    return this.#shared;
  }

  /** An instance of its own. */
  async fresh(changes: Partial<ConfigInput> = {}): Promise<string> {
    const name = this.name();
    await this.driver.create(name, this.config(changes));
    await this.becomes(name, 'Available');
    return name;
  }

  /** An instance that another rule has given back, or a new one; a rule may do with it what it likes. */
  async borrow(): Promise<string> {
    return this.#spare.pop() ?? this.fresh();
  }

  /** Gives back an instance that is Available and as it was created, but for its content. */
  giveBack(name: string): void {
    this.#spare.push(name);
  }

  /** A snapshot of the shared instance that no rule deletes. */
  sharedSnapshot(): Promise<string> {
    this.#sharedSnapshot ??= this.shared().then((instance) => this.snapshot(instance));
    return this.#sharedSnapshot;
  }

  /** Waits until an instance is in a state; one that fails is an error at once. */
  async becomes(name: string, state: DatabaseInstance['status']['kind']): Promise<DatabaseInstance> {
    return this.#until(async () => {
      const instance = await this.driver.describe(name);
      if (instance.status.kind === state) return instance;
      if (instance.status.kind === 'Failed') return new Error(`${name} failed: ${instance.status.reason}`);
      throw new Error(`${name} is ${instance.status.kind}, not ${state}`);
    });
  }

  /** Waits until there is no such instance any more. */
  async disappears(name: string): Promise<void> {
    await this.#until(async () => {
      const code = await this.driver.describe(name).then(
        ({ status }) => status.kind,
        (error) => CloudError.from(error).code,
      );
      if (code !== 'DatabaseError.InstanceNotFound') throw new Error(`${name} is still there: ${code}`);
    });
  }

  async remove(name: string): Promise<void> {
    await this.driver.delete(name);
    await this.disappears(name);
  }

  /** Takes a snapshot, and waits until it is there. */
  async snapshot(instance: string, snapshot = `${instance}-snapshot`): Promise<string> {
    await this.driver.createSnapshot(instance, snapshot);
    await this.snapshotIsThere(snapshot);
    return snapshot;
  }

  async snapshotIsThere(snapshot: string): Promise<SnapshotDescription> {
    return this.#until(async () => {
      const description = await this.driver.describeSnapshot(snapshot);
      const { status } = description.snapshot;
      if (status === 'Available') return description;
      if (status === 'Failed') return new Error(`${snapshot} failed: ${description.failure}`);
      throw new Error(`${snapshot} is ${status}`);
    });
  }

  /** An instance with the content of a snapshot. */
  async restored(snapshot: string): Promise<string> {
    const name = this.name();
    await this.driver.restore(snapshot, name, this.config());
    await this.becomes(name, 'Available');
    return name;
  }

  /** What is in an instance; it is closed when the rule has been checked. */
  async content(instance: string): Promise<Content> {
    const content = await openContent(await this.driver.connectionString(instance));
    this.#open.push(content);
    return content;
  }

  async closeContents(): Promise<void> {
    for (const content of this.#open.splice(0)) await content.close().catch(() => undefined);
  }

  async #until<T>(look: () => Promise<T | Error>): Promise<T> {
    const answer = await eventually(look, { within: this.made.patience });
    if (answer instanceof Error) throw answer;
    return answer;
  }
}
