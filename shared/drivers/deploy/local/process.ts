import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in the form that this system reports it. */
  started: string;
}

export interface Launch {
  /** The file that says who won the right to run as this attempt: the launched process, or a host that gave it up. */
  fence: string;
  command: string[];
  environment: Record<string, string>;
  directory: string;
  stdout: string;
  stderr: string;
  /** The user that it runs as, when it is not this process's own; that one must be able to write into the fence's folder. */
  account?: { uid: number; gid: number } | undefined;
}

/**
 * The process writes its own pid, and where the system has it its line of /proc, to a file that must not exist yet, and only then becomes the
 * program. A host that died between the start and its own note of it finds the process there; a host that gives up an attempt creates the
 * file first, or has removed its folder, and the late process ends with 111.
 */
const BEHIND_FENCE =
  'set -C; { read -r stat < /proc/$$/stat; } 2>/dev/null; echo "$$ $stat" > "$0" || exit 111; exec "$@"';

/** Milliseconds that a process which has created its fence gets to write into it. */
const FENCE_PATIENCE = 1000;

/** Starts a program in a session of its own, so that it outlives this process. */
export function launch({ fence, command, environment, directory, stdout, stderr, account }: Launch): ChildProcess {
  for (const file of [fence, stdout, stderr]) mkdirSync(dirname(file), { recursive: true });
  const out = openSync(stdout, 'a', 0o600);
  const err = openSync(stderr, 'a', 0o600);
  try {
    return spawn('/bin/sh', ['-c', BEHIND_FENCE, fence, ...command], {
      cwd: directory,
      env: environment,
      detached: true,
      stdio: ['ignore', out, err],
      ...(account && { uid: account.uid, gid: account.gid }),
    });
  } finally {
    closeSync(out);
    closeSync(err);
  }
}

/** The process that runs behind a fence, if there is one; afterwards none can appear there any more. */
export function closeFence(fence: string): ProcessIdentity | undefined {
  mkdirSync(dirname(fence), { recursive: true });
  try {
    writeFileSync(fence, '0\n', { flag: 'wx' });
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const [pid = '0', ...stat] = readFence(fence).trim().split(' ');
  const started = Number(pid) > 0 ? startTimeOf(Number(pid)) : undefined;
  if (!started) return undefined;
  // A later process may have the number of a dead one, but not its start time as well.
  if (stat.length && fieldsOf(stat.join(' '))[START_TIME] !== started) return undefined;
  return { pid: Number(pid), started };
}

/** When a process started, as the system tells it; undefined when there is no such process or it has ended. */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    const fields = linuxStat(pid);
    return fields && fields[0] !== 'Z' && fields[0] !== 'X' ? fields[START_TIME] : undefined;
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Whether exactly this process still runs. */
export function isAlive({ pid, started }: ProcessIdentity): boolean {
  return startTimeOf(pid) === started;
}

/** Sends a signal to the process and all that it started; false when it is gone. */
export function signal({ pid, started }: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (startTimeOf(pid) !== started) return false;
  try {
    process.kill(-pid, name);
    return true;
  } catch {
    return false;
  }
}

/** Sends a signal to the process alone, which tells those that it started what they need to know; false when it is gone. */
export function signalOne({ pid, started }: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (startTimeOf(pid) !== started) return false;
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

/** Ends what a process that has ended itself left behind: the processes that it had started. */
export function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It left nothing.
  }
}

/** What a process uses now: memory in bytes, and processor time since its start in milliseconds. Known on Linux only. */
export function usageOf(pid: number): { memory: number; processor: number } | undefined {
  const fields = process.platform === 'linux' ? linuxStat(pid) : undefined;
  const memory = fields && /^VmRSS:\s*(\d+) kB$/m.exec(procFile(pid, 'status') ?? '')?.[1];
  if (!fields || !memory) return undefined;
  return { memory: Number(memory) * 1024, processor: (Number(fields[11]) + Number(fields[12])) * 10 };
}

/** Which of the fields of `fieldsOf` is the start time. */
const START_TIME = 19;

function linuxStat(pid: number): string[] | undefined {
  const text = procFile(pid, 'stat');
  return text === undefined ? undefined : fieldsOf(text);
}

/** The fields of /proc/<pid>/stat from the third (the state) on; see proc_pid_stat(5). */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function procFile(pid: number, name: 'stat' | 'status'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}

/** What stands in a fence; one that has just been created is waited for, because its process will run. */
function readFence(fence: string): string {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const deadline = Date.now() + FENCE_PATIENCE;
  let text = readFileSync(fence, 'utf8');
  while (text === '' && Date.now() < deadline) {
    Atomics.wait(pause, 0, 0, 10);
    text = readFileSync(fence, 'utf8');
  }
  return text;
}
