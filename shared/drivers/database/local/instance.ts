import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '../../../core/ids.ts';
import type { DatabaseStatus } from '../../../types/database.ts';
import type { Account } from './account.ts';
import { cacheOf, versionAsked } from './configuration.ts';
import { copyTree, makeFolder } from './copyTree.ts';
import type { DatabaseTables, InstanceRow, SnapshotRow, Task } from './database.ts';
import type { Engine, Installation, Measurement, Node } from './engines/engine.ts';
import { rotateLogs } from './logs.ts';
import { Server } from './server.ts';

/** Milliseconds after which an instance that has failed is tried again. */
const RETRY_AFTER = 30_000;
/** Milliseconds that a standby gets to begin to follow with the data that it has, and with data made anew. */
const STANDBY_PATIENCE = { asItIs: 10_000, anew: 60_000 };
/** Milliseconds that a recovery gets to come to its end. */
const RECOVERY_PATIENCE = 30 * 60_000;
/** So many unanswered questions in a row, and an engine that runs is ended and started again. */
const MOST_SILENCES = 3;

/** What of this machine an engine runs with. */
export interface Machine {
  installation: Installation;
  account: Account | undefined;
}

/** What an instance needs from its surroundings. */
export interface InstanceSurroundings {
  tables: DatabaseTables;
  engine: Engine;
  /** The engine's programs and the account that they run as; what is missing is an error that says so. */
  machine(): Promise<Machine>;
  /** The folder of all instances, and that of all snapshots. */
  instances: string;
  snapshots: string;
  stopGrace: number;
  adminPassword: string;
  /** The password that clients connect with; it is made when there is none yet. */
  masterPassword(): string;
  /** Writes the row, with an event where the status has changed. */
  save(row: InstanceRow, before: DatabaseStatus): void;
  saveSnapshot(row: SnapshotRow): void;
  /** Its directory and its servers are gone; what else there is of it goes with its row. */
  removed(row: InstanceRow): void;
}

/** One instance: an engine with its data, a second one that follows it where it has a standby, and one thing after the other that is done to it. */
export class Instance {
  readonly row: InstanceRow;
  readonly #surroundings: InstanceSurroundings;
  readonly #servers: [Server, Server];
  readonly #aborted = new AbortController();
  #queue: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #silences = 0;

  constructor(row: InstanceRow, surroundings: InstanceSurroundings) {
    this.row = row;
    this.#surroundings = surroundings;
    this.#servers = [this.#server(0), this.#server(1)];
  }

  get engine(): Engine {
    return this.#surroundings.engine;
  }

  /** Where clients connect, once that is known. */
  get port(): number | undefined {
    return this.#primary.row.port ?? undefined;
  }

  /** The folders of the logs of its servers. */
  get logFolders(): string[] {
    return this.#servers.map((_server, number) => join(this.#serverDirectory(number), 'logs'));
  }

