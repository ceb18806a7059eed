import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { open, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { VirtualClock } from '../../../../../shared/core/clock.ts';
import { write } from '../../../../../shared/drivers/storage/local/content.ts';
import { Files } from '../../../../../shared/drivers/storage/local/files.ts';
import { LocalStorage } from '../../../../../shared/drivers/storage/local/index.ts';
import { afterwards, bytesOf, patterned, textOf, trialBucket, trialDirectory, trialStore } from './trialStore.ts';

/** A file system of its own with so many bytes; undefined where this process may not mount one. */
function smallDisk(directory: string, size: number): string | undefined {
  const path = join(directory, 'disk');
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    console.warn('no file system could be mounted here: a disk that is really full is not tested');
    return undefined;
  }
  afterwards(async () => execFileSync('umount', ['-l', path]));
  return path;
}

describe('a full disk', () => {
  test('refuses an upload that does not fit, leaves nothing of it, and takes what fits', async () => {
    const disk = smallDisk(await trialDirectory(), 16 * 1024 * 1024);
    if (!disk) return;
    const store = await trialBucket({}, { directory: disk });
    await store.putObject('bbb', 'before', patterned(1_000_000));
    const { bavail } = await statfs(disk);
    for (let count = 0; count < 3; count++) {
      await expect(store.putObject('bbb', 'large', patterned(20_000_000))).rejects.toMatchObject({
        code: 'StorageError.UploadFailed',
        message: expect.stringContaining('is full'),
        retry: 'backoff',
      });
    }
    await store.putObject('bbb', 'small', Buffer.from('v'));
    expect(await textOf(store, 'small')).toBe('v');
    expect((await bytesOf((await store.getObject('bbb', 'before')).content)).equals(patterned(1_000_000))).toBe(true);
    expect((await store.listObjects('bbb')).entries.map(({ key }) => key)).toEqual(['before', 'small']);
    await store.close();
    expect((await statfs(disk)).bavail).toBeGreaterThanOrEqual(bavail - 100);
  });

  test.each(['write', 'sync'] as const)('that shows at the %s of a file leaves no file', async (when) => {
    const directory = await trialDirectory();
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const files = new Files(directory, async (path, flags, mode) => {
      const file = await open(path, flags, mode);
      let writes = 0;
      if (when === 'sync') file.datasync = () => Promise.reject(full);
      else {
        const writev = file.writev.bind(file);
        file.writev = ((buffers: Uint8Array[]) =>
          writes++ < 1 ? writev(buffers) : Promise.reject(full)) as typeof file.writev;
      }
      return file;
    });
    const options = {
      content: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
      number: 1,
      wrappingKey: patterned(32),
      limit: 1e9,
      md5: true,
    };
    await expect(write(files, patterned(5_000_000), options)).rejects.toBe(full);
    await files.close();
    expect(
      (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()),
    ).toEqual([]);
  });

  test('a write that is cut short goes on where it was cut', async () => {
    const directory = await trialDirectory();
    const files = new Files(directory, async (path, flags, mode) => {
      const file = await open(path, flags, mode);
      const writev = file.writev.bind(file);
      file.writev = (async (buffers: Uint8Array[]) => {
        const cut = await writev([buffers[0]!.subarray(0, 7)]);
        return { bytesWritten: cut.bytesWritten, buffers };
      }) as typeof file.writev;
      return file;
    });
    const options = {
      content: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
      number: 1,
      wrappingKey: patterned(32),
      limit: 1e9,
      md5: true,
    };
    const { file } = await write(files, patterned(3_000_000), options);
    const handle = await files.read(file!);
    const { size } = await handle.stat();
    await handle.close();
    expect(size).toBe(3_000_000 + Math.ceil(3_000_000 / (128 * 1024)) * 16);
  });
});

describe('a clock that is turned back', () => {
  test('makes nothing older than what was there before it', async () => {
    const directory = await trialDirectory();
    const late = await trialBucket(
      { versioning: 'Enabled' },
      { directory, clock: new VirtualClock(new Date('2030-01-01')) },
    );
    await late.putObject('bbb', 'k', Buffer.from('late'));
    await late.close();
    const early = await trialStore({ directory, clock: new VirtualClock(new Date('2020-01-01')) });
    await early.putObject('bbb', 'k', Buffer.from('early'));
    expect(await textOf(early, 'k')).toBe('early');
    expect((await early.listVersions('bbb')).entries.map(({ latest }) => latest)).toEqual([true, false]);
  });
});

test('a second opener of a store that is in use is told so', async () => {
  const directory = await trialDirectory();
  const first = await trialBucket({}, { directory });
  await expect(LocalStorage.open({ directory })).rejects.toMatchObject({
    code: 'Conflict',
    message: expect.stringContaining(directory),
  });
  await first.putObject('bbb', 'k', Buffer.from('v'));
  await first.close();
  expect(await textOf(await trialStore({ directory }), 'k')).toBe('v');
});
