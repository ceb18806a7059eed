import type { DatabaseSync } from 'node:sqlite';
import { CloudError } from '../../../shared/core/errors.ts';
import { transaction } from '../../../shared/drivers/sqlite/database.ts';
import type { Records, VersionedRecord } from '../../../shared/host.ts';

interface Row {
  key: string;
  value: string;
  version: number;
}

/** The host's small records, one row each. */
export class SqliteRecords implements Records {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(
      'create table if not exists records (kind text not null, key text not null, value text not null, version integer not null, primary key (kind, key)) strict',
    );
  }

  async get<T>(kind: string, key: string): Promise<VersionedRecord<T> | undefined> {
    const row = this.#database
      .prepare('select key, value, version from records where kind = ? and key = ?')
      .get(kind, key);
    return row && read<T>(row as unknown as Row);
  }

  async put<T>(kind: string, key: string, value: T, expected: number): Promise<void> {
    transaction(this.#database, () => {
      const row = this.#database.prepare('select version from records where kind = ? and key = ?').get(kind, key);
      const version = (row?.version as number | undefined) ?? 0;
      if (version !== expected) throw changedMeanwhile(kind, key, version, expected);
      this.#database
        .prepare(
          'insert into records values (?, ?, ?, ?) on conflict do update set value = excluded.value, version = excluded.version',
        )
        .run(kind, key, JSON.stringify(value), version + 1);
    });
  }

  async delete(kind: string, key: string): Promise<void> {
    this.#database.prepare('delete from records where kind = ? and key = ?').run(kind, key);
  }

  async list<T>(kind: string): Promise<VersionedRecord<T>[]> {
    const rows = this.#database
      .prepare('select key, value, version from records where kind = ? order by key')
      .all(kind);
    return (rows as unknown as Row[]).map((row) => read<T>(row));
  }
}

function read<T>({ key, value, version }: Row): VersionedRecord<T> {
  return { key, value: JSON.parse(value), version };
}

function changedMeanwhile(kind: string, key: string, version: number, expected: number): CloudError {
  const reason = `it has version ${version}, not ${expected}`;
  return new CloudError('Conflict', `${kind} "${key}" was changed meanwhile (${reason}); read it again`, {
    details: { resource: `${kind} ${key}`, reason },
    retry: 'backoff',
  });
}
