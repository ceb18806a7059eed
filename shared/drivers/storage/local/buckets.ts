import { CloudError } from '../../../core/errors.ts';
import { decode, encode } from '../../../core/validation.ts';
import { type Bucket, BucketConfig, BucketName } from '../../../types/storage.ts';
import { bucketNotFound, invalid } from './errors.ts';
import type { Row, StoreIndex } from './storeIndex.ts';

/** A bucket as the index has it. */
export interface BucketRow {
  id: number;
  name: string;
  created: Date;
  config: BucketConfig;
  /** Whether it ever kept versions; one that did not has no version ids to show. */
  versioned: boolean;
}

/** The buckets of a store. */
export class Buckets {
  readonly #index: StoreIndex;
  readonly #now: () => Date;
  /** Configurations as they were parsed last, because each call needs one. */
  readonly #parsed = new Map<string, { text: string; config: BucketConfig }>();

  constructor(index: StoreIndex, now: () => Date) {
    this.#index = index;
    this.#now = now;
  }

  async create(name: string, config: BucketConfig): Promise<BucketRow> {
    if (!BucketName.safeParse(name).success) {
      const rule = '3 to 63 lower-case letters, digits, hyphens and dots expected, a letter or digit first and last';
      throw new CloudError('StorageError.InvalidBucketName', `"${name}" cannot name a bucket: ${rule}`, {
        details: { name },
      });
    }
    const versioned = config.versioning === 'Disabled' ? 0 : 1;
    await this.#index.change(() => {
      if (this.#index.one('select 1 from buckets where name = ?', name)) throw alreadyExists(name);
      this.#index.run(
        'insert into buckets (name, created, config, versioned) values (?, ?, ?, ?)',
        name,
        this.#now().getTime(),
        JSON.stringify(encode(BucketConfig, config, 'bucket config')),
        versioned,
      );
    });
    return this.get(name);
  }

  get(name: string): BucketRow {
    const row = this.#index.one('select * from buckets where name = ?', name);
    if (!row) throw bucketNotFound(name);
    return this.#bucketOf(row);
  }

  list(): BucketRow[] {
    return this.#index.all('select * from buckets order by name').map((row) => this.#bucketOf(row));
  }

  async update(name: string, change: Partial<BucketConfig>): Promise<void> {
    await this.#index.change(() => {
      const { config, versioned } = this.get(name);
      const next = decode(
        BucketConfig,
        JSON.parse(JSON.stringify({ ...config, ...change })),
        `config of bucket "${name}"`,
      );
      if (versioned && next.versioning === 'Disabled') {
        throw invalid(`bucket "${name}" has versions; versioning can be Suspended now, but not Disabled any more`, {
          versioning: 'Disabled',
        });
      }
      this.#index.run(
        'update buckets set config = ?, versioned = max(versioned, ?) where name = ?',
        JSON.stringify(next),
        next.versioning === 'Disabled' ? 0 : 1,
        name,
      );
    });
  }

  /** Removes a bucket that has no version of any object; uploads under way end. The answer names the files that nobody needs any more. */
  async delete(name: string): Promise<string[]> {
    const files = await this.#index.change(() => {
      const { id } = this.get(name);
      if (this.#index.one('select 1 from versions where bucket = ? limit 1', id)) throw notEmpty(name);
      const segments = this.#index.all(
        'select file from segments where content in (select id from uploads where bucket = ?) and file is not null',
        id,
      );
      this.#index.run('delete from segments where content in (select id from uploads where bucket = ?)', id);
      this.#index.run('delete from uploads where bucket = ?', id);
      this.#index.run('delete from buckets where id = ?', id);
      return segments.map(({ file }) => String(file));
    });
    this.#parsed.delete(name);
    return files;
  }

  #bucketOf(row: Row): BucketRow {
    const name = String(row.name);
    const text = String(row.config);
    let parsed = this.#parsed.get(name);
    if (parsed?.text !== text) {
      parsed = { text, config: decode(BucketConfig, JSON.parse(text), `config of bucket "${name}"`) };
      this.#parsed.set(name, parsed);
    }
    return {
      id: Number(row.id),
      name,
      created: new Date(Number(row.created)),
      config: parsed.config,
      versioned: row.versioned === 1,
    };
  }
}

/** A bucket as callers see it. */
export function bucketView({ name, created, config }: BucketRow): Bucket {
  const { versioning, encryption } = config;
  return { name, creationDate: created, location: 'local', versioning, ...(encryption && { encryption }) };
}

const alreadyExists = (bucket: string): CloudError =>
  new CloudError(
    'StorageError.BucketAlreadyExists',
    `there is a bucket "${bucket}" already; use it, or choose another name`,
    {
      details: { bucket },
    },
  );

const notEmpty = (bucket: string): CloudError =>
  new CloudError(
    'StorageError.BucketNotEmpty',
    `bucket "${bucket}" still has objects or versions of them; delete them first`,
    { details: { bucket } },
  );
