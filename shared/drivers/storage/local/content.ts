import type { FileHandle } from 'node:fs/promises';
import { newId } from '../../../core/ids.ts';
import type { Checksum, Content, PutOptions } from '../port.ts';
import { type Digest, digestOf, isChecksum } from './digests.ts';
import { checksumMismatch, incompleteContent, invalid, tooLarge } from './errors.ts';
import type { Files } from './files.ts';
import { newKey, Sealer, TAG, wrap } from './sealing.ts';

/** Content of up to so many bytes lies in the index itself: one sync of the disk instead of three. */
const INLINE_LIMIT = 64 * 1024;
/** The same while many write: their files are synced side by side, but the index takes one change after the other. */
const INLINE_LIMIT_OF_MANY = 16 * 1024;
const MANY = 4;
/** How many bytes are gathered for one write; two such batches are in memory at most. */
const BATCH = 1024 * 1024;
/** Larger pieces are taken in steps, so that one is written while the next is hashed. */
const STEP = 512 * 1024;

/** Content that was written and synced, and that no row of the index names yet. */
export interface Written {
  content: string;
  number: number;
  file?: string;
  sealed?: Uint8Array;
  size: number;
  dataKey: Uint8Array;
  /** In hexadecimal; absent where none was wanted. */
  md5?: string;
  checksum?: Checksum;
}

export interface WriteOptions extends Pick<PutOptions, 'size' | 'checksum' | 'contentMd5'> {
  /** What the content belongs to, and its place in there. */
  content: string;
  number: number;
  wrappingKey: Uint8Array;
  /** Bytes that it may have at the most. */
  limit: number;
  /** Whether its MD5 is wanted. */
  md5: boolean;
}

/** What binds a segment's key to it. */
export const purposeOf = (content: string, number: number, size: number): string => `${content}.${number}.${size}`;

/** Writes content as it arrives. What fails on the way leaves nothing; what succeeds is held until `files.release`. */
export async function write(files: Files, source: Content, options: WriteOptions): Promise<Written> {
  checkExpectations(options);
  const { content, number, wrappingKey, checksum } = options;
  const key = newKey();
  const target = new Target(files, `${content}.${number}.${newId()}`);
  const md5 = options.md5 || options.contentMd5 !== undefined ? await digestOf('MD5') : undefined;
  const sum = checksum && (await digestOf(checksum.algorithm));
  files.writers += 1;
  try {
    const size = await pass(source, {
      key,
      target,
      digests: [md5, sum].filter((digest) => digest !== undefined),
      options,
    });
    if (options.size !== undefined && options.size !== size) throw incompleteContent(options.size, size);
    const hash = md5 && Buffer.from(await md5.digest());
    const value = sum && Buffer.from(await sum.digest()).toString('base64');
    expect('MD5', options.contentMd5, hash?.toString('base64'));
    if (checksum) expect(checksum.algorithm, expectedOf(checksum.value), value);
    const lies = await target.close();
    return {
      content,
      number,
      ...lies,
      size,
      dataKey: wrap(key, wrappingKey, purposeOf(content, number, size)),
      ...(hash && options.md5 && { md5: hash.toString('hex') }),
      ...(checksum && { checksum: { algorithm: checksum.algorithm, value: value!, type: 'FULL_OBJECT' as const } }),
    };
  } catch (error) {
    await target.abandon();
    throw error;
  } finally {
    files.writers -= 1;
  }
}

interface Passage {
  key: Buffer;
  target: Target;
  digests: Digest[];
  options: WriteOptions;
}

async function pass(source: Content, { key, target, digests, options }: Passage): Promise<number> {
  const sealer = new Sealer(key);
  let size = 0;
  for await (const piece of source instanceof Uint8Array ? [source] : source) {
    for (let at = 0; at < piece.length; at += STEP) {
      const step = piece.subarray(at, at + STEP);
      size += step.length;
      if (size > options.limit) throw tooLarge(size, options.limit);
      if (options.size !== undefined && size > options.size) throw incompleteContent(options.size, size);
      for (const digest of digests) digest.update(step);
      for (const sealed of sealer.seal(step)) target.add(sealed);
      await target.drain();
    }
  }
  target.add(sealer.end());
  return size;
}

