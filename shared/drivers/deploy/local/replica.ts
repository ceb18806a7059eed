import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../../../core/clock.ts';
import { CloudError } from '../../../core/errors.ts';
import type { HealthCheckConfig } from '../../../types/deploy.ts';
import type { DeployTables, ReplicaRow } from './database.ts';
import { freePort } from './freePort.ts';
import { checkHealth } from './health.ts';
import type { ReplicaLogs } from './logs.ts';
import {
  closeFence,
  endGroup,
  isAlive,
  launch,
  type ProcessIdentity,
  signal,
  startTimeOf,
  usageOf,
} from './process.ts';
import type { Program } from './program.ts';

/** Until a replica answers for the first time it is asked this often, in milliseconds, however long its interval is. */
const FIRST_ANSWER_INTERVAL = 100;
/** Until it is ready it is asked at least this often, in milliseconds. */
const UNREADY_INTERVAL = 500;
/** How often the system is asked whether an adopted process still runs, in milliseconds. */
const ADOPTED_POLL = 200;
/** Milliseconds between a crash and the next start: doubled at each restart, from the first to the second. */
const BACKOFF = { first: 200, longest: 30_000 };
/** This many restarts without being ready for `stableAfter` milliseconds are a crash loop. */
const CRASH_LOOP = { restarts: 5, stableAfter: 10_000 };

/** What a replica needs from its surroundings. */
export interface ReplicaSurroundings {
  tables: DeployTables;
  logs: ReplicaLogs;
  clock: Clock;
  /** Where fences are kept. */
  directory: string;
  healthChecks: HealthCheckConfig;
  /** Bytes; more ends the process. */
  memoryLimit: number | undefined;
  /** Milliseconds between SIGTERM and SIGKILL. */
  stopGrace: number;
  program(replica: { id: string; port: number }): Promise<Program>;
  /** Its readiness changed, or it ended. */
  onChange(): void;
  onCrashLoop(reason: string): void;
  /** Resolves when no request is in flight to it any more. */
  drain(): Promise<unknown>;
}

/** One replica: a process with its own port and log files, started again when it ends without being told to. */
export class Replica {
  readonly row: ReplicaRow;
  readonly #surroundings: ReplicaSurroundings;
  #ready = false;
  /** When this attempt became ready for the first time, in milliseconds since the epoch. */
  #readySince: number | undefined;
  #processorSeen: number | undefined;
  #passes = 0;
  #failures = 0;
  #endReason: string | undefined;
  #identity: ProcessIdentity | undefined;
  #ended: Promise<void> = Promise.resolve();
  #cancelTimer: () => void = () => undefined;
  #cancelPoll: () => void = () => undefined;
  #abandoned = false;
  #stopped: Promise<void> | undefined;

  constructor(row: ReplicaRow, surroundings: ReplicaSurroundings) {
    this.row = row;
    this.#surroundings = surroundings;
  }

  get ready(): boolean {
    return this.#ready && !this.row.stopping;
  }

  get running(): boolean {
    return this.#identity !== undefined;
  }

