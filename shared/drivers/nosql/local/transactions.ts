import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { Duration } from '../../../core/duration.ts';
import { CloudError } from '../../../core/errors.ts';
import { encode } from '../../../core/validation.ts';
import { invalid } from '../../../semantics/items/check.ts';
import { sizeOf } from '../../../semantics/items/size.ts';
import { itemToJson } from '../../../types/attributes.ts';
import { type CancellationReason, TransactAction } from '../../../types/nosql.ts';
import type { Tables } from './tables.ts';
import {
  carryOut,
  checkWrite,
  keyOfWrite,
  type PlannedWrite,
  plan,
  type Recorder,
  reasonOf,
  type Write,
} from './write.ts';

const MOST_ACTIONS = 100;
const MOST_BYTES = 4 * 1024 * 1024;

/** How long a client's token is remembered. */
const KEPT = Duration.minutes(10);

/** Transactions, and the tokens of those that were done. */
export class Transactions {
  readonly #database: DatabaseSync;
  readonly #tables: Tables;

  constructor(database: DatabaseSync, tables: Tables) {
    this.#database = database;
    this.#tables = tables;
    database.exec(`create table if not exists nosql_tokens (token text primary key, payload_hash text not null,
      expires_at integer not null) strict`);
  }

  /** Does all of the actions or throws, as a part of the transaction that is open; those of a token that was done are done. */
  run(actions: TransactAction[], clientToken: string | undefined, now: number, record: Recorder): void {
    this.#check(actions);
    if (clientToken !== undefined && this.#isDone(clientToken, actions, now)) return;
    const planned: PlannedWrite[] = [];
    const reasons: CancellationReason[] = actions.map((action) => {
      try {
        planned.push(plan(this.#tables.get(action.table), writeOf(action), now));
        return { kind: 'None' };
      } catch (error) {
        return reasonOf(error);
      }
    });
    if (planned.length < actions.length) throw cancelled(reasons);
    for (const each of planned) carryOut(each, record);
  }

  #check(actions: TransactAction[]): void {
    if (actions.length === 0 || actions.length > MOST_ACTIONS)
      throw invalid(`a transaction needs 1 to ${MOST_ACTIONS} actions, and this one has ${actions.length}`);
    const seen = new Set<string>();
    let bytes = 0;
    for (const action of actions) {
      const table = this.#tables.get(action.table);
      const write = writeOf(action);
      checkWrite(table, write);
      if (write.kind === 'Put') table.check(write.item);
      const key = `${action.table} ${JSON.stringify(itemToJson(keyOfWrite(table, write)))}`;
      if (seen.has(key))
        throw invalid(`a transaction can do one thing to an item only, and names this one twice: ${key}`);
      seen.add(key);
      bytes += action.kind === 'Put' ? sizeOf(action.item) : action.kind === 'Update' ? sizeOf(action.update) : 0;
    }
    if (bytes > MOST_BYTES) throw invalid(`a transaction can write ${MOST_BYTES} bytes, and this one has ${bytes}`);
  }

  #isDone(token: string, actions: TransactAction[], now: number): boolean {
    this.#database.prepare('delete from nosql_tokens where expires_at <= ?').run(now);
    const payload = JSON.stringify(encode(z.array(TransactAction), actions, 'actions'));
    const hash = createHash('sha256').update(payload).digest('hex');
    const found = this.#database.prepare('select payload_hash from nosql_tokens where token = ?').get(token);
    if (found && found.payload_hash !== hash)
      throw invalid(`the client token "${token}" was used for another transaction; use a new token for a new one`);
    if (!found)
      this.#database.prepare('insert into nosql_tokens values (?, ?, ?)').run(token, hash, now + KEPT.milliseconds);
    return found !== undefined;
  }
}

function writeOf(action: TransactAction): Write {
  const { conditions, expectedVersion } = action;
  const expectations = { conditions, expectedVersion };
  switch (action.kind) {
    case 'Put':
      return { kind: 'Put', item: action.item, expectations };
    case 'Update': {
      const { key, update, remove, add, append, deleteFrom } = action;
      return { kind: 'Update', key, update: { set: update, remove, add, append, deleteFrom }, expectations };
    }
    default:
      return { kind: action.kind, key: action.key, expectations };
  }
}

function cancelled(reasons: CancellationReason[]): CloudError {
  const at = reasons.findIndex(({ kind }) => kind !== 'None');
  const reason = reasons[at]!;
  const text = reason.kind === 'None' ? '' : reason.message;
  return new CloudError('Conflict', `the transaction was cancelled, and nothing of it done: action ${at}: ${text}`, {
    details: { resource: `action ${at} of the transaction`, reason: text, reasons },
  });
}
