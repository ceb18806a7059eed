import type { CloudError } from '../../../core/errors.ts';
import { cloudError } from '../../../types/errors.ts';

/** The error for what the disk gives back other than it was written: no data rather than wrong data. */
export function damaged(resource: string, reason: string, cause?: unknown): CloudError {
  return cloudError(
    'DatabaseError.DataDamaged',
    `${resource} is damaged on the disk (${reason}), so nothing is read from it; restore the state directory from a copy`,
    { resource, reason },
    cause,
  );
}

const SQLITE_CORRUPT = 11;
const SQLITE_NOT_A_DATABASE = 26;

/** What Node says of a number that is larger than any that we write. */
const NOT_OUR_NUMBER = 'ERR_OUT_OF_RANGE';

/** Does something with a table; what SQLite finds damaged becomes our error. */
export function reportingDamage<T>(table: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw asDamage(table, error);
  }
}

export function asDamage(table: string, error: unknown): unknown {
  const { errcode = 0, code, message } = error as { errcode?: number; code?: string; message: string };
  const isDamage = [SQLITE_CORRUPT, SQLITE_NOT_A_DATABASE].includes(errcode & 0xff) || code === NOT_OUR_NUMBER;
  return isDamage ? damaged(`table "${table}"`, message, error) : error;
}
