import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '../../../core/ids.ts';
import type { Account } from './account.ts';
import { cacheOf, versionAsked } from './configuration.ts';
import { copyTree, makeFolder } from './copyTree.ts';
import type { DatabaseTables, InstanceRow } from './database.ts';
import type { Engine, Installation, Node } from './engines/engine.ts';
import { Server } from './server.ts';

/** Milliseconds that a standby gets to begin to follow with the data that it has, and with data made anew. */
const STANDBY_PATIENCE = { asItIs: 10_000, anew: 60_000 };
/** Milliseconds that a recovery gets to come to its end. */
const RECOVERY_PATIENCE = 30 * 60_000;

/** What of this machine an engine runs with. */
export interface Machine {
  installation: Installation;
  account: Account | undefined;
}

/** What the servers of an instance need from their surroundings. */
export interface ServersSurroundings {
  tables: DatabaseTables;
  engine: Engine;
  /** The engine's programs and the account that they run as; what is missing is an error that says so. */
  machine(): Promise<Machine>;
  /** The folder of all instances, and that of all snapshots. */
  instances: string;
  snapshots: string;
  stopGrace: number;
  adminPassword: string;
  /** Ends what is waited for when the host is closed. */
  signal: AbortSignal;
  /** A server ended without being told to. */
  onEnd(reason: string, primary: boolean): void;
}

/** The two places of an instance where a server may run, of which one is the primary and the other its standby, and their data. */
export class Servers {
  readonly #row: InstanceRow;
  readonly #surroundings: ServersSurroundings;
  readonly #servers: [Server, Server];

  constructor(row: InstanceRow, surroundings: ServersSurroundings) {
    this.#row = row;
    this.#surroundings = surroundings;
    this.#servers = [this.#server(0), this.#server(1)];
  }

  get primary(): Server {
    return this.#servers[this.#row.primary]!;
  }

