import { randomUUID } from 'node:crypto';
import { buffer, text } from 'node:stream/consumers';
import { expect } from '@jest/globals';
import type {
  CompletedPart,
  Content,
  GetOptions,
  ListOptions,
  ObjectVersion,
  PutOptions,
  StorageCapability,
  StoragePort,
  UploadReference,
} from '../../../shared/drivers/storage/port.ts';
import { BucketConfig } from '../../../shared/types/storage.ts';

/** An event that a driver told of an object. */
export interface ObjectEvent {
  id: string;
  source: string;
  type: string;
  bucket: string;
  key: string;
}

/** A driver to be tested, with what else its surroundings can show. */
export interface StorageUnderTest {
  driver: StoragePort;
  /** Turns the driver's clock; absent where it has the world's. */
  advance?(milliseconds: number): Promise<void>;
  /** The events that were told so far; absent where they cannot be heard. */
  events?(): Promise<ObjectEvent[]>;
  /** A key that objects can be encrypted with. */
  managedKey?: string;
  close(): Promise<void>;
}

/** One rule that the storage driver of every provider holds. */
export interface StorageRule {
  rule: string;
  /** What a driver must declare for the rule to be meant for it. */
  needs: StorageCapability[];
  /** What the surroundings must be able to do. */
  with: ('advance' | 'events' | 'managedKey')[];
  check(trial: Trial): Promise<void>;
}

/** Declares a rule. */
export function rule(
  name: string,
  check: (trial: Trial) => Promise<void>,
  needs: StorageCapability[] = [],
  surroundings: StorageRule['with'] = [],
): StorageRule {
  return { rule: name, check, needs, with: surroundings };
}

export const MIB = 1024 * 1024;
/** The smallest part that is not the last one. */
export const PART = 5 * MIB;

/** A driver under test, and what a rule does with it again and again. */
export class Trial {
  readonly under: StorageUnderTest;
  readonly #buckets: string[] = [];

  constructor(under: StorageUnderTest) {
    this.under = under;
  }

  get driver(): StoragePort {
    return this.under.driver;
  }

  /** A bucket that no other rule knows. */
  async bucket(config: Partial<BucketConfig> = {}): Promise<string> {
    const name = `trial-${randomUUID()}`;
    await this.driver.createBucket(name, { ...BucketConfig.decode({}), ...config });
    this.#buckets.push(name);
    return name;
  }

  put(
    bucket: string,
    key: string,
    content: string | Content = 'content',
    options?: PutOptions,
  ): Promise<ObjectVersion> {
    return this.driver.putObject(bucket, key, typeof content === 'string' ? Buffer.from(content) : content, options);
  }

  async text(bucket: string, key: string, options?: GetOptions): Promise<string> {
    return text((await this.driver.getObject(bucket, key, options)).content);
  }

  async bytes(bucket: string, key: string, options?: GetOptions): Promise<Buffer> {
    return buffer((await this.driver.getObject(bucket, key, options)).content);
  }

  /** The keys and common prefixes of one page. */
  async page(bucket: string, options?: ListOptions): Promise<{ keys: string[]; prefixes: string[]; next?: string }> {
    const { entries, commonPrefixes, next } = await this.driver.listObjects(bucket, options);
    return { keys: entries.map(({ key }) => key), prefixes: commonPrefixes, ...(next !== undefined && { next }) };
  }

  /** The keys of all pages, and how many pages there were. */
  async keys(bucket: string, options: ListOptions = {}): Promise<string[]> {
    const keys: string[] = [];
    for (let after = options.after; ; ) {
      const page = await this.page(bucket, { ...options, ...(after !== undefined && { after }) });
      keys.push(...page.keys);
      if (page.next === undefined) return keys;
      after = page.next;
    }
  }

  /** Uploads content in parts, and leaves their completion to the rule. */
  async upload(
    bucket: string,
    key: string,
    parts: Uint8Array[],
  ): Promise<{ upload: UploadReference; parts: CompletedPart[] }> {
    const { uploadId } = await this.driver.startUpload(bucket, key);
    const upload = { bucket, key, uploadId };
    const completed: CompletedPart[] = [];
    for (const [index, content] of parts.entries()) {
      const { partNumber, etag } = await this.driver.uploadPart(upload, index + 1, content);
      completed.push({ partNumber, etag });
    }
    return { upload, parts: completed };
  }

  /** Removes what a rule left. */
  async clear(): Promise<void> {
    for (const bucket of this.#buckets.splice(0)) await this.#remove(bucket).catch(() => {});
  }

  async #remove(bucket: string): Promise<void> {
    const uploads = await this.driver.listUploads(bucket);
    for (const { key, uploadId } of uploads.entries) await this.driver.abortUpload({ bucket, key, uploadId });
    const versioned = (await this.driver.getBucket(bucket)).versioning !== 'Disabled';
    for (let full = true; full; ) {
      const { entries } = versioned ? await this.driver.listVersions(bucket) : await this.driver.listObjects(bucket);
      for (const { key, versionId } of entries)
        await this.driver.deleteObject(bucket, key, versioned ? { versionId } : {});
      full = entries.length > 0;
    }
    await this.driver.deleteBucket(bucket);
  }
}

/** Bytes that differ from each other, the same for the same seed. */
export function patterned(size: number, seed = 1): Buffer {
  const unit = Buffer.alloc(Math.min(size, 4096));
  let state = seed;
  for (let at = 0; at < unit.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    unit[at] = state >>> 24;
  }
  return size === 0 ? Buffer.alloc(0) : Buffer.alloc(size, unit);
}

/** The call fails with this code, and the message says something. */
export async function refused(call: Promise<unknown>, code: string | RegExp): Promise<void> {
  const error = await call.then(
    () => undefined,
    (thrown) => thrown as { code?: string; message: string },
  );
  expect(error?.code ?? 'no error').toEqual(typeof code === 'string' ? code : expect.stringMatching(code));
  expect(error!.message.length).toBeGreaterThan(5);
}

/** Content in pieces, as a stream gives it. */
export async function* pieces(...content: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of content) yield Buffer.from(piece);
}

/** Content that breaks off after its first piece. */
export async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('the first half');
  throw new Error('the sender went away');
}
