import type { FileHandle } from 'node:fs/promises';
import { downloadFailed } from './errors.ts';
import type { Files } from './files.ts';
import { CHUNK, chunkCount, openChunk, sealedSize, TAG } from './sealing.ts';

/** A segment of content that can be read: its key is unwrapped. */
export interface Segment {
  file?: string;
  sealed?: Uint8Array;
  size: number;
  key: Uint8Array;
}

/** How many chunks are read from a file at once. */
const CHUNKS_AT_ONCE = 8;

/** The bytes from `start` up to and without `end` of segments that follow each other; each chunk is verified before it is handed out. */
export async function* read(files: Files, segments: Segment[], start: number, end: number): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (const segment of segments) {
    const from = Math.max(0, start - offset);
    const to = Math.min(segment.size, end - offset);
    offset += segment.size;
    if (from < to) yield* readSegment(files, segment, from, to);
  }
}

/**
 * A stream of the `length` bytes that a generator gives. `done` is called once, when it has ended, failed or been cancelled; it ends with
 * its last byte, because not everyone who has all of them asks for more.
 */
export function streamOf(
  bytes: AsyncGenerator<Uint8Array>,
  length: number,
  done: () => void,
): ReadableStream<Uint8Array> {
  let left = length;
  const end = async (): Promise<void> => {
    await bytes.return(undefined);
    done();
  };
  return new ReadableStream<Uint8Array>(
    {
      async start(controller) {
        if (left > 0) return;
        await end();
        controller.close();
      },
      async pull(controller) {
        try {
          const { value } = await bytes.next();
          left -= value.length;
          if (left === 0) await end();
          controller.enqueue(value);
          if (left === 0) controller.close();
        } catch (error) {
          done();
          controller.error(error);
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

async function* readSegment(files: Files, segment: Segment, from: number, to: number): AsyncGenerator<Uint8Array> {
  if (segment.sealed) {
    yield* opened(segment, 0, segment.sealed, from, to);
    return;
  }
  const file = await openFile(files, segment);
  try {
    const last = Math.floor((to - 1) / CHUNK);
    for (let index = Math.floor(from / CHUNK); index <= last; index += CHUNKS_AT_ONCE) {
      const count = Math.min(CHUNKS_AT_ONCE, last - index + 1);
      yield* opened(segment, index, await readChunks(file, segment, index, count), from, to);
    }
  } finally {
    await file.close();
  }
}

/** The wanted bytes of the sealed chunks from `first` on. */
function* opened(segment: Segment, first: number, sealed: Uint8Array, from: number, to: number): Generator<Uint8Array> {
  for (let index = first, at = 0; at < sealed.length; index++, at += CHUNK + TAG) {
    const bytes = verified(segment, index, sealed.subarray(at, at + CHUNK + TAG));
    const offset = index * CHUNK;
    yield bytes.subarray(Math.max(0, from - offset), to - offset);
  }
}

function verified(segment: Segment, index: number, sealed: Uint8Array): Uint8Array {
  try {
    return openChunk(segment.key, index, sealed);
  } catch (cause) {
    throw damaged(segment, index, cause);
  }
}

async function readChunks(file: FileHandle, segment: Segment, index: number, count: number): Promise<Uint8Array> {
  const at = index * (CHUNK + TAG);
  const length = Math.min(count * (CHUNK + TAG), sealedSize(segment.size) - at);
  const buffer = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(buffer, 0, length, at);
  if (bytesRead === length) return buffer;
  throw damaged(segment, index + Math.floor(bytesRead / (CHUNK + TAG)));
}

async function openFile(files: Files, segment: Segment): Promise<FileHandle> {
  try {
    return await files.read(segment.file!);
  } catch (cause) {
    throw downloadFailed(
      `the stored content cannot be opened (${(cause as NodeJS.ErrnoException).code}); restore it from a backup`,
      cause,
    );
  }
}

function damaged({ size }: Segment, index: number, cause?: unknown): Error {
  const place = `chunk ${index + 1} of ${chunkCount(size)}`;
  return downloadFailed(
    `the stored content is damaged (${place}) and cannot be given out; restore it from a backup`,
    cause,
  );
}
