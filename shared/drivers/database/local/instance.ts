import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseStatus } from '../../../types/database.ts';
import { makeFolder } from './copyTree.ts';
import type { InstanceRow, SnapshotRow, Task } from './database.ts';
import type { Engine, Measurement } from './engines/engine.ts';
import { rotateLogs } from './logs.ts';
import { Servers, type ServersSurroundings } from './servers.ts';

/** Milliseconds after which an instance that has failed is tried again. */
const RETRY_AFTER = 30_000;
/** So many unanswered questions in a row, and an engine that runs is ended and started again. */
const MOST_SILENCES = 3;

/** What an instance needs from its surroundings. */
export interface InstanceSurroundings extends Omit<ServersSurroundings, 'signal' | 'onEnd'> {
  /** The password that clients connect with; it is made when there is none yet. */
  masterPassword(): string;
  /** Writes the row, with an event where the status has changed. */
  save(row: InstanceRow, before: DatabaseStatus): void;
  saveSnapshot(row: SnapshotRow): void;
  /** Its directory and its servers are gone; what else there is of it goes with its row. */
  removed(row: InstanceRow): void;
}

/** One instance: its servers, and one thing after the other that is done to them. */
export class Instance {
  readonly row: InstanceRow;
  readonly #surroundings: InstanceSurroundings;
  readonly #servers: Servers;
  readonly #aborted = new AbortController();
  #queue: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #silences = 0;
  #gone = false;

