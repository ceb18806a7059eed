import { createHash } from 'node:crypto';
import { CloudError } from '../../shared/core/errors.ts';
import type {
  CompletedPart,
  Part,
  Preconditions,
  StoragePort,
  UploadOptions,
  UploadReference,
} from '../../shared/drivers/storage/port.ts';
import { cloudError } from '../../shared/types/errors.ts';
import type { ObjectVersion } from '../../shared/types/objects.ts';
import type { InputStream } from '../../shared/types/storage.ts';

const MIB = 1024 * 1024;
const SMALLEST_PART = 8 * MIB;
const MOST_PARTS = 10_000;
/** How many parts are under way at once. */
const IN_FLIGHT = 4;

/** What of a store an upload needs. */
export type UploadStore = Pick<
  StoragePort,
  'putObject' | 'startUpload' | 'uploadPart' | 'listParts' | 'listUploads' | 'completeUpload' | 'abortUpload'
>;

export interface StreamUpload {
  bucket: string;
  key: string;
  stream: InputStream;
  /** Bytes, where known. */
  size?: number;
  kept: UploadOptions;
  preconditions?: Preconditions;
  /** Takes up the newest unfinished upload of the key, and leaves one that fails for the next call. */
  resume?: boolean;
  /** Is told how many bytes are in the store. */
  onProgress?(bytes: number): void;
}

/** Stores what a stream holds: at once what is small, else in parts, of which a few are in memory. */
export async function uploadStream(store: UploadStore, request: StreamUpload): Promise<ObjectVersion> {
  const { bucket, key, stream, size, kept, preconditions, resume = false, onProgress } = request;
  const parts = partsOf(stream, partSizeOf(size));
  const first = await nextOf(parts, key);
  if (first.length < SMALLEST_PART) {
    checkSize(key, first.length, size);
    const version = await store.putObject(bucket, key, first, { ...kept, checksum: undefined, preconditions });
    onProgress?.(first.length);
    return version;
  }
  const upload = (resume && (await unfinishedOf(store, bucket, key))) || (await store.startUpload(bucket, key, kept));
  const reference = { bucket, key, uploadId: upload.uploadId };
  const run = new UploadRun(store, reference, resume ? await partsThere(store, reference) : new Map(), onProgress);
  try {
    for (let part = first; part.length > 0; part = await nextOf(parts, key)) {
      await run.add(part);
      if (size !== undefined && run.read > size) checkSize(key, run.read, size);
    }
    const completed = await run.end();
    checkSize(key, run.read, size);
    return await store.completeUpload(reference, completed, { size: run.read, preconditions });
  } catch (error) {
    await run.settle();
    if (!resume) await store.abortUpload(reference).catch(() => {});
    throw CloudError.from(error);
  }
}

/** The parts of one upload on their way. */
class UploadRun {
  /** Bytes that were read from the stream. */
  read = 0;
  readonly #store: UploadStore;
  readonly #upload: UploadReference;
  readonly #there: Map<number, Part>;
  readonly #onProgress: ((bytes: number) => void) | undefined;
  readonly #completed: CompletedPart[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #failure: unknown;
  #stored = 0;

  constructor(
    store: UploadStore,
    upload: UploadReference,
    there: Map<number, Part>,
    onProgress: ((bytes: number) => void) | undefined,
  ) {
    this.#store = store;
    this.#upload = upload;
    this.#there = there;
    this.#onProgress = onProgress;
  }

