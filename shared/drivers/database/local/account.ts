import { execFile } from 'node:child_process';
import { chmodSync, chownSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { cloudError } from '../../../types/errors.ts';

/** An ordinary user of this machine. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/** The users that engines run as when the host runs as root, the first that exists is taken. */
const ACCOUNTS = ['cloudlib', 'nobody'];

/** The user that engines run as: the host's own, or an unprivileged one when that is root, because engines refuse to run as root. */
export async function engineAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ACCOUNTS) {
    const [uid, gid] = await Promise.all([idOf('-u', name), idOf('-g', name)]);
    if (uid !== undefined && gid !== undefined) return { name, uid, gid };
  }
  throw cloudError(
    'DatabaseError.InvalidConfiguration',
    `databases do not run as root, and there is no user ${ACCOUNTS.join(' or ')}; add one with "useradd --system cloudlib", or run the host as an ordinary user`,
    { field: 'user', value: 'root' },
  );
}

async function idOf(option: string, name: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)('id', [option, name]);
    return Number(stdout);
  } catch {
    return undefined;
  }
}

/** Whether the account may pass through every folder on the way to `path`. */
export function canReach(path: string, account: Account | undefined): boolean {
  return account === undefined || ancestors(path).every((folder) => maySearch(statSync(folder), account));
}

/** Lets the account pass through our own folders to `directory`; one above them that it may not pass is an error. */
export function openWay(directory: string, ours: string[], account: Account | undefined): void {
  if (!account) return;
  for (const folder of ours) {
    chownSync(folder, -1 as never, account.gid);
    chmodSync(folder, 0o710);
  }
  const closed = ancestors(directory).find((folder) => !maySearch(statSync(folder), account));
  if (closed === undefined) return;
  throw cloudError(
    'DatabaseError.InvalidConfiguration',
    `databases do not run as root, and the user ${account.name}, as whom they run instead, may not enter ${closed}; put the state directory where every user may go (--state /var/lib/cloudlib), or run the host as an ordinary user`,
    { field: 'state directory', value: directory },
  );
}

function ancestors(path: string): string[] {
  const parent = dirname(resolve(path));
  return parent === path ? [] : [...ancestors(parent), parent];
}

function maySearch({ uid, gid, mode }: Stats, account: Account): boolean {
  if (uid === account.uid) return Boolean(mode & 0o100);
  if (gid === account.gid) return Boolean(mode & 0o010);
  return Boolean(mode & 0o001);
}
