import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../shared/core/clock.ts';
import { LocalDeploy } from '../../shared/drivers/deploy/local/index.ts';
import { LocalNoSQL, type LocalNoSQLOptions } from '../../shared/drivers/nosql/local/index.ts';
import type { Ports } from '../../shared/drivers/ports.ts';
import { ReverseProxy } from './proxy/index.ts';
import { GroupCommit } from './store/groupCommit.ts';

/** What the Local drivers are given of the host that they are parts of. */
export interface LocalDriversOptions {
  database: DatabaseSync;
  /** The state directory; each driver has a folder of its own in it. */
  directory: string;
  clock: Clock;
  secret(name: string): Promise<string>;
  /** Whether replicas end with this process for good reason: it is a script, not a host of its own. */
  embedded: boolean;
  /** Milliseconds between SIGTERM and SIGKILL for replicas. */
  stopGrace?: number;
  /** Publishes the changes of items that one call makes, each in the transaction that makes it. */
  itemChanges: LocalNoSQLOptions['listener'];
}

/** The Local driver of every domain, with what they need to live. */
export class LocalDrivers {
  readonly ports: Ports;
  readonly #deploy: LocalDeploy;
  readonly #proxy: ReverseProxy;
  readonly #nosql: LocalNoSQL;

  /** A script that throws or exits takes its replicas with it; they are processes of their own and would live on. */
  readonly #endReplicas = (): void => this.#deploy.endNow();

  private constructor(deploy: LocalDeploy, proxy: ReverseProxy, nosql: LocalNoSQL) {
    this.#deploy = deploy;
    this.#proxy = proxy;
    this.#nosql = nosql;
    this.ports = { deploy, nosql };
  }

  /** Takes up what an earlier host left in the state directory. */
  static async open({ directory, embedded, itemChanges, ...options }: LocalDriversOptions): Promise<LocalDrivers> {
    const proxy = await ReverseProxy.start({ onSample: (samples) => deploy.addSamples(samples) });
    const deploy = new LocalDeploy({ ...options, directory: ensure(join(directory, 'deploy')), traffic: proxy });
    const { database, clock } = options;
    const commits = new GroupCommit(database);
    const nosql = new LocalNoSQL({ database, clock, commit: (make) => commits.run(make), listener: itemChanges });
    const drivers = new LocalDrivers(deploy, proxy, nosql);
    if (embedded) process.once('exit', drivers.#endReplicas);
    try {
      await deploy.start();
      nosql.start();
      return drivers;
    } catch (error) {
      await drivers.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    process.off('exit', this.#endReplicas);
    await this.#nosql.close();
    await this.#deploy.close('suspend');
    await this.#proxy.close();
  }
}

function ensure(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}
