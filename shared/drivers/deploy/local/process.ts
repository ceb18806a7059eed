import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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
}

/**
 * The process writes its own pid to a file that must not exist yet, and only then becomes the program. A host that died between the start
 * and its own note of it finds the pid there; a host that gives up an attempt creates the file first, and the late process ends with 111.
 */
const BEHIND_FENCE = 'set -C; echo $$ > "$0" || exit 111; exec "$@"';

/** Starts a program in a session of its own, so that it outlives this process. */
export function launch({ fence, command, environment, directory, stdout, stderr }: Launch): ChildProcess {
  for (const file of [fence, stdout, stderr]) mkdirSync(dirname(file), { recursive: true });
  const out = openSync(stdout, 'a', 0o600);
  const err = openSync(stderr, 'a', 0o600);
  try {
    return spawn('/bin/sh', ['-c', BEHIND_FENCE, fence, ...command], {
      cwd: directory,
      env: environment,
      detached: true,
      stdio: ['ignore', out, err],
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
  const pid = Number(readFileSync(fence, 'utf8'));
  const started = pid > 0 ? startTimeOf(pid) : undefined;
  if (!started || !startedBefore(pid, statSync(fence).mtimeMs)) return undefined;
  return { pid, started };
}

/** When a process started, as the system tells it; undefined when there is no such process or it has ended. */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    const fields = linuxStat(pid);
    return fields && fields[0] !== 'Z' && fields[0] !== 'X' ? fields[19] : undefined;
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

/** What a process uses now: memory in bytes, and processor time since its start in milliseconds. Known on Linux only. */
export function usageOf(pid: number): { memory: number; processor: number } | undefined {
  const fields = process.platform === 'linux' ? linuxStat(pid) : undefined;
  if (!fields) return undefined;
  return { memory: Number(fields[21]) * 4096, processor: (Number(fields[11]) + Number(fields[12])) * 10 };
}

/** The fields of /proc/<pid>/stat from the third (the state) on; see proc_pid_stat(5). */
function linuxStat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** A process that took the number of a dead one started after the dead one had written its fence. */
function startedBefore(pid: number, fenceTime: number): boolean {
  if (process.platform !== 'linux') return true;
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
  const startedAt = Date.now() - uptime + Number(startTimeOf(pid)) * 10;
  return startedAt <= fenceTime + 2000;
}
