import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../../shared/core/clock.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import { Duration } from '../../../shared/core/duration.ts';
import { transaction } from '../../../shared/drivers/sqlite/database.ts';
import type { Claim, IdempotencyStore } from '../../../shared/operation.ts';

/** How long the result of a request is remembered. */
const KEPT = Duration.days(1);

interface Row {
  payload_hash: string;
  /** JSON; null while the request is still running. */
  output: string | null;
  expires_at: number;
}

/** The memory of requests, on disk. One process runs on a state directory, so what an earlier one left in progress has ended with it. */
export class SqliteIdempotency implements IdempotencyStore {
  readonly #database: DatabaseSync;
  readonly #clock: Clock;

  constructor(database: DatabaseSync, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    database.exec(`create table if not exists requests (operation text not null, request_id text not null, payload_hash text not null,
      output text, expires_at integer not null, primary key (operation, request_id)) strict`);
    database.exec('create index if not exists requests_by_expiry on requests (expires_at)');
    database.exec('delete from requests where output is null');
  }

  async claim(operation: string, requestId: string, payloadHash: string): Promise<Claim> {
    return transaction(this.#database, () => {
      const now = this.#clock.now().getTime();
      this.#database.prepare('delete from requests where expires_at <= ?').run(now);
      const found = this.#database
        .prepare('select payload_hash, output, expires_at from requests where operation = ? and request_id = ?')
        .get(operation, requestId) as Row | undefined;
      if (found && found.payload_hash !== payloadHash) return { kind: 'OtherPayload' };
      if (found)
        return found.output === null ? { kind: 'Running' } : { kind: 'Done', output: JSON.parse(found.output) };
      this.#database
        .prepare('insert into requests values (?, ?, ?, null, ?)')
        .run(operation, requestId, payloadHash, now + KEPT.milliseconds);
      return { kind: 'Claimed' };
    });
  }

  async complete(operation: string, requestId: string, output: Json): Promise<void> {
    this.#database
      .prepare('update requests set output = ? where operation = ? and request_id = ?')
      .run(JSON.stringify(output), operation, requestId);
  }

  async release(operation: string, requestId: string): Promise<void> {
    this.#database.prepare('delete from requests where operation = ? and request_id = ?').run(operation, requestId);
  }
}