  /** Sends a part, unless the store has it already; resolves when there is room for the next one. */
  async add(part: Uint8Array): Promise<void> {
    const partNumber = this.#completed.length + 1;
    if (partNumber > MOST_PARTS) throw tooManyParts(this.#upload.key);
    this.read += part.length;
    const completed: CompletedPart = { partNumber, etag: '' };
    this.#completed.push(completed);
    const sending = this.#send(completed, part)
      .catch((error) => {
        this.#failure ??= error;
      })
      .finally(() => this.#underWay.delete(sending));
    this.#underWay.add(sending);
    if (this.#underWay.size >= IN_FLIGHT) await Promise.race(this.#underWay);
    if (this.#failure) throw this.#failure;
  }

  /** Resolves to all parts when they have arrived. */
  async end(): Promise<CompletedPart[]> {
    await this.settle();
    if (this.#failure) throw this.#failure;
    return this.#completed;
  }

  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #send(completed: CompletedPart, part: Uint8Array): Promise<void> {
    const there = this.#there.get(completed.partNumber);
    const same = there?.size === part.length && there.etag === createHash('md5').update(part).digest('hex');
    const { etag } = same
      ? there
      : await this.#store.uploadPart(this.#upload, completed.partNumber, part, { size: part.length });
    completed.etag = etag;
    this.#stored += part.length;
    this.#onProgress?.(this.#stored);
  }
}

/** As large as it takes for the whole content to be no more than 10,000 parts. */
const partSizeOf = (size = 0): number => Math.max(SMALLEST_PART, Math.ceil(size / MOST_PARTS / MIB) * MIB);

/** The content of a stream in pieces of one size; the last one is smaller, and may be empty. */
async function* partsOf(stream: InputStream, partSize: number): AsyncGenerator<Uint8Array> {
  let chunks: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of stream) {
    for (let from = 0; from < chunk.length; ) {
      const piece = chunk.subarray(from, from + partSize - held);
      chunks.push(piece);
      held += piece.length;
      from += piece.length;
      if (held < partSize) continue;
      yield Buffer.concat(chunks, held);
      chunks = [];
      held = 0;
    }
  }
  if (held > 0) yield Buffer.concat(chunks, held);
}

/** The next part, empty at the end of the stream. */
async function nextOf(parts: AsyncGenerator<Uint8Array>, key: string): Promise<Uint8Array> {
  try {
    const { done, value } = await parts.next();
    return done ? new Uint8Array() : value;
  } catch (error) {
    const reason = (error as Error)?.message ?? String(error);
    throw cloudError(
      'StorageError.UploadFailed',
      `object "${key}": the stream of its content broke off: ${reason}`,
      { reason },
      error,
    );
  }
}

/** The newest upload of a key that was neither completed nor aborted. */
async function unfinishedOf(store: UploadStore, bucket: string, key: string): Promise<UploadReference | undefined> {
  let newest: { uploadId: string; initiated: Date } | undefined;
  let page: Parameters<UploadStore['listUploads']>[1] = { prefix: key };
  for (;;) {
    const { entries, next, nextUpload } = await store.listUploads(bucket, page);
    for (const upload of entries) {
      if (upload.key === key && (!newest || upload.initiated >= newest.initiated)) newest = upload;
    }
    if (next === undefined || next > key) return newest && { bucket, key, uploadId: newest.uploadId };
    page = { prefix: key, after: next, afterVersion: nextUpload };
  }
}

async function partsThere(store: UploadStore, upload: UploadReference): Promise<Map<number, Part>> {
  const there = new Map<number, Part>();
  for (let after: number | undefined; ; ) {
    const { parts, next } = await store.listParts(upload, { after });
    for (const part of parts) there.set(part.partNumber, part);
    if (next === undefined) return there;
    after = next;
  }
}

function checkSize(key: string, received: number, expected: number | undefined): void {
  if (expected === undefined || received === expected) return;
  const how = received > expected ? 'more' : 'fewer';
  throw cloudError(
    'StorageError.IncompleteContent',
    `object "${key}": its stream holds ${how} bytes than the ${expected} that were announced`,
    { expected, received },
  );
}

function tooManyParts(key: string): CloudError {
  const limit = MOST_PARTS * SMALLEST_PART;
  return cloudError(
    'StorageError.ObjectTooLarge',
    `object "${key}": its stream holds more than ${limit} bytes; give its size, so that the parts are made large enough`,
    { size: limit + 1, limit },
  );
}
