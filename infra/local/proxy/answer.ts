import type { ServerResponse } from 'node:http';
import type net from 'node:net';
import { BadResponse, type ResponseHead } from './responseHead.ts';
import { requestIdFrom } from './trace.ts';

/** Answers a request that no replica answers. One that was refused for its form ends the connection as well. */
export function answerError(
  response: ServerResponse,
  status: number,
  message: string,
  requestId = requestIdFrom(undefined),
): void {
  const own = status < 500 || status === 501;
  const body = JSON.stringify({ error: { code: own ? 'InvalidInput' : 'Unavailable', message } });
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(Buffer.byteLength(body))];
  headers.push('X-Request-Id', requestId);
  if (status === 503) headers.push('Retry-After', '1');
  if (own || awaitsContinue(response)) headers.push('Connection', 'close');
  response.writeHead(status, headers);
  response.end(body);
}

/** A client that waits for a 100 may send its body after an error or leave it out: nobody can tell what follows. */
function awaitsContinue({ req }: ServerResponse): boolean {
  return req.headers.expect !== undefined && !req.complete;
}

/** Writes a replica's answer to the client: as few writes as possible, and no faster than the client reads. */
export class Answer {
  readonly #response: ServerResponse;
  #pending: Buffer | undefined;
  #held: net.Socket | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  head({ status, reason, headers }: ResponseHead): void {
    const sent = this.#response.useChunkedEncodingByDefault ? headers : withoutTrailer(headers);
    try {
      this.#response.writeHead(status, reason, sent);
    } catch (error) {
      throw new BadResponse(`the answer cannot be passed on: ${(error as Error).message}`);
    }
  }

  /** Keeps the chunk until it is known whether it is the last: head, body and end of a small answer go out in one write. */
  data(chunk: Buffer, source: net.Socket): void {
    if (this.#pending) this.#write(this.#pending, source);
    this.#pending = chunk;
  }

  /** Sends what is kept. */
  flush(source: net.Socket): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending) this.#write(pending, source);
    else if (this.#response.headersSent) this.#response.flushHeaders();
  }

  end(trailers: string[]): void {
    this.letGo();
    if (trailers.length > 0) this.#response.addTrailers(pairs(trailers));
    this.#response.end(this.#pending);
    this.#pending = undefined;
  }

  /** Lets the replica go on, whoever the connection serves from here on. */
  letGo(): void {
    this.#held?.resume();
    this.#held = undefined;
  }

  /** Closes the connection after this answer. */
  last(): void {
    this.#response.shouldKeepAlive = false;
  }

  /** Passes an interim answer that Node can send; clients of HTTP/1.0 do not know them. */
  information({ status, headers }: ResponseHead): void {
    if (!this.#response.useChunkedEncodingByDefault) return;
    if (status === 100) this.#response.writeContinue();
    if (status === 102) this.#response.writeProcessing();
    if (status === 103) this.#earlyHints(headers);
  }

  #earlyHints(headers: string[]): void {
    try {
      this.#response.writeEarlyHints(
        Object.fromEntries(pairs(headers).map(([name, value]) => [name.toLowerCase(), value])),
      );
    } catch {
      // Hints that Node refuses are left out: the answer itself is still to come.
    }
  }

  #write(chunk: Buffer, source: net.Socket): void {
    if (this.#response.write(chunk) || this.#held) return;
    this.#held = source;
    source.pause();
    this.#response.once('drain', () => this.letGo());
  }
}

function withoutTrailer(headers: string[]): string[] {
  return headers.filter((_, index) => headers[index - (index % 2)] !== 'Trailer');
}

function pairs(fields: string[]): [string, string][] {
  const list: [string, string][] = [];
  for (let index = 0; index < fields.length; index += 2) list.push([fields[index]!, fields[index + 1]!]);
  return list;
}
