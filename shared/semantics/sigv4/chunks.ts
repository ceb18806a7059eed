import { createHash } from 'node:crypto';
import { EMPTY_SHA256, sameText, scopeText, sha256, signatureOf } from './canonicalRequest.ts';
import { SignatureRefusal } from './refusal.ts';
import { mismatch, type Verified } from './verify.ts';

/** What `x-amz-content-sha256` says of a payload that comes in chunks. */
export type StreamingPayload =
  | 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
  | 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'
  | 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

/** The least that a chunk other than the last ones may hold, in bytes. */
const SMALLEST_CHUNK = 8 * 1024;

/** The chain of signatures over the chunks of a payload; each signs the one before it. */
export class ChunkSignatures {
  readonly #verified: Pick<Verified, 'signingKey' | 'time' | 'scope' | 'accessKeyId'>;
  #previous: string;

  constructor(verified: Pick<Verified, 'signingKey' | 'time' | 'scope' | 'accessKeyId' | 'signature'>) {
    this.#verified = verified;
    this.#previous = verified.signature;
  }

  /** The signature that the next chunk must have, by the SHA-256 of its data. */
  expected(dataHash: string): string {
    return this.#sign(this.#text('AWS4-HMAC-SHA256-PAYLOAD', [EMPTY_SHA256, dataHash]));
  }

  /** Takes the next chunk; one with another signature is refused. */
  chunk(dataHash: string, signature: string): void {
    this.#take(this.#text('AWS4-HMAC-SHA256-PAYLOAD', [EMPTY_SHA256, dataHash]), signature);
  }

  /** Takes the trailing headers, as `name:value\n` each. */
  trailer(text: string, signature: string): void {
    this.#take(this.#text('AWS4-HMAC-SHA256-TRAILER', [sha256(text)]), signature);
  }

  #take(text: string, signature: string): void {
    if (!sameText(this.#sign(text), signature)) {
      throw mismatch(this.#verified.accessKeyId, signature, { StringToSign: text });
    }
    this.#previous = signature;
  }

  #text(algorithm: string, hashes: string[]): string {
    const { time, scope } = this.#verified;
    return [algorithm, time, scopeText(scope), this.#previous, ...hashes].join('\n');
  }

  #sign(text: string): string {
    return signatureOf(this.#verified.signingKey, text);
  }
}

/** The longest line between the chunks that is read, in bytes, and the most trailing headers. */
const LONGEST_LINE = 4096;
const MOST_TRAILERS = 16;

/**
 * Reads the content of a payload in chunks (`Content-Encoding: aws-chunked`) as it arrives, and checks the signature of each chunk at its end.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html.
 */
export class ChunkDecoder {
  /** The trailing headers by lower-case name, once the content has been read. */
  readonly trailers: Record<string, string> = {};
  readonly #signatures: ChunkSignatures | undefined;
  readonly #signedTrailer: boolean;
  #state: 'header' | 'data' | 'dataEnd' | 'trailer' | 'done' = 'header';
  #line = Buffer.alloc(0);
  #left = 0;
  #signature = '';
  #hash = createHash('sha256');
  #small = false;
  #trailerText = '';

  constructor(kind: StreamingPayload, signatures: ChunkSignatures | undefined) {
    this.#signatures = kind === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' ? undefined : signatures;
    this.#signedTrailer = kind === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';
  }

  /** The content within some bytes of the payload. */
  *decode(bytes: Uint8Array): Generator<Uint8Array> {
    for (let rest = bytes; rest.length > 0; ) {
      if (this.#state === 'done') return;
      if (this.#state === 'data') {
        const data = rest.subarray(0, this.#left);
        rest = rest.subarray(data.length);
        this.#left -= data.length;
        if (this.#signatures) this.#hash.update(data);
        yield data;
        if (this.#left === 0) this.#state = 'dataEnd';
        continue;
      }
      const end = rest.indexOf(0x0a);
      this.#line = Buffer.concat([this.#line, end < 0 ? rest : rest.subarray(0, end)]);
      if (this.#line.length > LONGEST_LINE) throw malformed('a line between its chunks is too long');
      if (end < 0) return;
      rest = rest.subarray(end + 1);
      const line = this.#line.toString('latin1').replace(/\r$/, '');
      this.#line = Buffer.alloc(0);
      this.#take(line);
    }
  }

  /** To be called when there is no more: a payload that breaks off is refused. */
  end(): void {
    // The last empty line, after the last chunk and the trailing headers, may be missing.
    if (this.#state === 'trailer' && this.#line.length === 0) this.#finish();
    if (this.#state !== 'done') {
      throw new SignatureRefusal(
        'IncompleteBody',
        'You did not provide the number of bytes specified by the Content-Length HTTP header: the payload ends within a chunk',
      );
    }
  }

  #take(line: string): void {
    if (this.#state === 'dataEnd') {
      if (line !== '') throw malformed('a chunk is longer than its size says');
      this.#endChunk();
      this.#state = 'header';
    } else if (this.#state === 'header') this.#begin(line);
    else if (line === '') {
      if (this.#trailerText === '' || !this.#signedTrailer || this.#signature !== '') this.#finish();
    } else this.#trailer(line);
  }

  #begin(line: string): void {
    const match = /^([0-9a-f]{1,12})\s*(?:;\s*chunk-signature=([0-9a-f]{64})\s*)?$/i.exec(line);
    if (!match) throw malformed('a chunk begins with its size in hexadecimal digits and its signature');
    if (this.#signatures && !match[2]) throw malformed('a chunk has no signature');
    this.#left = Number.parseInt(match[1]!, 16);
    this.#signature = match[2] ?? '';
    this.#hash = createHash('sha256');
    if (this.#left > 0) {
      if (this.#small) {
        throw new SignatureRefusal(
          'InvalidChunkSizeError',
          'Only the last chunk is allowed to have a size less than 8192 bytes',
        );
      }
      this.#small = this.#signatures !== undefined && this.#left < SMALLEST_CHUNK;
      this.#state = 'data';
      return;
    }
    this.#endChunk();
    this.#signature = '';
    this.#state = 'trailer';
  }

  #endChunk(): void {
    this.#signatures?.chunk(this.#hash.digest('hex'), this.#signature);
  }

  #trailer(line: string): void {
    const at = line.indexOf(':');
    if (at <= 0 || Object.keys(this.trailers).length >= MOST_TRAILERS) {
      throw new SignatureRefusal(
        'MalformedTrailerError',
        'The request contained trailing data that was not well-formed or did not conform to our published schema.',
      );
    }
    const name = line.slice(0, at).trim().toLowerCase();
    const value = line.slice(at + 1).trim();
    if (name === 'x-amz-trailer-signature') {
      this.#signature = value;
      return;
    }
    this.trailers[name] = value;
    this.#trailerText += `${name}:${value}\n`;
  }

  #finish(): void {
    if (this.#signedTrailer && this.#signatures) this.#signatures.trailer(this.#trailerText, this.#signature);
    this.#state = 'done';
  }
}

function malformed(what: string): SignatureRefusal {
  return new SignatureRefusal('InvalidRequest', `The payload is not in aws-chunked encoding: ${what}`);
}