  get #standby(): Server {
    return this.#servers[1 - this.#row.primary]!;
  }

  get archive(): string {
    return join(this.#directory, 'archive');
  }

  get logFolders(): string[] {
    return this.#servers.map((_server, number) => join(this.#serverDirectory(number), 'logs'));
  }

  /** Takes up the processes that an earlier host started. */
  recover(): void {
    this.#servers.forEach((server, number) => {
      server.recover(this.#serverDirectory(number));
    });
  }

  /** Makes the primary run, with the data that it had or, for the first time, with that of its origin. */
  async startPrimary(): Promise<void> {
    await this.#makeData();
    await this.primary.start();
    if (!this.#row.prepared && this.#row.origin.kind === 'Time') await this.#recovered(this.#row.origin.time);
  }

  /** Makes a second server follow the primary; resolves when it receives what that writes. */
  async startStandby(): Promise<void> {
    const { engine, signal } = this.#surroundings;
    for (const attempt of ['asItIs', 'anew'] as const) {
      await this.#makeStandby(attempt === 'anew');
      await this.#standby.start();
      const node = await this.#standby.node();
      for (const deadline = Date.now() + STANDBY_PATIENCE[attempt]; Date.now() < deadline; await pause(50)) {
        signal.throwIfAborted();
        if (await engine.isStreaming!(node).catch(() => false)) return;
      }
    }
    throw new Error(`the standby does not follow within ${STANDBY_PATIENCE.anew / 1000} seconds`);
  }

  async removeStandby(): Promise<void> {
    const directory = this.#serverDirectory(1 - this.#row.primary);
    await this.#standby.stop();
    if (existsSync(directory)) await rm(directory, { recursive: true, force: true });
  }

  /** The standby, which receives everything, has it all once the primary has ended in order; then it takes its place, and its port. */
  async failOver(commit: (primary: number) => void): Promise<void> {
    const { engine, tables } = this.#surroundings;
    await this.startPrimary();
    await this.startStandby();
    await this.primary.stop();
    await engine.promote!(await this.#standby.node());
    await this.#standby.stop();
    const [old, next] = [this.primary.row, this.#standby.row];
    [old.port, next.port] = [next.port, old.port];
    tables.transaction(() => {
      tables.saveServer(old);
      tables.saveServer(next);
      commit(1 - this.#row.primary);
    });
  }

  /** Lets the primary read settings that need no restart. */
  async reconfigure(): Promise<void> {
    if (!this.primary.running) return;
    await this.#surroundings.engine.configure(await this.primary.node());
    this.primary.reload();
  }

  async stop(): Promise<void> {
    await this.primary.stop();
    await this.#standby.stop();
  }

  /** Starts nothing any more, and ends what is waited for. */
  abandon(): void {
    for (const server of this.#servers) server.abandon();
  }

  /** Lets the processes run on for the next host, or ends them. */
  async close(servers: 'leave' | 'suspend'): Promise<void> {
    if (servers === 'suspend') await Promise.all(this.#servers.map((server) => server.stop()));
    else for (const server of this.#servers) server.leave();
  }

  /** Tells the processes to end, without waiting for them. */
  endNow(): void {
    for (const server of this.#servers) server.endNow();
  }

  /** Ends everything and removes the data. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  /** Copies the primary's data as it was at one moment, while it runs or when it is stopped. */
  async copy(target: string): Promise<void> {
    const { engine, signal } = this.#surroundings;
    const node = await this.#node(this.#row.primary, this.primary.row.port ?? 0);
    if (this.primary.running && engine.copy) return engine.copy(node, target, signal);
    const options = { account: node.account, skip: (path: string) => engine.isTransient(path) };
    const held = (work: () => Promise<void>): Promise<void> =>
      node.installation.container ? work() : this.primary.held(work);
    const copy = (): Promise<void> => held(() => copyTree(node.data, target, options));
    if (this.primary.running && engine.quiesce) return engine.quiesce(node, copy);
    return copy();
  }

  get #directory(): string {
    return join(this.#surroundings.instances, this.#row.name);
  }

  #serverDirectory(number: number): string {
    return join(this.#directory, `server-${number}`);
  }

  async #makeData(): Promise<void> {
    const { instances, machine, signal } = this.#surroundings;
    const directory = this.#serverDirectory(this.#row.primary);
    const data = join(directory, 'data');
    if (existsSync(data)) return;
    // An instance that has been in use must not come back empty.
    if (this.#row.prepared) throw new Error(`its data directory ${data} is gone; put it back, or restore a snapshot`);
    const { account } = await machine();
    for (const folder of [instances, this.#directory, this.archive, directory]) await makeFolder(folder, account);
    // A program that an earlier host began to make data with may still be about, so each attempt has a folder of its own.
    for (const old of (await readdir(directory)).filter((name) => name.includes('.part'))) {
      await rm(join(directory, old), { recursive: true, force: true }).catch(() => undefined);
    }
    const part = { ...(await this.#node(this.#row.primary, 0)), data: `${data}-${newId()}.part` };
    await this.#fill(part);
    signal.throwIfAborted();
    await rename(part.data, data);
  }

  async #fill(node: Node): Promise<void> {
    const { engine, snapshots, instances, signal } = this.#surroundings;
    const { origin } = this.#row;
    if (origin.kind === 'Empty') return engine.initialise(node, signal);
    await copyTree(join(snapshots, origin.snapshot), node.data, { account: node.account });
    if (origin.kind === 'Snapshot') return;
    const archive = join(instances, origin.source, 'archive');
    await engine.recoverTo!(node, { archive, time: new Date(origin.time) });
  }

  async #recovered(time: string): Promise<void> {
    const { engine, signal } = this.#surroundings;
    for (const deadline = Date.now() + RECOVERY_PATIENCE; Date.now() < deadline; await pause(50)) {
      signal.throwIfAborted();
      // A recovery that cannot reach its time ends the engine.
      if (!this.primary.running) await this.primary.start();
      if (await engine.recovered!(await this.primary.node()).catch(() => false)) return;
    }
    throw new Error(`the log was not replayed to ${time} within ${RECOVERY_PATIENCE / 60_000} minutes`);
  }

  async #makeStandby(anew: boolean): Promise<void> {
    const { engine, machine, signal } = this.#surroundings;
    const directory = this.#serverDirectory(1 - this.#row.primary);
    const data = join(directory, 'data');
    if (anew) await this.#standby.stop();
    if (existsSync(data) && !anew) return;
    await makeFolder(directory, (await machine()).account);
    await rm(data, { recursive: true, force: true });
    await rm(`${data}.part`, { recursive: true, force: true });
    await engine.copy!(await this.primary.node(), `${data}.part`, signal);
    await rename(`${data}.part`, data);
  }

  #server(number: number): Server {
    const { tables, engine, stopGrace, onEnd } = this.#surroundings;
    return new Server(tables.server(this.#row.name, number), {
      tables,
      engine,
      stopGrace,
      node: (port) => this.#node(number, port),
      onEnd: (reason) => onEnd(reason, number === this.#row.primary),
    });
  }

  async #node(number: number, port: number): Promise<Node> {
    const { machine, adminPassword, engine } = this.#surroundings;
    const directory = this.#serverDirectory(number);
    const { config, primary } = this.#row;
    return {
      ...(await machine()),
      directory,
      data: join(directory, 'data'),
      port,
      version: versionAsked(config),
      cache: cacheOf(config.instanceClass),
      archive: engine.archiveNow && config.backupRetention > 0 ? this.archive : undefined,
      ...(number !== primary && { follows: this.#servers[primary]!.row.port! }),
      adminPassword,
    };
  }
}
