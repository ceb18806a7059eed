import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../deploy/local/freePort.ts';
import {
  closeFence,
  endGroup,
  isAlive,
  launch,
  type ProcessIdentity,
  signal,
  signalOne,
  startTimeOf,
} from '../../deploy/local/process.ts';
import { makeFolder } from './copyTree.ts';
import type { DatabaseTables, ServerRow } from './database.ts';
import type { Engine, Node } from './engines/engine.ts';
import { lastLines } from './logs.ts';

/** Milliseconds between two questions to a server that has been started. */
const ANSWER_INTERVAL = 50;
/** Milliseconds that a server gets to answer for the first time: a repair after a crash may be long. */
const START_PATIENCE = 300_000;
/** How often the system is asked whether an adopted process still runs, in milliseconds. */
const ADOPTED_POLL = 200;
/** Milliseconds between a crash and the next start, doubled at each; after so many in a row it is given up. */
const BACKOFF = 100;
const MOST_CRASHES = 5;
/** Milliseconds that what a killed engine left gets to give its port back. */
const PORT_PATIENCE = 500;
/** Milliseconds that the system gets to hold a process still. */
const HOLD_PATIENCE = 10_000;

/** What a server needs from its surroundings. */
export interface ServerSurroundings {
  tables: DatabaseTables;
  engine: Engine;
  /** Milliseconds between the signal to end and SIGKILL. */
  stopGrace: number;
  /** How it is to run; asked before each start. */
  node(port: number): Promise<Node>;
  /** It ended without being told to, after it had answered. */
  onEnd(reason: string): void;
}

/** The process of one engine. Waiting for it takes real time, whatever the host's clock says. */
export class Server {
  readonly row: ServerRow;
  readonly #surroundings: ServerSurroundings;
  #identity: ProcessIdentity | undefined;
  #ended: Promise<void> = Promise.resolve();
  #endReason = '';
  #answered = false;
  #stopping = false;
  #abandoned = false;
  #poll: NodeJS.Timeout | undefined;

  constructor(row: ServerRow, surroundings: ServerSurroundings) {
    this.row = row;
    this.#surroundings = surroundings;
  }

  get running(): boolean {
    return this.#identity !== undefined;
  }

  /** How it is to run, with the port that it has. */
  node(): Promise<Node> {
    return this.#surroundings.node(this.row.port!);
  }

