import { randomFillSync } from 'node:crypto';
import { monotonicFactory } from 'ulid';

const next = monotonicFactory();

/** A new unique id that sorts by the time it was made (a ULID, 26 characters). */
export const newId = (): string => next();

const pool = Buffer.alloc(4096);
let used = pool.length;

/** Random bytes as hex, taken from a pool because a call to the generator for each id of a trace is slow. */
export function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}