  /** Milliseconds of processor time that its process has used since this was asked last; 0 where the system does not tell. */
  processorTime(): number {
    const total = this.#usage()?.processor;
    const used = (total ?? 0) - (this.#processorSeen ?? total ?? 0);
    this.#processorSeen = total;
    return used;
  }

  /** Takes up the process that an earlier host started for this replica, or starts one when it is gone and still wanted. */
  recover(): void {
    const { pid, started, attempt, stopping } = this.row;
    const noted = pid !== null && started !== null && isAlive({ pid, started }) ? { pid, started } : undefined;
    const survivor = noted ?? (attempt > 0 ? closeFence(this.#fence()) : undefined);
    if (survivor) this.#adopt(survivor);
    else if (!stopping) void this.start();
  }

  /** Starts the next attempt; what fails before there is a process counts as a crash. */
  async start(): Promise<void> {
    const { tables, logs } = this.#surroundings;
    try {
      const port = await freePort();
      const program = await this.#surroundings.program({ id: this.row.id, port });
      if (this.row.stopping || this.#abandoned) return;
      Object.assign(this.row, { attempt: this.row.attempt + 1, port, pid: null, started: null });
      tables.saveReplica(this.row);
      const child = launch({
        fence: this.#fence(),
        command: program.command,
        environment: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...program.environment },
        directory: process.cwd(),
        ...logs.files(this.row.deployment, this.row.revision, this.row.id),
      });
      this.#watchChild(child);
    } catch (error) {
      this.#onEnd(CloudError.from(error).message);
    }
  }

  /** Takes it out of rotation, waits for its requests, ends its process (SIGTERM, after the grace SIGKILL) and forgets it. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Lets go of the process without ending it: another host will adopt it. */
  abandon(): void {
    this.#abandoned = true;
    this.#cancelTimer();
    this.#cancelPoll();
  }

  /** Ends its process now and keeps the row, so that the next host starts it again. */
  async suspend(): Promise<void> {
    this.#abandoned = true;
    this.#cancelTimer();
    await this.#endProcess();
  }

  /** Tells its process to end, without waiting for it. */
  endNow(): void {
    if (this.#identity) signal(this.#identity, 'SIGTERM');
  }

  /** Ends a process that uses more memory than its limit. */
  enforceMemory(): void {
    const { memoryLimit } = this.#surroundings;
    const memory = this.#usage()?.memory;
    if (memoryLimit === undefined || memory === undefined || memory <= memoryLimit) return;
    this.#endReason = `it used ${megabytes(memory)} MB of memory, more than its limit of ${megabytes(memoryLimit)} MB`;
    if (this.#identity) signal(this.#identity, 'SIGKILL');
  }

  async #stop(): Promise<void> {
    const { tables, onChange, drain } = this.#surroundings;
    this.row.stopping = 1;
    tables.saveReplica(this.row);
    this.#cancelTimer();
    const drained = this.#ready ? drain() : undefined;
    onChange();
    await drained;
    if (!this.#abandoned) await this.#endProcess();
    if (this.#abandoned) return;
    tables.removeReplica(this.row.id);
    rmSync(dirname(this.#fence()), { recursive: true, force: true });
    onChange();
  }

  async #endProcess(): Promise<void> {
    const identity = this.#identity;
    if (!identity) return;
    const { clock, stopGrace } = this.#surroundings;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    signal(identity, 'SIGTERM');
    const cancel = clock.at(new Date(clock.now().getTime() + stopGrace), resolve);
    await Promise.race([this.#ended, late]);
    cancel();
    if (this.#identity !== identity) return;
    signal(identity, 'SIGKILL');
    await this.#ended;
  }

  #usage(): { memory: number; processor: number } | undefined {
    return this.#identity && usageOf(this.#identity.pid);
  }

  /** The fence of this attempt, in a folder of the replica: a process that comes after the folder was removed cannot run either. */
  #fence(): string {
    return join(this.#surroundings.directory, this.row.id, `${this.row.attempt}.pid`);
  }

  #watchChild(child: ChildProcess): void {
    const { pid } = child;
    child.once('error', (error) => this.#onEnd(error.message));
    if (pid === undefined) return;
    child.unref();
    this.#begin(
      { pid, started: startTimeOf(pid) ?? 'ended' },
      new Promise((resolve) => {
        child.once('exit', (code, name) => {
          this.#onEnd(name ? `it was ended by ${name}` : `it ended with exit code ${code}`);
          resolve();
        });
      }),
    );
  }

  #adopt(identity: ProcessIdentity): void {
    const { clock } = this.#surroundings;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const pollLater = (): void => {
      this.#cancelPoll = clock.at(new Date(clock.now().getTime() + ADOPTED_POLL), () => {
        if (isAlive(identity)) return pollLater();
        this.#onEnd('it ended');
        resolve();
      });
    };
    this.#begin(identity, ended);
    pollLater();
  }

  #begin(identity: ProcessIdentity, ended: Promise<void>): void {
    this.#identity = identity;
    this.#ended = ended;
    Object.assign(this.row, identity);
    this.#surroundings.tables.saveReplica(this.row);
    this.#passes = 0;
    this.#failures = 0;
    this.#readySince = undefined;
    this.#processorSeen = undefined;
    const { clock, healthChecks } = this.#surroundings;
    const { startPeriod, interval, unhealthyThreshold } = healthChecks;
    const patience = startPeriod.milliseconds + interval.milliseconds * unhealthyThreshold;
    const patientUntil = clock.now().getTime() + patience;
    this.#checkLater(FIRST_ANSWER_INTERVAL, patientUntil);
  }

  #checkLater(milliseconds: number, patientUntil: number): void {
    const { clock } = this.#surroundings;
    this.#cancelTimer = clock.at(new Date(clock.now().getTime() + milliseconds), () => void this.#check(patientUntil));
  }

  async #check(patientUntil: number): Promise<void> {
    const identity = this.#identity;
    const { healthChecks, clock } = this.#surroundings;
    const healthy = await checkHealth(this.row.port!, healthChecks.path, healthChecks.timeout.milliseconds);
    if (this.#identity !== identity || this.row.stopping || this.#abandoned) return;
    if (healthy) this.#passed();
    else if (this.#failed(clock.now().getTime() < patientUntil)) return;
    this.#checkLater(this.#untilNextCheck(), patientUntil);
  }

  #untilNextCheck(): number {
    const interval = this.#surroundings.healthChecks.interval.milliseconds;
    if (this.#ready) return interval;
    return Math.min(interval, this.#passes > 0 ? UNREADY_INTERVAL : FIRST_ANSWER_INTERVAL);
  }

  #passed(): void {
    this.#passes++;
    this.#failures = 0;
    if (this.#ready || this.#passes < this.#surroundings.healthChecks.healthyThreshold) return;
    this.#ready = true;
    this.#readySince ??= this.#surroundings.clock.now().getTime();
    this.#surroundings.onChange();
  }

  /** Counts a failed check; true when it was one too many and the process is being ended. */
  #failed(patient: boolean): boolean {
    this.#passes = 0;
    if (patient && !this.#ready) return false;
    this.#failures++;
    const { unhealthyThreshold, path } = this.#surroundings.healthChecks;
    if (this.#failures < unhealthyThreshold) return false;
    this.#endReason = `its health check GET ${path} failed ${this.#failures} times in a row`;
    this.#notReady();
    void this.#endProcess();
    return true;
  }

  #notReady(): void {
    if (!this.#ready) return;
    this.#ready = false;
    this.#surroundings.onChange();
  }

  #onEnd(reason: string): void {
    const { clock } = this.#surroundings;
    this.#cancelTimer();
    this.#forgetProcess();
    if (this.row.stopping || this.#abandoned) return;
    const now = clock.now().getTime();
    const lived = now - (this.#readySince ?? now);
    this.row.restarts = lived > CRASH_LOOP.stableAfter ? 1 : this.row.restarts + 1;
    Object.assign(this.row, { pid: null, started: null });
    this.#surroundings.tables.saveReplica(this.row);
    this.#notReady();
    this.#reportCrashLoop(this.#endReason ?? reason);
    this.#endReason = undefined;
    const wait = Math.min(BACKOFF.longest, BACKOFF.first * 2 ** (this.row.restarts - 1));
    this.#cancelTimer = clock.at(new Date(now + wait), () => void this.start());
  }

  /** Its process has ended: what that one had started ends as well, and its fence has nothing left to say. */
  #forgetProcess(): void {
    if (!this.#identity) return;
    endGroup(this.#identity.pid);
    rmSync(this.#fence(), { force: true });
    this.#identity = undefined;
  }

  #reportCrashLoop(reason: string): void {
    const { id, deployment, revision, restarts } = this.row;
    if (restarts < CRASH_LOOP.restarts) return;
    const lines = this.#surroundings.logs.tail(deployment, revision, id, 5);
    const log = lines.length ? `; its last lines: ${lines.join(' | ')}` : '; it wrote no log';
    this.#surroundings.onCrashLoop(`replica ${id} crashed ${restarts} times in a row: ${reason}${log}`);
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 1024 ** 2);
