import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { trialBucket, trialDirectory } from './trialStore.ts';

const PROGRAM = fileURLToPath(new URL('../../../../programs/storeStream.ts', import.meta.url));
const MIB = 1024 * 1024;
const long = process.env.CLOUDLIB_LONG === '1';

/** More than the limit even of what a process may have that reads all of it. */
const SIZE = long ? 10 * 1024 : 600;
const LIMIT = 256 * MIB;
/** Memory that could be used is not left alone as garbage. */
const SMALL_HEAP = '--max-old-space-size=64';

test(
  `${SIZE} MiB go through a process of less than 256 MiB, in and out`,
  async () => {
    const directory = await trialDirectory();
    await (await trialBucket({}, { directory })).close();
    const { NODE_OPTIONS: _, ...env } = process.env;
    const words = [SMALL_HEAP, PROGRAM, directory, String(SIZE)];
    const { stdout } = await promisify(execFile)(process.execPath, words, { env });
    const { etag, read, peak } = JSON.parse(stdout);
    expect(read).toEqual([etag, etag]);
    expect(peak).toBeLessThan(LIMIT);
  },
  long ? 600_000 : 120_000,
);