  /** Takes up the process that an earlier host started; false when there is none. */
  recover(directory: string): boolean {
    const { pid, started, attempt } = this.row;
    const noted = pid !== null && started !== null && isAlive({ pid, started }) ? { pid, started } : undefined;
    const survivor = noted ?? (attempt > 0 ? closeFence(this.#fence(directory)) : undefined);
    if (!survivor) return false;
    // A host that died while it held the process still never let it go.
    signal(survivor, 'SIGCONT');
    this.#adopt(survivor, directory);
    return true;
  }

  /** Starts the process if it does not run; resolves when it answers a query. */
  async start(): Promise<void> {
    this.#stopping = false;
    for (let crashes = 0; !this.#abandoned; crashes++) {
      if (crashes === MOST_CRASHES) throw new Error(await this.#reason());
      if (crashes > 0) await pause(BACKOFF * 2 ** (crashes - 1));
      if (!this.#identity) await this.#launch();
      if (await this.#answers()) return;
    }
    throw new Error('the host was closed');
  }

  /** Whether it runs and answers a query. */
  async answersNow(): Promise<boolean> {
    const identity = this.#identity;
    if (!identity) return false;
    const answered = await this.#surroundings.engine.ping(await this.node()).then(
      () => true,
      () => false,
    );
    if (!answered || this.#identity !== identity) return false;
    this.#answered = true;
    return true;
  }

  /** Ends the process in order; after the grace by force. */
  async stop(): Promise<void> {
    const identity = this.#identity;
    this.#stopping = true;
    if (!identity) return;
    const { engine, stopGrace } = this.#surroundings;
    signalOne(identity, engine.stopSignal);
    const cancel = new AbortController();
    await Promise.race([this.#ended, pause(stopGrace, undefined, { signal: cancel.signal }).catch(() => undefined)]);
    cancel.abort();
    if (this.#identity === identity) signal(identity, 'SIGKILL');
    await this.#ended;
  }

  /** Ends the process so that it is started again: it runs and does not answer. */
  kill(): void {
    if (this.#identity) signal(this.#identity, 'SIGKILL');
  }

  /** Tells it to read its settings again. */
  reload(): void {
    if (this.#identity) signalOne(this.#identity, 'SIGHUP');
  }

  /** Runs `work` while nothing in the process moves; what the system has been told to write by then is written. */
  async held(work: () => Promise<void>): Promise<void> {
    const identity = this.#identity;
    if (!identity) return work();
    signal(identity, 'SIGSTOP');
    try {
      for (const deadline = Date.now() + HOLD_PATIENCE; !isHeld(identity.pid); await pause(2)) {
        if (Date.now() > deadline) throw new Error('the engine could not be held still');
      }
      await work();
    } finally {
      signal(identity, 'SIGCONT');
    }
  }

  /** Ends what is waited for and starts nothing any more. */
  abandon(): void {
    this.#abandoned = true;
  }

  /** Lets go of the process without ending it: another host will adopt it. */
  leave(): void {
    clearTimeout(this.#poll);
  }

  /** Tells the process to end, without waiting for it. */
  endNow(): void {
    this.#stopping = true;
    if (this.#identity) signalOne(this.#identity, this.#surroundings.engine.stopSignal);
  }

  async #launch(): Promise<void> {
    const { tables, engine } = this.#surroundings;
    const port = await portFor(this.row.port);
    const node = await this.#surroundings.node(port);
    await engine.configure(node);
    await makeFolder(join(node.directory, 'run'), node.account);
    await makeFolder(join(node.directory, 'logs'), node.account);
    Object.assign(this.row, { attempt: this.row.attempt + 1, port, pid: null, started: null });
    tables.saveServer(this.row);
    const child = launch({
      fence: this.#fence(node.directory),
      command: engine.command(node),
      environment: {
        PATH: process.env.PATH ?? '',
        HOME: node.directory,
        LC_ALL: 'C',
        TZ: 'UTC',
        ...engine.environment?.(node),
      },
      directory: node.directory,
      stdout: join(node.directory, 'logs', 'stdout.log'),
      stderr: join(node.directory, 'logs', 'stderr.log'),
      // A container engine asks for rights of its own; what it runs is told the account.
      account: node.installation.container ? undefined : node.account,
    });
    this.#watchChild(child, node.directory);
  }

  /** Whether the process answers; false when it ended before it did. */
  async #answers(): Promise<boolean> {
    const identity = this.#identity;
    for (const deadline = Date.now() + START_PATIENCE; identity && this.#identity === identity; ) {
      if (await this.answersNow()) return true;
      if (this.#abandoned) return false;
      if (Date.now() > deadline) this.kill();
      await pause(ANSWER_INTERVAL);
    }
    return false;
  }

  #watchChild(child: ChildProcess, directory: string): void {
    const { pid } = child;
    child.once('error', (error) => this.#onEnd(error.message, directory));
    if (pid === undefined) return;
    child.unref();
    const { promise, resolve } = Promise.withResolvers<void>();
    child.once('exit', (code, name) => {
      this.#onEnd(name ? `it was ended by ${name}` : `it ended with exit code ${code}`, directory);
      resolve();
    });
    this.#begin({ pid, started: startTimeOf(pid) ?? 'ended' }, promise);
  }

  #adopt(identity: ProcessIdentity, directory: string): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (isAlive(identity)) {
        this.#poll = setTimeout(look, ADOPTED_POLL);
        return;
      }
      this.#onEnd('it ended', directory);
      resolve();
    };
    this.#begin(identity, promise);
    this.#poll = setTimeout(look, ADOPTED_POLL);
  }

  #begin(identity: ProcessIdentity, ended: Promise<void>): void {
    this.#identity = identity;
    this.#ended = ended;
    this.#answered = false;
    Object.assign(this.row, identity);
    this.#surroundings.tables.saveServer(this.row);
  }

  #onEnd(reason: string, directory: string): void {
    const { tables, onEnd } = this.#surroundings;
    if (this.#identity) endGroup(this.#identity.pid);
    rmSync(this.#fence(directory), { force: true });
    this.#identity = undefined;
    this.#endReason = reason;
    clearTimeout(this.#poll);
    if (this.#abandoned) return;
    Object.assign(this.row, { pid: null, started: null });
    tables.saveServer(this.row);
    const surprising = this.#answered && !this.#stopping;
    this.#answered = false;
    if (surprising) onEnd(reason);
  }

  async #reason(): Promise<string> {
    const { directory } = await this.node();
    const lines = ['stderr.log', 'stdout.log'].flatMap((file) => lastLines(join(directory, 'logs', file), 3));
    const log = lines.length ? `; its last lines: ${lines.join(' | ')}` : '; it wrote no log';
    return `the engine ended ${MOST_CRASHES} times in a row before it answered: ${this.#endReason}${log}`;
  }

  /** The fence of this attempt: it lies in a folder of the server, so that no process can start once that is removed. */
  #fence(directory: string): string {
    return join(directory, 'run', `${this.row.attempt}.pid`);
  }
}

/** Whether no thread of a process moves; where the system does not tell, a moment is waited. */
function isHeld(pid: number): boolean {
  if (process.platform !== 'linux') {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    return true;
  }
  return readdirSync(`/proc/${pid}/task`).every((thread) => {
    try {
      return / [TX] /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').replace(/^.*\)/s, ''));
    } catch {
      return true;
    }
  });
}

/** The port that it had, once that is free; another one when it is somebody else's now. */
async function portFor(earlier: number | null): Promise<number> {
  for (const deadline = Date.now() + PORT_PATIENCE; earlier !== null && Date.now() < deadline; await pause(50)) {
    if (await isFree(earlier)) return earlier;
  }
  return freePort();
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
