import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../shared/core/clock.ts';
import { LocalDatabase } from '../../shared/drivers/database/local/index.ts';
import { LocalDeploy } from '../../shared/drivers/deploy/local/index.ts';
import type { Ports } from '../../shared/drivers/ports.ts';
import { LocalStorage } from '../../shared/drivers/storage/local/index.ts';
import type { StorageEvent } from '../../shared/drivers/storage/local/outbox.ts';
import type { CloudEvent } from '../../shared/host.ts';
import { ReverseProxy } from './proxy/index.ts';
import { HostEndpoint } from './s3/hostEndpoint.ts';
import type { Secrets } from './secrets.ts';

/** What the Local drivers are given of the host that they are parts of. */
export interface LocalDriversOptions {
  database: DatabaseSync;
  /** The state directory; each driver has a folder of its own in it. */
  directory: string;
  clock: Clock;
  secrets: Secrets;
  /** Adds an event to the bus, in the transaction that is open. */
  publish(event: CloudEvent): void;
  /** Takes what happened in a driver; it is durable when this resolves. */
  publishAll(events: CloudEvent[]): Promise<unknown>;
  /** Whether replicas end with this process for good reason: it is a script, not a host of its own. */
  embedded: boolean;
  /** Milliseconds between SIGTERM and SIGKILL for replicas. */
  stopGrace?: number;
}

/** The Local driver of every domain, with what they need to live. */
export class LocalDrivers {
  readonly ports: Ports;
  readonly #deploy: LocalDeploy;
  readonly #storage: LocalStorage;
  readonly #database: LocalDatabase;
  readonly #proxy: ReverseProxy;
  readonly #endpoint: HostEndpoint;

  /** A script that throws or exits takes its replicas and engines with it; they are processes of their own and would live on. */
  readonly #endProcesses = (): void => {
    this.#deploy.endNow();
    this.#database.endNow();
  };

  private constructor(
    deploy: LocalDeploy,
    database: LocalDatabase,
    storage: LocalStorage,
    endpoint: HostEndpoint,
    proxy: ReverseProxy,
  ) {
    this.#deploy = deploy;
    this.#database = database;
    this.#storage = storage;
    this.#endpoint = endpoint;
    this.#proxy = proxy;
    this.ports = { database, deploy, storage };
  }

  /** Takes up what an earlier host left in the state directory. */
  static async open({ directory, embedded, publishAll, ...options }: LocalDriversOptions): Promise<LocalDrivers> {
    const { clock } = options;
    const endpoint = new HostEndpoint(directory, clock);
    const storage = await LocalStorage.open({
      directory: ensure(join(directory, 'storage')),
      clock,
      presigner: endpoint.presigner,
      publish: (events) => publishAll(events.map(asCloudEvent)),
    });
    const proxy = await ReverseProxy.start({ onSample: (samples) => deploy.addSamples(samples) });
    const { secrets, publish } = options;
    const secret = async (name: string): Promise<string> => secrets.read(name);
    const deploy = new LocalDeploy({
      ...options,
      secret,
      objects: storage,
      directory: ensure(join(directory, 'deploy')),
      traffic: proxy,
    });
    const database = new LocalDatabase({
      ...options,
      directory: ensure(join(directory, 'database')),
      publish: (event) =>
        publish({
          specversion: '1.0',
          time: clock.now().toISOString(),
          datacontenttype: 'application/json',
          ...event,
        }),
    });
    const drivers = new LocalDrivers(deploy, database, storage, endpoint, proxy);
    if (embedded) process.once('exit', drivers.#endProcesses);
    try {
      await deploy.start();
      database.open();
      return drivers;
    } catch (error) {
      await drivers.close();
      throw error;
    }
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
    await Promise.all([this.#deploy.close('suspend'), this.#database.close('suspend')]);
    await this.#proxy.close();
    await this.#endpoint.close();
    await this.#storage.close();
  }
}

const asCloudEvent = ({ time, ...event }: StorageEvent): CloudEvent => ({
  specversion: '1.0',
  ...event,
  time: time.toISOString(),
  datacontenttype: 'application/json',
});

function ensure(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}