function checkExpectations({ size, limit, checksum, contentMd5 }: WriteOptions): void {
  if (size !== undefined && size > limit) throw tooLarge(size, limit);
  if (contentMd5 !== undefined && !isChecksum('MD5', contentMd5)) {
    throw invalid(`contentMd5 "${contentMd5}" is no MD5 in base64: 16 bytes expected`, { contentMd5 });
  }
  if (typeof checksum?.value === 'string') checkForm(checksum.algorithm, checksum.value);
}

function checkForm(algorithm: Checksum['algorithm'], value: string): void {
  if (isChecksum(algorithm, value)) return;
  throw invalid(`checksum "${value}" is no ${algorithm} in base64`, { checksum: value });
}

function expectedOf(value: NonNullable<PutOptions['checksum']>['value']): string | undefined {
  return typeof value === 'function' ? value() : value;
}

function expect(algorithm: string, expected: string | undefined, computed: string | undefined): void {
  if (expected !== undefined && expected !== computed) throw checksumMismatch(algorithm, expected, computed ?? '');
}

/** Where sealed bytes go: into memory while they are few, then into a file. */
class Target {
  readonly #files: Files;
  readonly #name: string;
  #gathered: Uint8Array[] = [];
  #bytes = 0;
  #file: FileHandle | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(files: Files, name: string) {
    this.#files = files;
    this.#name = name;
  }

  add(bytes: Uint8Array): void {
    this.#gathered.push(bytes);
    this.#bytes += bytes.length;
  }

  /** Begins to write what was gathered once that is enough; waits for the write before. */
  async drain(): Promise<void> {
    if (this.#bytes >= BATCH) await this.#write();
  }

  async #write(): Promise<void> {
    const batch = this.#gathered;
    this.#gathered = [];
    this.#bytes = 0;
    this.#file ??= await this.#create();
    await this.#writing;
    this.#writing = writeAll(this.#file, batch);
    // Whoever waits for it next learns that it failed.
    this.#writing.catch(() => undefined);
  }

  async #create(): Promise<FileHandle> {
    this.#files.hold([this.#name]);
    try {
      return await this.#files.create(this.#name);
    } catch (error) {
      this.#files.release([this.#name]);
      throw error;
    }
  }

  /** Where the bytes lie, once they are on the disk or few enough to go into the index. */
  async close(): Promise<{ file: string } | { sealed: Uint8Array }> {
    const limit = this.#files.writers > MANY ? INLINE_LIMIT_OF_MANY : INLINE_LIMIT;
    if (!this.#file && this.#bytes <= limit + TAG) return { sealed: Buffer.concat(this.#gathered) };
    await this.#write();
    await this.#writing;
    await Promise.all([this.#file!.datasync(), this.#files.keepName(this.#name)]);
    this.#files.finish(this.#file!);
    return { file: this.#name };
  }

  async abandon(): Promise<void> {
    if (!this.#file) return;
    await this.#writing.catch(() => undefined);
    await this.#file.close().catch(() => undefined);
    this.#files.discard([this.#name]);
    this.#files.release([this.#name]);
  }
}

async function writeAll(file: FileHandle, batch: Uint8Array[]): Promise<void> {
  const length = batch.reduce((sum, bytes) => sum + bytes.length, 0);
  const { bytesWritten } = await file.writev(batch);
  if (bytesWritten === length) return;
  // A short write is how a disk that fills up begins to say so.
  const rest = Buffer.concat(batch).subarray(bytesWritten);
  for (let at = 0; at < rest.length; ) at += (await file.write(rest, at)).bytesWritten;
}
