import { rowOf } from './rows.ts';
import { commit, type Store } from './store.ts';

/** Tells when the copies of archived objects can be read. */
export class Restores {
  readonly #store: Store;
  #cancel: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Waits for the next restore that is under way. */
  arm(): void {
    this.#cancel();
    if (this.#closed) return;
    const next = this.#store.index.one(
      'select min(restore_ready) as ready from versions where restore_told = 0',
    )?.ready;
    if (next == null) return;
    this.#cancel = this.#store.clock.at(new Date(Number(next)), () => {
      this.#running = this.#tell().then(
        () => this.arm(),
        // A disk that is full, say: the next start tells it.
        () => undefined,
      );
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#running;
  }

  async #tell(): Promise<void> {
    const { index, buckets, outbox, clock } = this.#store;
    await commit(this.#store, () => {
      const names = new Map(buckets.list().map((bucket) => [bucket.id, bucket]));
      const now = clock.now().getTime();
      for (const row of index.all('select * from versions where restore_told = 0 and restore_ready <= ?', now)) {
        outbox.add('restored', names.get(Number(row.bucket))!, rowOf(row)!);
        index.run('update versions set restore_told = 1 where seq = ?', Number(row.seq));
      }
      return { files: [] };
    });
  }
}
