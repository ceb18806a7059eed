import type { DatabaseSync } from 'node:sqlite';
import { CloudError } from '../../../shared/core/errors.ts';
import { diskError, transaction } from './database.ts';

interface Change {
  make(): unknown;
  resolve(result: never): void;
  reject(error: unknown): void;
}

const closedBefore = (): CloudError =>
  new CloudError('Unavailable', 'the host was closed before this was committed; do it again when a host runs', {
    details: { service: 'state directory', reason: 'closed' },
    retry: 'backoff',
  });

/** How much is committed at once, so that neither a commit nor the event loop waits long. */
const MOST_CHANGES = 500;

/** Commits the changes of one turn of the event loop together: many that come at once pay for one sync of the disk. */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #changes: Change[] = [];
  #scheduled = false;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Resolves when the change is on the disk; one that throws is undone and takes no other with it. */
  run<T>(make: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#changes.push({ make, resolve, reject });
      this.#schedule();
    });
  }

  /** Commits what waits, now. */
  flush(): void {
    while (this.#changes.length && !this.#database.isTransaction) this.#commit();
  }

  #schedule(): void {
    if (this.#scheduled || this.#changes.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#commit();
      this.#schedule();
    });
  }

  #commit(): void {
    if (!this.#database.isOpen) {
      for (const { reject } of this.#changes.splice(0)) reject(closedBefore());
      return;
    }
    // A caller's transaction that is open across turns of the event loop may still be undone.
    if (this.#changes.length === 0 || this.#database.isTransaction) return;
    const changes = this.#changes.splice(0, MOST_CHANGES);
    const settle: (() => void)[] = [];
    try {
      transaction(this.#database, () => {
        for (const change of changes) settle.push(this.#make(change));
      });
    } catch (error) {
      for (const { reject } of changes) reject(error);
      return;
    }
    for (const each of settle) each();
  }

  #make({ make, resolve, reject }: Change): () => void {
    this.#database.exec('savepoint change');
    try {
      const result = make();
      this.#database.exec('release change');
      return () => resolve(result as never);
    } catch (error) {
      // A full disk has undone the whole transaction: that concerns all of them.
      if (!this.#database.isTransaction) throw error;
      this.#database.exec('rollback to change; release change');
      return () => reject(diskError(error));
    }
  }
}
