import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CloudError } from '../../../shared/core/errors.ts';

/** Opens the host's database: write-ahead log, and every commit synced to the disk before it counts. */
export function openDatabase(directory: string): DatabaseSync {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(directory, 'state.db'));
  // Engines of databases may run as another user, who passes through the directory.
  chmodSync(join(directory, 'state.db'), 0o600);
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000');
  reserveLog(database, join(directory, 'state.db-wal'));
  return database;
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

/**
 * The right to run on a state directory, held as an exclusive lock of a database file: the system gives it back when the process ends,
 * however it ends.
 */
export class HostLock {
  readonly #database: DatabaseSync;
  readonly #note: string;

  private constructor(database: DatabaseSync, note: string) {
    this.#database = database;
    this.#note = note;
  }

  /** Takes the lock, or returns undefined when another process holds it. */
  static take(directory: string): HostLock | undefined {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(join(directory, 'lock.db'));
    chmodSync(join(directory, 'lock.db'), 0o600);
    try {
      // A look by `isHeld` lasts a moment; a host lasts longer than this.
      database.exec('pragma busy_timeout = 500; begin exclusive');
    } catch {
      database.close();
      return undefined;
    }
    return new HostLock(database, join(directory, 'host.json'));
  }

  /** Whether a process holds the lock; looking takes nothing away from anyone. */
  static isHeld(directory: string): boolean {
    const path = join(directory, 'lock.db');
    if (!existsSync(path)) return false;
    const database = new DatabaseSync(path);
    try {
      database.exec('pragma busy_timeout = 0; select count(*) from sqlite_master');
      return false;
    } catch {
      return true;
    } finally {
      database.close();
    }
  }

  /** Tells other processes where the host that holds the lock is. */
  announce(address: HostAddress): void {
    writeFileSync(this.#note, JSON.stringify(address), { mode: 0o600 });
  }

  release(): void {
    this.#database.close();
  }
}

/** Where a running host answers, and the token that it asks for. */
export interface HostAddress {
  pid: number;
  url: string;
  token: string;
}

/** The address that the host of a state directory announced last; whether it still runs, only its lock tells. */
export function readAddress(directory: string): HostAddress | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, 'host.json'), 'utf8'));
  } catch {
    return undefined;
  }
}
