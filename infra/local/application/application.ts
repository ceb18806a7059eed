import type { DatabaseSync } from 'node:sqlite';
import type { AppOperation } from '../../../shared/appOperation.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import { decode } from '../../../shared/core/validation.ts';
import { signal } from '../../../shared/drivers/deploy/local/process.ts';
import type { OperationLogLine, RequestOptions } from '../../../shared/host.ts';
import type { Operation } from '../../../shared/operation.ts';
import { describeOperation, type OperationDescription } from '../../../shared/operationDescription.ts';
import { type Surroundings, WorkerPool } from './workerPool.ts';

export interface ApplicationOptions extends Omit<Surroundings, 'noteStart' | 'noteEnd'> {
  database: DatabaseSync;
}

interface Running {
  operation: AppOperation;
  pool: WorkerPool;
}

/** How many lines of a log are given at most, and how many where nobody said. */
const MOST_LINES = 10_000;
const USUAL_LINES = 1_000;

/** The application's own operations: each is like one of the catalog, and runs in worker processes. */
export class Application {
  readonly #surroundings: Surroundings;
  readonly #running = new Map<string, Running>();
  readonly #retired = new Set<WorkerPool>();
  readonly #database: DatabaseSync;

  constructor({ database, ...surroundings }: ApplicationOptions) {
    this.#database = database;
    database.exec('create table if not exists app_workers (pid integer primary key, started text not null) strict');
    this.#surroundings = {
      ...surroundings,
      noteStart: ({ pid, started = '' }) =>
        database.prepare('insert or replace into app_workers values (?, ?)').run(pid, started),
      noteEnd: (pid) => database.prepare('delete from app_workers where pid = ?').run(pid),
    };
  }

  /** Ends the processes that a host left which was killed: most end with it, but one in an endless loop hears nothing. */
  endLeftovers(): void {
    for (const { pid, started } of this.#database.prepare('select pid, started from app_workers').all()) {
      if (started !== '') signal({ pid: Number(pid), started: String(started) }, 'SIGKILL');
    }
    this.#database.exec('delete from app_workers');
  }

  /** Has these operations instead of those before; calls that run end on the processes that they began on. */
  use(operations: readonly AppOperation[]): void {
    for (const pool of [...this.#retired].filter(({ isIdle }) => isIdle)) this.#retired.delete(pool);
    for (const { pool } of this.#running.values()) {
      pool.retire();
      this.#retired.add(pool);
    }
    this.#running.clear();
    for (const operation of operations) {
      this.#running.set(operation.name, { operation, pool: new WorkerPool(operation, this.#surroundings) });
    }
  }

  /** The operation of a name, bound to the one call that it is to do; undefined when the application has none of that name. */
  bound(name: string, input: Json, options: RequestOptions): Operation | undefined {
    const running = this.#running.get(name);
    if (!running) return undefined;
    const { operation, pool } = running;
    return {
      ...operation,
      // What arrives was checked, and crosses to the process in its JSON form; so does the output.
      run: async (_value, _none, { requestId }) =>
        decode(operation.output, await pool.run(input, { ...options, requestId }), `${name} output`),
    };
  }

  operations(): AppOperation[] {
    return [...this.#running.values()].map(({ operation }) => operation);
  }

  describe(): OperationDescription[] {
    return this.operations().map(describeOperation);
  }

  logs(name: string, { since, limit = USUAL_LINES }: { since?: string; limit?: number }): OperationLogLine[] {
    const { logs } = this.#surroundings;
    if (!this.#running.has(name)) {
      const known = [...this.#running.keys()].join(', ') || 'none';
      throw new CloudError('NotFound', `the application has no operation "${name}"; it has: ${known}`, {
        details: { resource: `operation ${name}` },
      });
    }
    return logs.read(name, { limit: Math.min(limit, MOST_LINES), ...(since !== undefined && { since }) });
  }

  async close(): Promise<void> {
    const pools = [...this.#retired, ...[...this.#running.values()].map(({ pool }) => pool)];
    await Promise.all(pools.map((pool) => pool.close()));
  }
}
