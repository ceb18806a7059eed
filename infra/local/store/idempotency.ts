import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Clock } from '../../../shared/core/clock.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import { Duration } from '../../../shared/core/duration.ts';
import { GroupCommit } from '../../../shared/drivers/sqlite/groupCommit.ts';
import type { Claim, IdempotencyStore } from '../../../shared/operation.ts';

/** How long the result of a request is remembered. */
const KEPT = Duration.days(1);

interface Row {
  payload_hash: string;
  /** JSON; null while the request is still running. */
  output: string | null;
  expires_at: number;
}

/**
 * The memory of requests, on disk. One process runs on a state directory, so what an earlier one left in progress has ended with it.
 * Requests that come at once share their commits.
 */
export class SqliteIdempotency implements IdempotencyStore {
  readonly #clock: Clock;
  readonly #commit: GroupCommit;
  readonly #statements: Record<'expire' | 'find' | 'begin' | 'complete' | 'release', StatementSync>;

  constructor(database: DatabaseSync, clock: Clock, commit = new GroupCommit(database)) {
    this.#clock = clock;
    this.#commit = commit;
    database.exec(`create table if not exists requests (operation text not null, request_id text not null, payload_hash text not null,
      output text, expires_at integer not null, primary key (operation, request_id)) strict`);
    // Expired ones are looked for with every claim.
    database.exec('create index if not exists requests_by_expiry on requests (expires_at)');
    database.exec('delete from requests where output is null');
    this.#statements = {
      expire: database.prepare('delete from requests where expires_at <= ?'),
      find: database.prepare(
        'select payload_hash, output, expires_at from requests where operation = ? and request_id = ?',
      ),
      begin: database.prepare('insert into requests values (?, ?, ?, null, ?)'),
      complete: database.prepare('update requests set output = ? where operation = ? and request_id = ?'),
      release: database.prepare('delete from requests where operation = ? and request_id = ?'),
    };
  }

  claim(operation: string, requestId: string, payloadHash: string): Promise<Claim> {
    return this.#commit.run((): Claim => {
      const now = this.#clock.now().getTime();
      this.#statements.expire.run(now);
      const found = this.#statements.find.get(operation, requestId) as Row | undefined;
      if (found && found.payload_hash !== payloadHash) return { kind: 'OtherPayload' };
      if (found)
        return found.output === null ? { kind: 'Running' } : { kind: 'Done', output: JSON.parse(found.output) };
      this.#statements.begin.run(operation, requestId, payloadHash, now + KEPT.milliseconds);
      return { kind: 'Claimed' };
    });
  }

  async complete(operation: string, requestId: string, output: Json): Promise<void> {
    await this.#commit.run(() => this.#statements.complete.run(JSON.stringify(output), operation, requestId));
  }

  async release(operation: string, requestId: string): Promise<void> {
    await this.#commit.run(() => this.#statements.release.run(operation, requestId));
  }
}
