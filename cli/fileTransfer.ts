import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ObjectStorage, StreamOptions } from '../functions/storage/index.ts';
import { CommandFailure } from './failure.ts';
import { addressText, type ObjectAddress } from './objectAddress.ts';
import { TransferProgress } from './transferProgress.ts';

/** Stores a file, or standard input for `-`, and answers how many bytes that were. */
export async function upload(
  storage: ObjectStorage,
  file: string,
  { bucket, key }: ObjectAddress,
  options: StreamOptions,
): Promise<number> {
  const size = file === '-' ? undefined : (await statusOf(file)).size;
  const progress = new TransferProgress(basename(file), size);
  const stream = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1024 * 1024 });
  try {
    const onProgress = (bytes: number): void => progress.report(bytes);
    return (await storage.putObjectStream(bucket, key, stream, size, { ...options, onProgress })).size;
  } finally {
    progress.end();
    stream.destroy();
  }
}

/** Writes an object to a file, or to standard output for `-`; a file is there when it is whole, and not before. */
export async function download(storage: ObjectStorage, address: ObjectAddress, file: string): Promise<number> {
  const { bucket, key } = address;
  const { size } = await storage.headObject(bucket, key);
  const content = Readable.fromWeb((await storage.getObjectStream(bucket, key)) as never);
  const progress = new TransferProgress(basename(key), size);
  let seen = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      progress.report(seen);
      done(null, chunk);
    },
  });
  try {
    if (file === '-') await pipeline(content, count, process.stdout, { end: false });
    else await whole(file, (temporary) => pipeline(content, count, createWriteStream(temporary, { flags: 'wx' })));
    return seen;
  } finally {
    progress.end();
  }
}

/** The files of a folder and of the folders in it, with the keys that they get. */
export async function filesOf(folder: string, prefix: string): Promise<{ file: string; key: string }[]> {
  if (!(await statusOf(folder, 'folder')).isDirectory()) throw isNo(folder, 'folder');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ file, key: prefix + relative(folder, file).split(sep).join('/') }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Where an object goes within a folder; a key that would lead out of it is refused. */
export function fileWithin(folder: string, name: string, address: ObjectAddress): string {
  const file = resolve(folder, name);
  if (name !== '' && !name.endsWith('/') && file.startsWith(resolve(folder) + sep)) return file;
  throw new CommandFailure('InvalidInput', `the key of ${addressText(address)} is no name of a file within ${folder}`, {
    hint: 'copy it alone, to a file that you name',
  });
}

/** Whether a path is a folder that exists. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
}

async function whole(file: string, write: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(resolve(file)), { recursive: true });
  const temporary = `${file}.${randomUUID()}.part`;
  try {
    await write(temporary);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function statusOf(file: string, kind: 'file' | 'folder' = 'file'): Promise<Stats> {
  const status = await stat(file).catch(() => undefined);
  if (!status || (kind === 'file' && !status.isFile())) throw isNo(file, kind);
  return status;
}

const isNo = (path: string, kind: 'file' | 'folder'): CommandFailure =>
  new CommandFailure('InvalidInput', `${path} is no ${kind}`, {
    hint: kind === 'file' ? 'name a file, - for standard input, or a folder with --recursive' : 'name a folder',
  });
