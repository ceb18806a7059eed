import { existsSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const MEMORY = '/dev/shm';
/** Bytes that a few tests at once may take. */
const ROOM = 2 * 1024 ** 3;

/** A folder in memory where there is enough of it, for tests that write much and do not ask what survives; else one on the disk. */
export function roomyFolder(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > ROOM ? MEMORY : tmpdir();
}
