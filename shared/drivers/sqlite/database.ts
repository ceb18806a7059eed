import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { CloudError } from '../../core/errors.ts';

/** Opens a database file: write-ahead log, and every commit synced to the disk before it counts. */
export function openSqlite(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000');
    reserveLog(database, `${path}-wal`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** As long as the log grows before SQLite begins it anew: 1,000 pages and their headers. */
const LOG_BYTES = 4_200_000;

/**
 * Gives the write-ahead log its full length at once, because a commit that makes a file longer takes about twice as long to sync: a
 * small cache makes SQLite write a large change to the log before it is rolled back. Nothing of it stays but the length.
 */
function reserveLog(database: DatabaseSync, log: string): void {
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) >= LOG_BYTES) return;
  const { cache_size: cache } = database.prepare('pragma cache_size').get() as { cache_size: number };
  try {
    database.exec(`pragma cache_size = 10; begin immediate; create table reserve (bytes);
      insert into reserve values (zeroblob(${LOG_BYTES}))`);
  } catch {
    // A disk that is nearly full, say: then the log grows as it is needed.
  }
  if (database.isTransaction) database.exec('rollback');
  database.exec(`pragma cache_size = ${cache}`);
}

/** Runs `change` so that all of it is committed or nothing; a change within a change belongs to the outer one. */
export function transaction<T>(database: DatabaseSync, change: () => T): T {
  if (database.isTransaction) return change();
  database.exec('begin immediate');
  try {
    const result = change();
    database.exec('commit');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('rollback');
    throw diskError(error);
  }
}

/** A full disk as the error that a caller can act on; anything else as it is. */
export function diskError(error: unknown): unknown {
  const { errcode } = error as { errcode?: number };
  const SQLITE_FULL = 13;
  if (errcode !== SQLITE_FULL) return error;
  return new CloudError(
    'Unavailable',
    'the disk of the state directory is full; nothing was accepted; free some space',
    {
      details: { service: 'state directory', reason: 'disk full' },
      retry: 'backoff',
      cause: error,
    },
  );
}
