import { constants } from 'node:fs';
import { chown, copyFile, lstat, mkdir, open, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account.ts';

/** Files that are copied at once. */
const AT_ONCE = 8;
const CHUNK = 256 * 1024;

export interface CopyOptions {
  /** Whom the copy belongs to. */
  account: Account | undefined;
  /** Paths within the tree that are left out; of a folder that is left out nothing is made. */
  skip?(path: string): boolean;
  /** Whether the files are written while they are copied: what vanishes or shrinks meanwhile is no error. */
  live?: boolean;
}

/** Copies a folder with everything in it. */
export async function copyTree(from: string, to: string, options: CopyOptions): Promise<void> {
  await makeFolder(to, options.account);
  const files: string[] = [];
  await walk(from, to, '', options, files);
  const copyRest = async (): Promise<void> => {
    for (let file = files.pop(); file !== undefined; file = files.pop()) {
      await copyOne(join(from, file), join(to, file), options);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, copyRest));
}

/** Makes a folder that nobody but the account may enter. */
export async function makeFolder(path: string, account: Account | undefined): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (account) await chown(path, account.uid, account.gid);
}

async function walk(from: string, to: string, inside: string, options: CopyOptions, files: string[]): Promise<void> {
  for (const entry of await readdir(join(from, inside), { withFileTypes: true }).catch(whenLive(options, []))) {
    const path = join(inside, entry.name);
    if (options.skip?.(path)) continue;
    if (entry.isFile()) files.push(path);
    else if (entry.isSymbolicLink()) await symlink(await readlink(join(from, path)), join(to, path));
    else if (entry.isDirectory()) {
      await makeFolder(join(to, path), options.account);
      await walk(from, to, path, options, files);
    }
  }
}

async function copyOne(from: string, to: string, options: CopyOptions): Promise<void> {
  if (options.live) await copyWhatIsThere(from, to).catch(whenLive(options, undefined));
  else await copyFile(from, to, constants.COPYFILE_FICLONE);
  if (options.account && (await lstat(to).catch(() => undefined))) {
    await chown(to, options.account.uid, options.account.gid);
  }
}

/** Reads to the end that the file has then: it may grow or shrink on the way. */
async function copyWhatIsThere(from: string, to: string): Promise<void> {
  const source = await open(from, 'r');
  try {
    const target = await open(to, 'w', 0o600);
    try {
      const buffer = Buffer.allocUnsafe(CHUNK);
      for (let position = 0; ; ) {
        const { bytesRead } = await source.read(buffer, 0, CHUNK, position);
        if (bytesRead === 0) return;
        for (let written = 0; written < bytesRead; ) {
          written += (await target.write(buffer, written, bytesRead - written, position + written)).bytesWritten;
        }
        position += bytesRead;
      }
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

function whenLive<T>({ live }: CopyOptions, instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (live && error.code === 'ENOENT') return instead;
    throw error;
  };
}
