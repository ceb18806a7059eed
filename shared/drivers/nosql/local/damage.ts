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

/** Does something with a table; what SQLite finds damaged becomes our error. */
export function reportingDamage<T>(table: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw asDamage(table, error);
  }
}

export function asDamage(table: string, error: unknown): unknown {
  const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
  if (code !== SQLITE_CORRUPT && code !== SQLITE_NOT_A_DATABASE) return error;
  return damaged(`table "${table}"`, (error as Error).message, error);
}
