import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../shared/core/clock.ts';
import { LocalDatabase } from '../../shared/drivers/database/local/index.ts';
import { LocalDeploy } from '../../shared/drivers/deploy/local/index.ts';
import { LocalNoSQL } from '../../shared/drivers/nosql/local/index.ts';
import type { Ports } from '../../shared/drivers/ports.ts';
import type { GroupCommit } from '../../shared/drivers/sqlite/groupCommit.ts';
import { LocalStorage } from '../../shared/drivers/storage/local/index.ts';
import type { CloudEvent } from '../../shared/host.ts';
import { causeOfRequest, currentCause } from './bus/cause.ts';
import { itemEvent } from './itemEvent.ts';
import { ReverseProxy } from './proxy/index.ts';
import { HostEndpoint } from './s3/hostEndpoint.ts';
import type { Secrets } from './secrets.ts';

/** What the Local drivers are given of the host that they are parts of. */
export interface LocalDriversOptions {
  database: DatabaseSync;
  commit: GroupCommit;
  /** The state directory; each driver has a folder of its own in it. */
  directory: string;
  clock: Clock;
  secrets: Secrets;
  /** Adds an event to the bus, in the transaction that is open. */
  append(event: CloudEvent): void;
  /** Publishes events of a store that has a database of its own; resolves when they are durable. */
  publish(events: CloudEvent[]): Promise<unknown>;
  /** Whether replicas end with this process for good reason: it is a script, not a host of its own. */
  embedded: boolean;
  /** Milliseconds between SIGTERM and SIGKILL for replicas. */
  stopGrace?: number;
}

/** The Local driver of every domain, with what they need to live. */
export class LocalDrivers {
  readonly ports: Ports;
  readonly #deploy: LocalDeploy;
  readonly #database: LocalDatabase;
  readonly #nosql: LocalNoSQL;
  readonly #storage: LocalStorage;
  readonly #endpoint: HostEndpoint;
  readonly #proxy: ReverseProxy;

  /** A script that throws or exits takes its replicas and engines with it; they are processes of their own and would live on. */
  readonly #endProcesses = (): void => {
    this.#deploy.endNow();
    this.#database.endNow();
  };

  private constructor(
    options: LocalDriversOptions,
    { proxy, endpoint, storage }: { proxy: ReverseProxy; endpoint: HostEndpoint; storage: LocalStorage },
  ) {
    this.#proxy = proxy;
    this.#endpoint = endpoint;
    this.#storage = storage;
    this.#deploy = deployOf(options, { proxy, storage });
    this.#database = databaseOf(options);
    this.#nosql = nosqlOf(options);
    this.ports = { database: this.#database, deploy: this.#deploy, nosql: this.#nosql, storage };
  }

  /** Takes up what an earlier host left in the state directory. */
  static async open(options: LocalDriversOptions): Promise<LocalDrivers> {
    const endpoint = new HostEndpoint(options.directory, options.clock);
    const storage = await storageOf(options, endpoint);
    const proxy = await ReverseProxy.start({ onSample: (samples) => drivers.#deploy.addSamples(samples) });
    const drivers = new LocalDrivers(options, { proxy, endpoint, storage });
    if (options.embedded) process.once('exit', drivers.#endProcesses);
    try {
      await drivers.#start();
      return drivers;
    } catch (error) {
      await drivers.close();
      throw error;
    }
  }

  async #start(): Promise<void> {
    await this.#deploy.start();
    this.#database.open();
    this.#nosql.start();
  }

  /** Where the S3 interface of the store answers, once it does. */
  get storageUrl(): string | undefined {
    return this.#endpoint.url;
  }

  /** Opens the S3 interface of the store on a port, or on any free one where another program has it. */
  serveStorage(port: number): Promise<void> {
    return this.#endpoint.listen(this.#storage, port);
  }

  async close(): Promise<void> {
    process.off('exit', this.#endProcesses);
    await Promise.all([this.#deploy.close('suspend'), this.#database.close('suspend'), this.#nosql.close()]);
    await this.#proxy.close();
    await this.#endpoint.close();
    await this.#storage.close();
  }
}

function deployOf(
  { database, directory, clock, secrets, stopGrace }: LocalDriversOptions,
  { proxy: traffic, storage: objects }: { proxy: ReverseProxy; storage: LocalStorage },
): LocalDeploy {
  return new LocalDeploy({
    database,
    clock,
    traffic,
    objects,
    directory: ensure(join(directory, 'deploy')),
    secret: async (name) => secrets.read(name),
    ...(stopGrace !== undefined && { stopGrace }),
  });
}

function databaseOf({ database, directory, clock, secrets, append }: LocalDriversOptions): LocalDatabase {
  return new LocalDatabase({
    database,
    clock,
    secrets,
    directory: ensure(join(directory, 'database')),
    publish: (event) =>
      append({ specversion: '1.0', time: clock.now().toISOString(), datacontenttype: 'application/json', ...event }),
  });
}

/** What a call changes is told with the call's own cause, though others may share its commit. */
function nosqlOf({ database, clock, commit, append }: LocalDriversOptions): LocalNoSQL {
  return new LocalNoSQL({
    database,
    clock,
    commit: (make) => commit.run(make),
    listener: () => {
      const cause = causeOfRequest({});
      return (change) => currentCause.run(cause, () => append(itemEvent(change, clock.now())));
    },
  });
}

function storageOf({ directory, clock, publish }: LocalDriversOptions, endpoint: HostEndpoint): Promise<LocalStorage> {
  return LocalStorage.open({
    directory: ensure(join(directory, 'storage')),
    clock,
    presigner: endpoint.presigner,
    publish: (events) =>
      publish(
        events.map(({ time, ...event }) => ({
          specversion: '1.0',
          ...event,
          time: time.toISOString(),
          datacontenttype: 'application/json',
        })),
      ),
  });
}

function ensure(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}