  get archive(): string {
    return join(this.#directory, 'archive');
  }

  /** Takes up what an earlier host left: its processes, and what it had not finished. */
  recover(snapshots: SnapshotRow[]): void {
    this.#servers.forEach((server, number) => {
      server.recover(this.#serverDirectory(number));
    });
    const { task, wanted, status } = this.row;
    if (task) this.#enqueue(() => this.#perform(task));
    else if (wanted === 'stopped') this.#enqueue(() => this.#stopServers());
    else {
      if (status.kind === 'Available' && !this.#primary.running) this.#become({ kind: 'Starting' });
      this.#enqueue(() => this.#heal());
    }
    for (const snapshot of snapshots) this.takeSnapshot(snapshot);
  }

  /** Commits what is to be done, and begins it when everything before is done. */
  begin(task: Task, status: DatabaseStatus, change: Partial<InstanceRow> = {}): void {
    this.#become(status, { ...change, task });
    this.#enqueue(() => this.#perform(task));
  }

  /** Takes a snapshot whose row is there already. */
  takeSnapshot(row: SnapshotRow): void {
    this.#enqueue(() => this.#snapshot(row).catch(() => undefined));
  }

  /** Puts everything that was committed until now into the archive, so that it can be restored to any time before. */
  async archiveNow(): Promise<void> {
    const { engine } = this.#surroundings;
    const { config, status } = this.row;
    if (!engine.archiveNow || config.backupRetention === 0 || status.kind !== 'Available') return;
    // By the machine's clock, as the times in the engine's own log.
    const now = new Date();
    await engine.archiveNow(await this.#primary.node());
    this.#become(this.row.status, { restorableAt: now });
  }

  /** Removes from the archive what no restore begins with any more. */
  async pruneArchive(oldestSnapshot: string): Promise<void> {
    await this.engine.pruneArchive?.(this.archive, join(this.#surroundings.snapshots, oldestSnapshot));
  }

  /** Counts what the engine counts; one that runs and does not answer several times in a row is ended, and then started again. */
  async measure(): Promise<Measurement | undefined> {
    if (this.row.status.kind !== 'Available') return undefined;
    for (const folder of this.logFolders) rotateLogs(this.engine, folder);
    try {
      const measurement = await this.engine.measure(await this.#primary.node());
      this.#silences = 0;
      return measurement;
    } catch {
      this.#silences++;
      if (this.#silences >= MOST_SILENCES && this.#primary.running && !this.row.task) this.#primary.kill();
      return undefined;
    }
  }

  /** Resolves when nothing is left to be done. */
  async idle(): Promise<void> {
    for (let queue: Promise<void> | undefined; queue !== this.#queue; ) {
      queue = this.#queue;
      await queue;
    }
  }

  /** Lets its servers run on for the next host (`leave`), or ends them until that one starts them again (`suspend`). */
  async close(servers: 'leave' | 'suspend'): Promise<void> {
    this.#aborted.abort(new Error('the host was closed'));
    clearTimeout(this.#retry);
    for (const server of this.#servers) server.abandon();
    await this.#queue;
    if (servers === 'suspend') await Promise.all(this.#servers.map((server) => server.stop()));
    else for (const server of this.#servers) server.leave();
  }

  /** Tells its servers to end, without waiting for them. */
  endNow(): void {
    for (const server of this.#servers) server.endNow();
  }

  get #primary(): Server {
    return this.#servers[this.row.primary]!;
  }

  get #standby(): Server {
    return this.#servers[1 - this.row.primary]!;
  }

  get #directory(): string {
    return join(this.#surroundings.instances, this.row.name);
  }

  #serverDirectory(number: number): string {
    return join(this.#directory, `server-${number}`);
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(async () => {
      if (!this.#aborted.signal.aborted) await work();
    });
  }

  #become(status: DatabaseStatus, change: Partial<InstanceRow> = {}): void {
    const before = this.row.status;
    Object.assign(this.row, change, { status });
    this.#surroundings.save(this.row, before);
  }

  async #perform(task: Task): Promise<void> {
    try {
      await this.#do(task);
    } catch (error) {
      // A host that is being closed leaves the task to the next one.
      if (this.#aborted.signal.aborted) return;
      this.#become({ kind: 'Failed', reason: (error as Error).message }, { task: undefined });
      if (task.kind !== 'Delete' && this.row.prepared) this.#retryLater();
    }
  }

  async #do(task: Task): Promise<void> {
    if (task.kind === 'Delete') return this.#delete(task.finalSnapshot);
    if (task.kind === 'Stop') {
      await this.#stopServers();
      return this.#become({ kind: 'Stopped' }, { task: undefined });
    }
    if (task.kind === 'Reboot') {
      if (task.failover) await this.#failOver();
      else await this.#stopServers();
      this.#become({ kind: 'Starting' });
    }
    if (task.kind === 'Modify') await this.#reconfigure(task.restart);
    await this.#bringUp();
    await this.#setUpStandby();
    this.#become({ kind: 'Available' }, { task: undefined });
  }

  /** Makes the primary run, with data and users. */
  async #bringUp(): Promise<void> {
    const { engine, masterPassword } = this.#surroundings;
    await this.#makeData();
    await this.#primary.start();
    if (!this.row.prepared) {
      await this.#recovered();
      await engine.prepare(await this.#primary.node(), masterPassword());
      this.#become(this.row.status, { prepared: true });
    }
  }

  async #setUpStandby(): Promise<void> {
    if (this.row.config.multiAz) await this.#followPrimary();
    else await this.#removeStandby();
  }

  /** Starts it again when it does not run although it should. */
  async #heal(): Promise<void> {
    if (this.row.task || this.row.wanted === 'stopped') return;
    try {
      if (!(await this.#primary.answersNow())) this.#become({ kind: 'Starting' });
      await this.#bringUp();
      this.#become({ kind: 'Available' });
    } catch (error) {
      if (this.#aborted.signal.aborted) return;
      this.#become({ kind: 'Failed', reason: (error as Error).message });
      return this.#retryLater();
    }
    await this.#setUpStandby().catch((error: Error) => {
      if (this.#aborted.signal.aborted) return;
      // It serves without one; the next attempt may find what is missing now.
      process.emitWarning(`database "${this.row.name}" has no standby: ${error.message}`);
      this.#retryLater();
    });
  }

  #retryLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#enqueue(() => this.#heal()), RETRY_AFTER);
    this.#retry.unref();
  }

  async #stopServers(): Promise<void> {
    await this.#primary.stop();
    await this.#standby.stop();
  }

  /** The standby has everything once the primary has ended in order; then it takes its place, and its port. */
  async #failOver(): Promise<void> {
    const { engine, tables } = this.#surroundings;
    await this.#primary.stop();
    await this.#standby.start();
    await engine.promote!(await this.#standby.node());
    await this.#standby.stop();
    const [old, next] = [this.#primary.row, this.#standby.row];
    [old.port, next.port] = [next.port, old.port];
    tables.transaction(() => {
      tables.saveServer(old);
      tables.saveServer(next);
      this.#become(this.row.status, { primary: 1 - this.row.primary, task: { kind: 'Start' } });
    });
  }

  async #reconfigure(restart: boolean): Promise<void> {
    if (restart) return this.#stopServers();
    if (!this.#primary.running) return;
    await this.engine.configure(await this.#primary.node());
    this.#primary.reload();
  }

  async #makeData(): Promise<void> {
    const directory = this.#serverDirectory(this.row.primary);
    const data = join(directory, 'data');
    const { account } = await this.#surroundings.machine();
    await makeFolder(this.#surroundings.instances, account);
    await makeFolder(this.#directory, account);
    await makeFolder(this.archive, account);
    await makeFolder(directory, account);
    if (existsSync(data)) return;
    // A program that an earlier host began to make data with may still be about, so each attempt has a folder of its own.
    for (const old of (await readdir(directory)).filter((name) => name.includes('.part'))) {
      await rm(join(directory, old), { recursive: true, force: true }).catch(() => undefined);
    }
    const part = { ...(await this.#node(this.row.primary, 0)), data: `${data}-${newId()}.part` };
    await this.#fill(part);
    this.#aborted.signal.throwIfAborted();
    await rename(part.data, data);
  }

  async #fill(node: Node): Promise<void> {
    const { engine, snapshots, instances } = this.#surroundings;
    const { origin } = this.row;
    const { account } = node;
    if (origin.kind === 'Empty') return engine.initialise(node, this.#aborted.signal);
    await copyTree(join(snapshots, origin.snapshot), node.data, { account });
    if (origin.kind === 'Snapshot') return;
    const archive = join(instances, origin.source, 'archive');
    await engine.recoverTo!(node, { archive, time: new Date(origin.time) });
  }

  async #recovered(): Promise<void> {
    const { engine } = this.#surroundings;
    if (this.row.origin.kind !== 'Time') return;
    for (const deadline = Date.now() + RECOVERY_PATIENCE; Date.now() < deadline; await pause(50)) {
      this.#aborted.signal.throwIfAborted();
      // A recovery that cannot reach its time ends the engine.
      if (!this.#primary.running) await this.#primary.start();
      if (await engine.recovered!(await this.#primary.node()).catch(() => false)) return;
    }
    throw new Error(`the log was not replayed to ${this.row.origin.time} within ${RECOVERY_PATIENCE / 60_000} minutes`);
  }

  async #followPrimary(): Promise<void> {
    const { engine } = this.#surroundings;
    for (const attempt of ['asItIs', 'anew'] as const) {
      await this.#makeStandby(attempt === 'anew');
      await this.#standby.start();
      const node = await this.#standby.node();
      for (const deadline = Date.now() + STANDBY_PATIENCE[attempt]; Date.now() < deadline; await pause(50)) {
        this.#aborted.signal.throwIfAborted();
        if (await engine.isStreaming!(node).catch(() => false)) return;
      }
    }
    throw new Error(`the standby does not follow within ${STANDBY_PATIENCE.anew / 1000} seconds`);
  }

  async #makeStandby(anew: boolean): Promise<void> {
    const { engine, machine } = this.#surroundings;
    const { account } = await machine();
    const directory = this.#serverDirectory(1 - this.row.primary);
    const data = join(directory, 'data');
    if (anew) await this.#standby.stop();
    if (existsSync(data) && !anew) return;
    await makeFolder(directory, account);
    await rm(data, { recursive: true, force: true });
    await rm(`${data}.part`, { recursive: true, force: true });
    await engine.copy!(await this.#primary.node(), `${data}.part`, this.#aborted.signal);
    await rename(`${data}.part`, data);
  }

  async #removeStandby(): Promise<void> {
    const directory = this.#serverDirectory(1 - this.row.primary);
    await this.#standby.stop();
    if (existsSync(directory)) await rm(directory, { recursive: true, force: true });
  }

  async #snapshot(row: SnapshotRow): Promise<void> {
    const { snapshots, saveSnapshot, machine } = this.#surroundings;
    const target = join(snapshots, row.name);
    try {
      await makeFolder(snapshots, (await machine()).account);
      await rm(`${target}.part`, { recursive: true, force: true });
      await this.#copy(`${target}.part`);
      this.#aborted.signal.throwIfAborted();
      await rename(`${target}.part`, target);
      // By the machine's clock, as the times in the engine's own log.
      saveSnapshot({ ...row, status: 'Available', completedAt: new Date() });
      if (row.type === 'automated') await this.archiveNow();
    } catch (error) {
      // A host that is being closed leaves it to the next one.
      if (this.#aborted.signal.aborted) return;
      await rm(`${target}.part`, { recursive: true, force: true });
      saveSnapshot({ ...row, status: 'Failed', failure: (error as Error).message });
      throw error;
    }
  }

  async #copy(target: string): Promise<void> {
    const { engine } = this.#surroundings;
    const node = await this.#node(this.row.primary, this.#primary.row.port ?? 0);
    if (this.#primary.running && engine.copy) return engine.copy(node, target, this.#aborted.signal);
    const options = { account: node.account, skip: (path: string) => engine.isTransient(path) };
    const held = (work: () => Promise<void>): Promise<void> =>
      node.installation.container ? work() : this.#primary.held(work);
    const copy = (): Promise<void> => held(() => copyTree(node.data, target, options));
    if (this.#primary.running && engine.quiesce) return engine.quiesce(node, copy);
    return copy();
  }

  async #delete(finalSnapshot: string | undefined): Promise<void> {
    const { tables, removed } = this.#surroundings;
    const row = finalSnapshot === undefined ? undefined : tables.snapshot(finalSnapshot);
    if (row && row.status !== 'Available') {
      try {
        await this.#snapshot(row);
      } catch (error) {
        const status: DatabaseStatus = this.#primary.running ? { kind: 'Available' } : { kind: 'Stopped' };
        this.#become(status, { task: undefined });
        process.emitWarning(
          `database "${this.row.name}" was not deleted, because its final snapshot failed: ${(error as Error).message}`,
        );
        return;
      }
    }
    this.#aborted.signal.throwIfAborted();
    await this.#stopServers();
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    removed(this.row);
  }

  #server(number: number): Server {
    const { tables, engine, stopGrace } = this.#surroundings;
    return new Server(tables.server(this.row.name, number), {
      tables,
      engine,
      stopGrace,
      node: (port) => this.#node(number, port),
      onEnd: (reason) => this.#onEnd(number, reason),
    });
  }

  #onEnd(number: number, reason: string): void {
    process.emitWarning(`database "${this.row.name}": an engine ended and is started again: ${reason}`);
    if (number === this.row.primary && !this.row.task && this.row.wanted === 'running') {
      this.#become({ kind: 'Starting' });
    }
    this.#enqueue(() => this.#heal());
  }

  async #node(number: number, port: number): Promise<Node> {
    const { machine, adminPassword, engine } = this.#surroundings;
    const directory = this.#serverDirectory(number);
    const { config } = this.row;
    return {
      ...(await machine()),
      directory,
      data: join(directory, 'data'),
      port,
      version: versionAsked(config),
      cache: cacheOf(config.instanceClass),
      archive: engine.archiveNow && config.backupRetention > 0 ? this.archive : undefined,
      ...(number !== this.row.primary && { follows: this.#primary.row.port! }),
      adminPassword,
    };
  }
}