  constructor(row: InstanceRow, surroundings: InstanceSurroundings) {
    this.row = row;
    this.#surroundings = surroundings;
    this.#servers = new Servers(row, {
      ...surroundings,
      signal: this.#aborted.signal,
      onEnd: (reason, primary) => this.#onEnd(reason, primary),
    });
  }

  get engine(): Engine {
    return this.#surroundings.engine;
  }

  /** Where clients connect, once that is known. */
  get port(): number | undefined {
    return this.#servers.primary.row.port ?? undefined;
  }

  /** The folders of the logs of its servers. */
  get logFolders(): string[] {
    return this.#servers.logFolders;
  }

  /** Takes up what an earlier host left: its processes, and what it had not finished. */
  recover(snapshots: SnapshotRow[]): void {
    this.#servers.recover();
    const { task, wanted, status } = this.row;
    if (task) this.#enqueue(() => this.#perform(task));
    else if (wanted === 'stopped') this.#enqueue(() => this.#servers.stop());
    else {
      if (status.kind === 'Available' && !this.#servers.primary.running) this.#become({ kind: 'Starting' });
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
    this.#enqueue(async () => {
      try {
        await this.#snapshot(row);
      } catch {
        // Its row says why.
        return;
      }
      if (row.type === 'automated') await this.archiveNow().catch((error: Error) => this.#warn(error.message));
    });
  }

  /** Puts everything that was committed until now into the archive, so that it can be restored to any time before. */
  async archiveNow(): Promise<void> {
    const { engine } = this.#surroundings;
    const { config, status } = this.row;
    if (!engine.archiveNow || config.backupRetention === 0 || status.kind !== 'Available') return;
    // By the machine's clock, as the times in the engine's own log.
    const now = new Date();
    await engine.archiveNow(await this.#servers.primary.node());
    this.#become(this.row.status, { restorableAt: now });
  }

  /** Removes from the archive what no restore begins with any more. */
  async pruneArchive(oldestSnapshot: string): Promise<void> {
    await this.engine.pruneArchive?.(this.#servers.archive, join(this.#surroundings.snapshots, oldestSnapshot));
  }

  /** Counts what the engine counts; one that runs and does not answer several times in a row is ended, and then started again. */
  async measure(): Promise<Measurement | undefined> {
    if (this.row.status.kind !== 'Available') return undefined;
    for (const folder of this.logFolders) rotateLogs(this.engine, folder);
    try {
      const measurement = await this.engine.measure(await this.#servers.primary.node());
      this.#silences = 0;
      return measurement;
    } catch {
      this.#silences++;
      if (this.#silences >= MOST_SILENCES && this.#servers.primary.running && !this.row.task)
        this.#servers.primary.kill();
      return undefined;
    }
  }

  /** Lets its servers run on for the next host (`leave`), or ends them until that one starts them again (`suspend`). */
  async close(servers: 'leave' | 'suspend'): Promise<void> {
    this.#aborted.abort(new Error('the host was closed'));
    clearTimeout(this.#retry);
    this.#servers.abandon();
    await this.#queue;
    await this.#servers.close(servers);
  }

  /** Tells its servers to end, without waiting for them. */
  endNow(): void {
    this.#servers.endNow();
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(async () => {
      if (!this.#aborted.signal.aborted) await work();
    });
  }

  #become(status: DatabaseStatus, change: Partial<InstanceRow> = {}): void {
    // What still comes in of an instance that has been deleted must not bring its row back.
    if (this.#gone) return;
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
      await this.#servers.stop();
      return this.#become({ kind: 'Stopped' }, { task: undefined });
    }
    if (task.kind === 'Reboot') {
      if (task.failover) await this.#failOver();
      else await this.#servers.stop();
      this.#become({ kind: 'Starting' });
    }
    if (task.kind === 'Modify') await (task.restart ? this.#servers.stop() : this.#servers.reconfigure());
    await this.#bringUp();
    await this.#setUpStandby();
    this.#become({ kind: 'Available' }, { task: undefined });
  }

  /** Makes the primary run, with data and users. */
  async #bringUp(): Promise<void> {
    const { engine, masterPassword } = this.#surroundings;
    await this.#servers.startPrimary();
    if (this.row.prepared) return;
    await engine.prepare(await this.#servers.primary.node(), masterPassword());
    this.#become(this.row.status, { prepared: true });
  }

  async #setUpStandby(): Promise<void> {
    if (this.row.config.multiAz) await this.#servers.startStandby();
    else await this.#servers.removeStandby();
  }

  /** Starts it again when it does not run although it should. */
  async #heal(): Promise<void> {
    if (this.row.task || this.row.wanted === 'stopped') return;
    try {
      if (!(await this.#servers.primary.answersNow())) this.#become({ kind: 'Starting' });
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
      this.#warn(`it has no standby: ${error.message}`);
      this.#retryLater();
    });
  }

  #retryLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#enqueue(() => this.#heal()), RETRY_AFTER);
    this.#retry.unref();
  }

  #failOver(): Promise<void> {
    return this.#servers.failOver((primary) => {
      // Done again from here on, it would be undone.
      this.#become(this.row.status, { primary, task: { kind: 'Start' } });
    });
  }

  async #snapshot(row: SnapshotRow): Promise<void> {
    const { snapshots, saveSnapshot, machine } = this.#surroundings;
    const target = join(snapshots, row.name);
    try {
      await makeFolder(snapshots, (await machine()).account);
      await rm(`${target}.part`, { recursive: true, force: true });
      await this.#servers.copy(`${target}.part`);
      this.#aborted.signal.throwIfAborted();
      await rename(`${target}.part`, target);
      // By the machine's clock, as the times in the engine's own log.
      saveSnapshot({ ...row, status: 'Available', completedAt: new Date() });
    } catch (error) {
      // A host that is being closed leaves it to the next one.
      if (this.#aborted.signal.aborted) return;
      await rm(`${target}.part`, { recursive: true, force: true });
      saveSnapshot({ ...row, status: 'Failed', failure: (error as Error).message });
      throw error;
    }
  }

  async #delete(finalSnapshot: string | undefined): Promise<void> {
    const { tables, removed } = this.#surroundings;
    const row = finalSnapshot === undefined ? undefined : tables.snapshot(finalSnapshot);
    if (row && row.status !== 'Available') {
      try {
        await this.#snapshot(row);
      } catch (error) {
        const status: DatabaseStatus = this.#servers.primary.running ? { kind: 'Available' } : { kind: 'Stopped' };
        this.#become(status, { task: undefined });
        this.#warn(`it was not deleted, because its final snapshot failed: ${(error as Error).message}`);
        return;
      }
    }
    this.#aborted.signal.throwIfAborted();
    await this.#servers.remove();
    this.#gone = true;
    removed(this.row);
  }

  #onEnd(reason: string, primary: boolean): void {
    this.#warn(`an engine ended and is started again: ${reason}`);
    if (primary && !this.row.task && this.row.wanted === 'running') this.#become({ kind: 'Starting' });
    this.#enqueue(() => this.#heal());
  }

  #warn(message: string): void {
    process.emitWarning(`database "${this.row.name}": ${message}`);
  }
}
