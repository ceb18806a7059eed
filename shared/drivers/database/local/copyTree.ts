import { constants } from 'node:fs';
import { chown, copyFile, type FileHandle, mkdir, open, readdir, readlink, symlink } from 'node:fs/promises';
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
    const buffer = Buffer.allocUnsafe(options.live ? CHUNK : 0);
    for (let file = files.pop(); file !== undefined; file = files.pop()) {
      await copyOne(join(from, file), join(to, file), options, buffer);
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

async function copyOne(from: string, to: string, options: CopyOptions, buffer: Buffer): Promise<void> {
  if (options.live) return copyWhatIsThere(from, to, options, buffer).catch(whenLive(options, undefined));
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  if (options.account) await chown(to, options.account.uid, options.account.gid);
}

/** Reads to the end that the file has then: it may grow or shrink on the way. */
async function copyWhatIsThere(from: string, to: string, { account }: CopyOptions, buffer: Buffer): Promise<void> {
  const source = await open(from, 'r');
  try {
    const target = await open(to, 'w', 0o600);
    try {
      if (account) await target.chown(account.uid, account.gid);
      for (let position = 0, read = buffer.length; read === buffer.length; position += read) {
        read = (await source.read(buffer, 0, buffer.length, position)).bytesRead;
        await writeAll(target, buffer.subarray(0, read), position);
      }
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function writeAll(target: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await target.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
}

function whenLive<T>({ live }: CopyOptions, instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (live && error.code === 'ENOENT') return instead;
    throw error;
  };
}
