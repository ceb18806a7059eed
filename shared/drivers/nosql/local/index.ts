import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../../core/clock.ts';
import { encode } from '../../../core/validation.ts';
import { checkKey } from '../../../semantics/items/check.ts';
import {
  type BatchOperation,
  type BatchResult,
  type Item,
  type ItemChange,
  type ItemPage,
  type QueryCondition,
  type QueryOptions,
  type ScanFilter,
  type ScanOptions,
  type StoredItem,
  type TableDescription,
  TableSpec,
  type TransactAction,
  type TransactOptions,
  type UpdateOptions,
  type WriteOptions,
  type Written,
} from '../../../types/nosql.ts';
import { capabilities } from '../../capabilities.ts';
import { NOSQL_GATES, type NoSQLCapability, type NoSQLPort } from '../port.ts';
import { checkBatch, inParts, writeOf } from './batch.ts';
import { asDamage, reportingDamage } from './damage.ts';
import { Expiry } from './expiry.ts';
import { PageTokens } from './pageToken.ts';
import { query, scan } from './read.ts';
import { itemOf } from './rows.ts';
import { Tables } from './tables.ts';
import { Transactions } from './transactions.ts';
import { answer, carryOut, checkWrite, plan, type Recorder, type Write } from './write.ts';

/** How many items that expired are deleted in one commit. */
const SWEPT_AT_ONCE = 200;

/** A change of an item; the number of its table is one that no other table ever has. */
export interface LocalItemChange {
  kind: 'created' | 'updated' | 'deleted';
  tableId: number;
  data: ItemChange;
}

export interface LocalNoSQLOptions {
  /** The host's database. */
  database: DatabaseSync;
  clock: Clock;
  /** Resolves when a change is on the disk; those that come at once share a commit. */
  commit<T>(make: () => T): Promise<T>;
  /** Gives, to a call that comes in, what is to be told of the changes that it makes, in the transaction that makes them. */
  listener(): (change: LocalItemChange) => void;
}

/** Tables of items in the host's SQLite database. */
export class LocalNoSQL implements NoSQLPort {
  readonly capabilities = capabilities(NOSQL_GATES, Object.keys(NOSQL_GATES) as NoSQLCapability[]);
  readonly #options: LocalNoSQLOptions;
  readonly #tables: Tables;
  readonly #transactions: Transactions;
  readonly #tokens: PageTokens;
  readonly #expiry: Expiry;

  constructor(options: LocalNoSQLOptions) {
    this.#options = options;
    this.#tables = new Tables(options.database);
    this.#transactions = new Transactions(options.database, this.#tables);
    this.#tokens = new PageTokens(this.#tables.tokenKey());
    this.#expiry = new Expiry({ clock: options.clock, sweep: () => this.#sweep() });
  }

  /** Takes up what expired while nobody was here. */
  start(): void {
    this.#expiry.expect(this.#now());
  }

  close(): Promise<void> {
    return this.#expiry.close();
  }

