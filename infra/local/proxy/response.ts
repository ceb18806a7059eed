import { BadResponse, parseResponseHead, parseTrailers, type ResponseHead } from './responseHead.ts';

/** Hears what the reader finds. */
export interface ResponseListener {
  /** An interim answer (1xx other than 101) came; the real one follows. */
  onInformation(head: ResponseHead): void;
  onHead(head: ResponseHead): void;
  onData(chunk: Buffer): void;
  onEnd(trailers: string[]): void;
}

type State = 'idle' | 'head' | 'length' | 'chunkSize' | 'chunk' | 'chunkEnd' | 'trailers' | 'untilClose';

const LARGEST_HEAD = 65_536;
const LONGEST_CHUNK_LINE = 4_096;
const CHUNK_LINE = /^([\da-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;

/**
 * Reads the answers on one replica connection, strictly: a bare LF, a folded line, two lengths or both framings at once are refused.
 *
 * What clients send is read by Node's own parser. Node offers none for answers apart from its client; a proxy over that client or over
 * undici's dispatcher was measured at 40 % and 70 % of this one's requests per second, and neither tells whether a byte was sent, which
 * retries depend on.
 */
export class ResponseReader {
  #state: State = 'idle';
  #listener!: ResponseListener;
  #method = '';
  #incomplete: Buffer | undefined;
  #left = 0;

  /** Expects the answer to a request with this method. */
  begin(method: string, listener: ResponseListener): void {
    this.#method = method;
    this.#listener = listener;
    this.#state = 'head';
  }

  /** Whether any byte of the answer has come. */
  get started(): boolean {
    return this.#state !== 'head' || this.#incomplete !== undefined;
  }

  /** Reads what has arrived and answers the bytes behind the end of the answer: after a 101 they are the other protocol's. */
  read(bytes: Buffer): Buffer | undefined {
    let chunk = this.#incomplete ? Buffer.concat([this.#incomplete, bytes]) : bytes;
    this.#incomplete = undefined;
    while (chunk.length > 0 && this.#state !== 'idle') {
      const used = this.#step(chunk);
      if (used === 0) {
        this.#incomplete = chunk;
        return undefined;
      }
      if (used === chunk.length) return undefined;
      chunk = chunk.subarray(used);
    }
    return chunk;
  }

  /** Notes that the replica closed the connection, and says whether the answer is complete by that. */
  close(): boolean {
    if (this.#state !== 'untilClose') return false;
    this.#end([]);
    return true;
  }

  /** Reads one element and answers how many bytes it took; 0 asks for more. */
  #step(chunk: Buffer): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(chunk);
      case 'length':
      case 'chunk':
        return this.#readCounted(chunk);
      case 'chunkSize':
        return this.#readChunkSize(chunk);
      case 'chunkEnd':
        return this.#readChunkEnd(chunk);
      case 'trailers':
        return this.#readTrailers(chunk);
      default:
        this.#listener.onData(chunk);
        return chunk.length;
    }
  }

  #readHead(chunk: Buffer): number {
    const end = textEnd(chunk, '\r\n\r\n', LARGEST_HEAD, 'the head of the answer');
    if (end < 0) return 0;
    const head = parseResponseHead(chunk.toString('latin1', 0, end), this.#method);
    if (head.status < 200 && head.status !== 101) {
      this.#listener.onInformation(head);
      return end + 4;
    }
    const { framing } = head;
    this.#state = framing.kind === 'chunked' ? 'chunkSize' : framing.kind === 'none' ? 'head' : framing.kind;
    if (framing.kind === 'length') this.#left = framing.length;
    this.#listener.onHead(head);
    if (framing.kind === 'none') this.#end([]);
    return end + 4;
  }

  #readCounted(chunk: Buffer): number {
    const used = Math.min(this.#left, chunk.length);
    this.#left -= used;
    this.#listener.onData(used === chunk.length ? chunk : chunk.subarray(0, used));
    if (this.#left > 0) return used;
    if (this.#state === 'length') this.#end([]);
    else this.#state = 'chunkEnd';
    return used;
  }

  #readChunkSize(chunk: Buffer): number {
    const end = textEnd(chunk, '\r\n', LONGEST_CHUNK_LINE, 'a chunk size');
    if (end < 0) return 0;
    const match = CHUNK_LINE.exec(chunk.toString('latin1', 0, end));
    if (!match) throw new BadResponse('a chunk does not begin with its size');
    this.#left = Number.parseInt(match[1]!, 16);
    this.#state = this.#left === 0 ? 'trailers' : 'chunk';
    return end + 2;
  }

  #readChunkEnd(chunk: Buffer): number {
    if (chunk.length < 2) return 0;
    if (chunk[0] !== 13 || chunk[1] !== 10) throw new BadResponse('a chunk is longer than its size');
    this.#state = 'chunkSize';
    return 2;
  }

  #readTrailers(chunk: Buffer): number {
    if (chunk[0] === 13 && chunk[1] === 10) {
      this.#end([]);
      return 2;
    }
    const end = textEnd(chunk, '\r\n\r\n', LARGEST_HEAD, 'the trailers');
    if (end < 0) return 0;
    this.#end(parseTrailers(chunk.toString('latin1', 0, end)));
    return end + 4;
  }

  #end(trailers: string[]): void {
    this.#state = 'idle';
    this.#listener.onEnd(trailers);
  }
}

function textEnd(chunk: Buffer, mark: string, limit: number, what: string): number {
  const end = chunk.indexOf(mark, 0, 'latin1');
  if (end > limit || (end < 0 && chunk.length > limit)) throw new BadResponse(`${what} is longer than ${limit} bytes`);
  return end;
}
