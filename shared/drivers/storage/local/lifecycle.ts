import type { LifecycleRule, StorageClass } from '../../../types/storage.ts';
import type { BucketRow } from './buckets.ts';
import { midnightAfter } from './restoring.ts';
import { bytes, rowOf, type VersionRow } from './rows.ts';
import { commit, type Store } from './store.ts';
import { removeUpload } from './uploads.ts';

const DAY = 24 * 3600 * 1000;
/** The clock is looked at so often, so that one that jumps, or a machine that slept, is noticed. */
const LOOK = 3600 * 1000;
/** How many rows one commit goes through, so that others do not wait for it. */
const AT_ONCE = 500;

/** From the class that costs most to keep to the one that costs least: objects only ever move on. */
const CLASSES: StorageClass[] = [
  'Standard',
  'ReducedRedundancy',
  'StandardIA',
  'IntelligentTiering',
  'OneZoneIA',
  'Glacier',
  'GlacierDeepArchive',
];

/**
 * Expires and transitions objects as the rules of their buckets say: one pass over the store after each midnight UTC, because S3 rounds the
 * days of rules up to it, and one at the start for what fell due meanwhile.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 */
export class Lifecycle {
  readonly #store: Store;
  #passed = Number.NEGATIVE_INFINITY;
  #running: Promise<void> = Promise.resolve();
  #cancel: () => void = () => undefined;
  #closed = false;

  constructor(store: Store) {
    this.#store = store;
  }

  start(): void {
    this.#at(this.#now(), () => this.#look());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#running;
  }

  #look(): void {
    const today = Math.floor(this.#now() / DAY);
    if (today !== this.#passed && this.#rules().size > 0) {
      const { newest } = this.#store.index.one('select max(seq) as newest from versions')!;
      this.#step(today, { seq: 0, newest: Number(newest), upload: '' });
      return;
    }
    this.#passed = today;
    this.#at(Math.min((today + 1) * DAY, this.#now() + LOOK), () => this.#look());
  }

  /** Goes through the next rows; the rest comes after whatever else waits. */
  #step(today: number, place: Place): void {
    this.#running = this.#batch(place).then(
      (next) => {
        if (next) return this.#at(this.#now(), () => this.#step(today, next));
        this.#passed = today;
        this.#look();
      },
      // A full disk, say: the pass begins anew later.
      () => this.#at(this.#now() + LOOK, () => this.#look()),
    );
  }

  async #batch(place: Place): Promise<Place | undefined> {
    const rules = this.#rules();
    const { next } = await commit(this.#store, () => {
      const versions = this.#versions(place, rules);
      if (versions.next) return versions;
      const uploads = this.#uploads(place, rules);
      return { files: [...versions.files, ...uploads.files], next: uploads.next };
    });
    return next;
  }

  #versions(place: Place, rules: Map<number, Ruled>): Step {
    const rows = this.#store.index.all(
      'select * from versions where seq > ? and seq <= ? order by seq limit ?',
      place.seq,
      place.newest,
      AT_ONCE,
    );
    const files = rows.flatMap((row) => {
      const ruled = rules.get(Number(row.bucket));
      return ruled ? this.#apply(ruled, rowOf(row)!) : [];
    });
    return rows.length < AT_ONCE ? { files } : { files, next: { ...place, seq: Number(rows.at(-1)!.seq) } };
  }

  #apply({ bucket, rules }: Ruled, row: VersionRow): string[] {
    const { versions } = this.#store;
    const held = rules.filter(({ prefix }) => row.key.startsWith(prefix));
    if (!row.latest) {
      const due = held.some((rule) => this.#isDue(row.noncurrent!, rule.noncurrentVersionExpirationDays));
      return due ? versions.remove(bucket, row, 'expired').files : [];
    }
    const expired = held.some((rule) => this.#isDue(row.modified, rule.expirationDays));
    if (row.marker) return expired && this.#isAlone(bucket, row) ? versions.remove(bucket, row, 'expired').files : [];
    if (expired) return versions.hide(bucket, row.key, 'expired').files;
    this.#transition(bucket, row, held);
    return [];
  }

  #transition(bucket: BucketRow, row: VersionRow, rules: LifecycleRule[]): void {
    const due = rules
      .flatMap(({ transitions }) => transitions)
      .filter(({ days }) => this.#isDue(row.modified, days))
      .map(({ storageClass }) => CLASSES.indexOf(storageClass));
    const target = Math.max(CLASSES.indexOf(row.about.storageClass), ...due);
    const storageClass = CLASSES[target]!;
    if (storageClass === row.about.storageClass) return;
    const about = { ...row.about, storageClass };
    this.#store.versions.setAbout(row, about);
    this.#store.outbox.add('transitioned', bucket, { ...row, about });
  }

  #uploads(place: Place, rules: Map<number, Ruled>): Step {
    const rows = this.#store.index.all(
      'select * from uploads where id > ? and completed is null order by id limit ?',
      place.upload,
      AT_ONCE,
    );
    const files = rows.flatMap(({ id, bucket, key, started }) => {
      const name = Buffer.from(key as Uint8Array).toString();
      const due = rules
        .get(Number(bucket))
        ?.rules.some(
          (rule) =>
            name.startsWith(rule.prefix) && this.#isDue(Number(started), rule.abortIncompleteMultipartUploadDays),
        );
      return due ? removeUpload(this.#store, String(id)) : [];
    });
    return rows.length < AT_ONCE ? { files } : { files, next: { ...place, upload: String(rows.at(-1)!.id) } };
  }

  /** Whether a delete marker is all that is left of its key. */
  #isAlone(bucket: BucketRow, { key, seq }: VersionRow): boolean {
    const sql = 'select 1 from versions where bucket = ? and key = ? and seq <> ? limit 1';
    return this.#store.index.one(sql, bucket.id, bytes(key), seq) === undefined;
  }

  #isDue(since: number, days: number | undefined): boolean {
    return days !== undefined && midnightAfter(since, days) <= this.#now();
  }

  /** The buckets that have rules which are enabled. */
  #rules(): Map<number, Ruled> {
    const ruled = this.#store.buckets
      .list()
      .map((bucket) => ({ bucket, rules: bucket.config.lifecycleRules.filter(({ enabled }) => enabled) }));
    return new Map(ruled.filter(({ rules }) => rules.length > 0).map((each) => [each.bucket.id, each]));
  }

  #now(): number {
    return this.#store.clock.now().getTime();
  }

  #at(time: number, action: () => void): void {
    if (this.#closed) return;
    this.#cancel();
    this.#cancel = this.#store.clock.at(new Date(time), action);
  }
}

interface Ruled {
  bucket: BucketRow;
  rules: LifecycleRule[];
}

/** The files that nobody needs any more, and where the pass goes on, if it does. */
interface Step {
  files: string[];
  next?: Place | undefined;
}

/** How far a pass has come: through the versions up to the one that was the newest, then through the uploads. */
interface Place {
  seq: number;
  newest: number;
  upload: string;
}
