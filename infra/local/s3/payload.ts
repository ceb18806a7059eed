import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  ChunkDecoder,
  ChunkSignatures,
  type StreamingPayload,
  UNSIGNED_PAYLOAD,
  type Verified,
} from '../../../shared/semantics/sigv4/index.ts';
import { invalidArgument, S3Error, s3Error } from './errors.ts';

const STREAMING: readonly string[] = [
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
] satisfies StreamingPayload[];

export interface PayloadOptions {
  incoming: IncomingMessage;
  headers: Record<string, string>;
  /** The signature of the request, where it has one of version 4. */
  verified?: Verified;
  /** Tells a client that waits with its content to send it. */
  onRead(): void;
}

/** The content of a request, decoded and checked against what was signed while it is read. */
export class Payload implements AsyncIterable<Uint8Array> {
  /** Bytes of the content, where the request says it. */
  readonly size: number | undefined;
  readonly #options: PayloadOptions;
  readonly #decoder: ChunkDecoder | undefined;
  readonly #hash: Hash | undefined;
  #failure: unknown;

  constructor(options: PayloadOptions) {
    const { headers, verified } = options;
    const kind = verified?.payloadHash ?? headers['x-amz-content-sha256'] ?? UNSIGNED_PAYLOAD;
    this.#options = options;
    if (STREAMING.includes(kind)) {
      this.#decoder = decoderOf(kind as StreamingPayload, verified);
      this.size = lengthOf(headers['x-amz-decoded-content-length'], 'x-amz-decoded-content-length');
      if (this.size === undefined) {
        throw new S3Error('MissingContentLength', {
          message: 'You must provide the x-amz-decoded-content-length HTTP header.',
        });
      }
    } else {
      if (kind !== UNSIGNED_PAYLOAD && !/^[0-9a-f]{64}$/i.test(kind)) {
        throw invalidArgument(
          'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
          'x-amz-content-sha256',
          kind,
        );
      }
      if (kind !== UNSIGNED_PAYLOAD) this.#hash = createHash('sha256');
      this.size = lengthOf(headers['content-length'], 'Content-Length');
    }
  }

  /** Whether the request says that it has content, or may have some. */
  get present(): boolean {
    return this.#options.headers['transfer-encoding'] !== undefined || (this.size ?? 0) > 0;
  }

  /** A header that follows the content, once that has been read. */
  trailer(name: string): string | undefined {
    return this.#decoder?.trailers[name];
  }

  /** Why the content was refused, if it was: the reader that it was given to may have an error of its own instead. */
  get failure(): S3Error | undefined {
    return this.#failure === undefined ? undefined : s3Error(this.#failure);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#read();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** All of it; more than `limit` bytes are refused. */
  async bytes(limit: number): Promise<Buffer> {
    if ((this.size ?? 0) > limit) throw tooLong(limit);
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of this) {
      length += piece.length;
      if (length > limit) throw tooLong(limit);
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    this.#options.onRead();
    let length = 0;
    for await (const piece of this.#pieces()) {
      length += piece.length;
      if (this.size !== undefined && length > this.size) throw new S3Error('IncompleteBody');
      this.#hash?.update(piece);
      yield piece;
    }
    if (this.size !== undefined && length < this.size) throw new S3Error('IncompleteBody');
    this.#checkHash();
  }

  async *#pieces(): AsyncGenerator<Uint8Array> {
    for await (const bytes of this.#incoming()) {
      if (this.#decoder) yield* this.#decoder.decode(bytes);
      else yield bytes;
    }
    this.#decoder?.end();
  }

  async *#incoming(): AsyncGenerator<Uint8Array> {
    const { incoming } = this.#options;
    try {
      for await (const bytes of incoming.iterator({ destroyOnReturn: false })) yield bytes;
    } catch (error) {
      throw new S3Error('IncompleteBody', { cause: error });
    }
  }

  #checkHash(): void {
    const computed = this.#hash?.digest('hex');
    const claimed = (
      this.#options.verified?.payloadHash ?? this.#options.headers['x-amz-content-sha256']
    )?.toLowerCase();
    if (computed === undefined || computed === claimed) return;
    throw new S3Error('XAmzContentSHA256Mismatch', {
      details: { ClientComputedContentSHA256: claimed ?? '', S3ComputedContentSHA256: computed },
    });
  }
}

function decoderOf(kind: StreamingPayload, verified: Verified | undefined): ChunkDecoder {
  if (kind === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return new ChunkDecoder(kind, undefined);
  if (!verified) {
    throw new S3Error('InvalidRequest', {
      message: 'A payload in signed chunks needs a signature of version 4 in the Authorization header',
    });
  }
  return new ChunkDecoder(kind, new ChunkSignatures(verified));
}

function lengthOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalidArgument(`${name} must be a whole number of 0 or more`, name, text);
}

function tooLong(limit: number): S3Error {
  return new S3Error('MaxMessageLengthExceeded', { details: { MaxMessageLengthBytes: String(limit) } });
}
