import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqlite } from '../../../shared/drivers/sqlite/database.ts';

/** Opens the host's database. */
export function openDatabase(directory: string): DatabaseSync {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = openSqlite(join(directory, 'state.db'));
  // Engines of databases may run as another user, who passes through the directory.
  chmodSync(join(directory, 'state.db'), 0o600);
  return database;
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
