import type { Clock } from '../../../core/clock.ts';
import type { BucketRow } from './buckets.ts';
import type { VersionRow } from './rows.ts';
import type { StoreIndex } from './storeIndex.ts';

/** What happened to an object. (source, id) is its identity, so that what is told twice counts once. */
export interface StorageEvent {
  id: string;
  source: string;
  type: string;
  time: Date;
  subject: string;
  data: {
    bucket: string;
    key: string;
    size: number;
    etag: string;
    versionId?: string;
    deleteMarker?: true;
    storageClass?: string;
  };
}

export type ObjectEvent = 'created' | 'deleted' | 'restored' | 'expired' | 'transitioned';

/** Resolves when the events are durable where they went. */
export type Publish = (events: StorageEvent[]) => Promise<unknown>;

const AT_ONCE = 100;
const FIRST_RETRY = 500;
const LAST_RETRY = 60_000;

/** The events of a store, written in the commit of what they tell, and published until that went well. */
export class Outbox {
  readonly #index: StoreIndex;
  readonly #clock: Clock;
  readonly #store: string;
  readonly #publish: Publish | undefined;
  #running: Promise<void> | undefined;
  #wanted = false;
  /** Whether a try that failed is repeated later; nothing is told before that. */
  #waiting = false;
  #wait = FIRST_RETRY;
  #cancel: () => void = () => undefined;
  #closed = false;

  /** `store` tells this store from others; without `publish` nothing is written. */
  constructor(index: StoreIndex, clock: Clock, store: string, publish: Publish | undefined) {
    this.#index = index;
    this.#clock = clock;
    this.#store = store;
    this.#publish = publish;
  }

  /** Adds an event to the change that is under way. */
  add(event: ObjectEvent, bucket: BucketRow, row: VersionRow): void {
    if (!this.#publish) return;
    const data: StorageEvent['data'] = {
      bucket: bucket.name,
      key: row.key,
      size: row.size,
      etag: row.etag,
      ...(bucket.versioned && { versionId: row.versionId }),
      ...(row.marker && { deleteMarker: true as const }),
      ...(!row.marker && { storageClass: row.about.storageClass }),
    };
    this.#index.run(
      'insert into events (type, time, bucket, data) values (?, ?, ?, ?)',
      `cloudlib.storage.object.${event}`,
      this.#clock.now().getTime(),
      bucket.name,
      JSON.stringify(data),
    );
  }

  /** Publishes what waits; to be called when something may have been added. */
  drain(): void {
    if (!this.#publish || this.#closed || this.#waiting) return;
    this.#wanted = true;
    this.#running ??= this.#run(this.#publish).finally(() => {
      this.#running = undefined;
    });
  }

  /** Ends after what is being published; the rest is told by the next process. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#running;
  }

  async #run(publish: Publish): Promise<void> {
    while (this.#wanted && !this.#closed && !this.#waiting) {
      this.#wanted = false;
      try {
        while (!this.#closed && (await this.#next(publish))) this.#wait = FIRST_RETRY;
      } catch {
        this.#later();
      }
    }
  }

  /** Publishes the oldest; false when there are none. */
  async #next(publish: Publish): Promise<boolean> {
    const rows = this.#index.all('select * from events order by seq limit ?', AT_ONCE);
    if (rows.length === 0) return false;
    await publish(
      rows.map((row) => ({
        id: `${this.#store}-${row.seq}`,
        source: `/storage/${row.bucket}`,
        type: String(row.type),
        time: new Date(Number(row.time)),
        subject: JSON.parse(String(row.data)).key,
        data: JSON.parse(String(row.data)),
      })),
    );
    const last = Number(rows.at(-1)!.seq);
    await this.#index.change(() => this.#index.run('delete from events where seq <= ?', last));
    return true;
  }

  #later(): void {
    if (this.#closed) return;
    this.#waiting = true;
    this.#cancel = this.#clock.at(new Date(this.#clock.now().getTime() + this.#wait), () => {
      this.#waiting = false;
      this.drain();
    });
    this.#wait = Math.min(LAST_RETRY, this.#wait * 2);
  }
}
