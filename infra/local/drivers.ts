import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../shared/core/clock.ts';
import { LocalDatabase } from '../../shared/drivers/database/local/index.ts';
import { LocalDeploy } from '../../shared/drivers/deploy/local/index.ts';
import type { Ports } from '../../shared/drivers/ports.ts';
import type { CloudEvent } from '../../shared/host.ts';
import { ReverseProxy } from './proxy/index.ts';
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
  readonly #proxy: ReverseProxy;

  /** A script that throws or exits takes its replicas and engines with it; they are processes of their own and would live on. */
  readonly #endProcesses = (): void => {
    this.#deploy.endNow();
    this.#database.endNow();
  };

  private constructor(deploy: LocalDeploy, database: LocalDatabase, proxy: ReverseProxy) {
    this.#deploy = deploy;
    this.#database = database;
    this.#proxy = proxy;
    this.ports = { database, deploy };
  }

  /** Takes up what an earlier host left in the state directory. */
  static async open({ directory, embedded, ...options }: LocalDriversOptions): Promise<LocalDrivers> {
    const proxy = await ReverseProxy.start({ onSample: (samples) => deploy.addSamples(samples) });
    const { secrets, publish, clock } = options;
    const secret = async (name: string): Promise<string> => secrets.read(name);
    const deploy = new LocalDeploy({
      ...options,
      secret,
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
    const drivers = new LocalDrivers(deploy, database, proxy);
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

  async close(): Promise<void> {
    process.off('exit', this.#endProcesses);
    await Promise.all([this.#deploy.close('suspend'), this.#database.close('suspend')]);
    await this.#proxy.close();
  }
}

function ensure(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}