  async createTable(spec: TableSpec): Promise<TableDescription> {
    const { globalIndexes = [], localIndexes = [], stream = 'Keys', ...rest } = spec;
    encode(TableSpec, spec, 'table');
    const description = { ...rest, globalIndexes, localIndexes, stream, createdAt: this.#options.clock.now() };
    await this.#changeTables(spec.name, () => this.#tables.create(description));
    return description;
  }

  async deleteTable(table: string): Promise<void> {
    await this.#changeTables(table, () => this.#tables.delete(table));
  }

  async describeTable(table: string): Promise<TableDescription> {
    return reportingDamage(table, () => this.#tables.get(table).description);
  }

  async listTables(): Promise<string[]> {
    return this.#tables.names();
  }

  putItem(table: string, item: Item, { returning, ...expectations }: WriteOptions = {}): Promise<Written> {
    return this.#write(table, { kind: 'Put', item, expectations }, returning);
  }

  async getItem(table: string, key: Item): Promise<StoredItem | undefined> {
    return reportingDamage(table, () => {
      const found = this.#tables.get(table);
      checkKey(found.place, found.description, key);
      const row = found.find(key);
      if (!row || (row.expiresAt !== null && row.expiresAt <= this.#now())) return undefined;
      return { item: itemOf(row), version: String(row.version) };
    });
  }

  updateItem(
    table: string,
    key: Item,
    update: Item,
    { remove, add, append, deleteFrom, returning, ...expectations }: UpdateOptions = {},
  ): Promise<Written> {
    const changes = { set: update, remove, add, append, deleteFrom };
    return this.#write(table, { kind: 'Update', key, update: changes, expectations }, returning);
  }

  deleteItem(table: string, key: Item, { returning, ...expectations }: WriteOptions = {}): Promise<Written> {
    return this.#write(table, { kind: 'Delete', key, expectations }, returning);
  }

  async query(table: string, conditions: QueryCondition[], options: QueryOptions = {}): Promise<ItemPage> {
    return reportingDamage(table, () => query(this.#tables.get(table), conditions, options, this.#tokens, this.#now()));
  }

  async scan(table: string, filter?: ScanFilter, options: ScanOptions = {}): Promise<ItemPage> {
    return reportingDamage(table, () => scan(this.#tables.get(table), filter, options, this.#tokens, this.#now()));
  }

  async batchWrite(operations: BatchOperation[]): Promise<BatchResult> {
    reportingDamage(operations[0]?.table ?? '', () => checkBatch(this.#tables, operations));
    const recorder = this.#recorder();
    return inParts(operations, (part) =>
      this.#commit(part[0]!.table, () => {
        for (const operation of part)
          carryOut(plan(this.#tables.get(operation.table), writeOf(operation), this.#now()), recorder);
      }),
    );
  }

  async transactWrite(actions: TransactAction[], { clientToken }: TransactOptions = {}): Promise<void> {
    const recorder = this.#recorder();
    const names = [...new Set(actions.map(({ table }) => table))].join(', ');
    await this.#commit(names, () => this.#transactions.run(actions, clientToken, this.#now(), recorder));
  }

  async #write(name: string, write: Write, returning: UpdateOptions['returning']): Promise<Written> {
    const recorder = this.#recorder();
    return this.#commit(name, () => {
      const table = this.#tables.get(name);
      checkWrite(table, write);
      const planned = plan(table, write, this.#now());
      return answer(planned, carryOut(planned, recorder), returning);
    });
  }

  /** What is told of the changes of one call: what a delivery led to is known by the call, not by the commit. */
  #recorder(): Recorder {
    const listener = this.#options.listener();
    return (table, { old, new: now, ...change }) => {
      const { name, stream } = table.description;
      const expiresAt = now && table.expiryOf(now);
      if (expiresAt != null) this.#expiry.expect(expiresAt);
      if (stream === 'None') return;
      const images = stream === 'Images' ? { ...(old && { old }), ...(now && { new: now }) } : {};
      const kind = old ? (now ? 'updated' : 'deleted') : 'created';
      listener({ kind, tableId: table.id, data: { table: name, ...change, ...images } });
    };
  }

  async #commit<T>(table: string, make: () => T): Promise<T> {
    try {
      return await this.#options.commit(make);
    } catch (error) {
      throw asDamage(table, error);
    }
  }

  /** Creates or deletes a table; where that is undone, what is known of the tables is read anew. */
  #changeTables(table: string, make: () => void): Promise<void> {
    return this.#commit(table, make).catch((error) => {
      this.#tables.forget();
      throw error;
    });
  }

  /** Deletes what has expired in each table, some at a time; gives the time at which more will have. */
  async #sweep(): Promise<number | undefined> {
    const recorder = this.#recorder();
    const rounds = this.#tables.expiring().map((name) =>
      this.#commit(name, () => {
        const table = this.#tables.get(name);
        const rows = table.rows.expired(this.#now(), SWEPT_AT_ONCE);
        for (const row of rows) table.delete(row, (change) => recorder(table, change), true);
        return table.rows.nextExpiry();
      }),
    );
    // A table that is damaged keeps no other from being looked through.
    await Promise.allSettled(rounds);
    return (await Promise.all(rounds)).filter((time) => time !== undefined).sort((a, b) => a - b)[0];
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}
