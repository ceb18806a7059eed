import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './account.ts';

/** Where servers are installed that ordinary users do not have on their PATH. */
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];
/** Milliseconds that a program gets to tell its version. */
const VERSION_TIMEOUT = 10_000;
/** Milliseconds that a program gets to make a data directory. */
const SETUP_TIMEOUT = 120_000;

/** The first of the programs that is installed, as a path. */
export function findProgram(names: string[], path = process.env.PATH ?? ''): string | undefined {
  const folders = [...path.split(delimiter).filter(Boolean), ...MORE_FOLDERS];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The version that a program tells of itself, as numbers with dots. */
export async function versionOf(program: string): Promise<{ version: string; text: string }> {
  const { stdout } = await promisify(execFile)(program, ['--version'], { timeout: VERSION_TIMEOUT });
  const text = stdout.trim();
  const version = /(?:\bv=|\bVer |\)\s|\bv)(\d+(?:\.\d+)+)/.exec(text)?.[1];
  if (version === undefined) throw new Error(`${program} does not tell its version: ${text}`);
  return { version, text };
}

/** Runs a program to its end as the account; what it wrote becomes the reason when it fails. */
export async function runAs(
  account: Account | undefined,
  program: string,
  parameters: string[],
  { directory, signal }: { directory: string; signal: AbortSignal },
): Promise<void> {
  try {
    await promisify(execFile)(program, parameters, {
      cwd: directory,
      env: { PATH: process.env.PATH, HOME: directory, LC_ALL: 'C' },
      timeout: SETUP_TIMEOUT,
      maxBuffer: 16 * 1024 * 1024,
      signal,
      ...(account && { uid: account.uid, gid: account.gid }),
    });
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    const said = `${stdout}\n${stderr}`
      .split('\n')
      .filter((line) => /error|fatal|fail|no space/i.test(line))
      .slice(-3)
      .join(' | ');
    throw new Error(said || message.split('\n')[0]);
  }
}
