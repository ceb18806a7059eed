import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { byteText } from '../../cli/byteText.ts';
import { parseAddress, parseObject } from '../../cli/objectAddress.ts';
import { progressLine } from '../../cli/transferProgress.ts';
import { patterned } from '../conformance/storage/trial.ts';
import { Folder } from './cloudlib.ts';

const MIB = 1024 * 1024;

describe('cloudlib storage', () => {
  const folder = new Folder();
  const run = (...parameters: string[]) => folder.run(['storage', ...parameters]);

  beforeAll(async () => {
    expect((await folder.run(['start', '--detach', '--port', '0'])).code).toBe(0);
    expect((await run('mb', 'photos')).stdout).toContain('made storage://photos');
  });
  afterAll(() => folder.remove());

  test('a file goes into a bucket and comes back', async () => {
    const content = patterned(9 * MIB, 4);
    writeFileSync(join(folder.path, 'big.bin'), content);
    const stored = await run('cp', 'big.bin', 'storage://photos/2026/', '--content-type', 'image/x-trial');
    expect(stored.stdout).toContain('big.bin → storage://photos/2026/big.bin  9.0 MiB');
    expect((await run('cp', 'storage://photos/2026/big.bin', 'back/')).code).toBe(0);
    expect(readFileSync(join(folder.path, 'back/big.bin')).equals(content)).toBe(true);
    expect(readdirSync(join(folder.path, 'back'))).toEqual(['big.bin']);
  });

  test('what a program writes is stored, and an object is written to standard output', async () => {
    const stored = await folder.run(['storage', 'cp', '-', 'storage://photos/notes.txt'], 'from a pipe\n');
    expect(stored.code).toBe(0);
    expect(await run('cp', 'storage://photos/notes.txt', '-')).toMatchObject({ code: 0, stdout: 'from a pipe\n' });
  });

  test('objects are listed as folders show them, or all of them', async () => {
    const { stdout } = await run('ls', 'storage://photos');
    expect(stdout).toMatch(/2026\/\n.*12 B.*notes\.txt/);
    const { value } = await folder.json<{ objects: { key: string }[] }>(['storage', 'ls', 'photos', '--recursive']);
    expect(value.objects.map(({ key }) => key)).toEqual(['2026/big.bin', 'notes.txt']);
    expect((await run('ls')).stdout).toContain('storage://photos');
  });

  test('a folder goes there and back, and is copied and removed within', async () => {
    mkdirSync(join(folder.path, 'site/a'), { recursive: true });
    writeFileSync(join(folder.path, 'site/index.html'), 'index');
    writeFileSync(join(folder.path, 'site/a/b.css'), 'css');
    await run('cp', '--recursive', 'site', 'storage://photos/site/');
    await run('cp', '--recursive', 'storage://photos/site/', 'storage://photos/copy/');
    await run('cp', '--recursive', 'storage://photos/copy/', 'out');
    expect(readFileSync(join(folder.path, 'out/a/b.css'), 'utf8')).toBe('css');
    expect((await run('rm', '--recursive', 'storage://photos/copy/')).stdout).toContain('deleted 2 objects');
    const { value } = await folder.json<{ objects: unknown[] }>(['storage', 'ls', 'storage://photos/copy/']);
    expect(value.objects).toEqual([]);
  });

  test('a presigned URL works with any client', async () => {
    const { stdout } = await run('presign', 'storage://photos/notes.txt', '--expires', '1m');
    expect(await (await fetch(stdout.trim())).text()).toBe('from a pipe\n');
  });

  test('an object whose key leads out of the folder is not written', async () => {
    await folder.run(['storage', 'cp', '-', 'storage://photos/up/../../escaped'], 'x');
    const { code, stderr } = await run('cp', '--recursive', 'storage://photos/up/', 'inside');
    expect([code, stderr]).toEqual([2, expect.stringContaining('no name of a file within inside')]);
    expect(readdirSync(folder.path)).not.toContain('escaped');
    await run('rm', 'storage://photos/up/../../escaped');
  });

  test.each([
    [['cp', 'none.txt', 'storage://photos/x'], 2, 'none.txt is no file'],
    [['ls', 'storage://none'], 3, 'no bucket "none"'],
    [['rm', 'storage://photos'], 2, 'names no object'],
    [['rb', 'photos'], 4, 'photos'],
    [['presign', 'storage://photos/a', '--expires', '8d'], 2, '7 days'],
  ])('%j ends with %d and says why', async (parameters, code, why) => {
    const result = await run(...parameters);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(why)]);
  });
});

describe('the texts of transfers', () => {
  test('bytes are given in the largest unit', () => {
    expect([0, 1023, 1024, 1536 * 1024, 250 * MIB].map(byteText)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 MiB',
      '250 MiB',
    ]);
  });

  test('a progress line has a bar, the speed and the time that is left', () => {
    expect(progressLine('a', 25 * MIB, 100 * MIB, 1000)).toBe(
      'a  █████░░░░░░░░░░░░░░░  25.0 MiB of 100 MiB  25.0 MiB/s  3.0 s left',
    );
    expect(progressLine('a', MIB, undefined, 1000)).toBe('a  1.0 MiB  1.0 MiB/s');
  });

  test('an address is a bucket and whatever comes behind the first slash', () => {
    expect(parseAddress('storage://b/a//b/../c')).toEqual({ bucket: 'b', key: 'a//b/../c' });
    expect(parseAddress('b')).toEqual({ bucket: 'b', key: '' });
    expect(() => parseObject('storage://b/')).toThrow(/names no object/);
    expect(() => parseAddress('storage:///a')).toThrow(/names no bucket/);
  });
});
