import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';
import { Answer, answerError } from './answer.ts';
import type { Connection, ConnectionUser, Failure } from './connection.ts';
import { MOST_ATTEMPTS } from './limits.ts';
import type { Replica } from './replica.ts';
import type { ForwardedRequest } from './request.ts';
import { sendWithBody } from './requestBody.ts';
import { BadResponse, type ResponseHead } from './responseHead.ts';
import type { Rotation } from './rotation.ts';
import { openTunnel, type Upgrade } from './tunnel.ts';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** One request on its way: to a replica, to another one where that does no harm, and the answer back to the client. */
export class Exchange implements ConnectionUser {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #forwarded: ForwardedRequest;
  readonly #rotation: Rotation<Replica>;
  readonly #upgrade: Upgrade | undefined;
  readonly #answer: Answer;
  readonly #begin = performance.now();
  #connection: Connection | undefined;
  #replica: Replica | undefined;
  #refused: Set<Replica> | undefined;
  #attempts = 0;
  #switched: ResponseHead | undefined;
  #failed = false;
  #counted = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    forwarded: ForwardedRequest,
    rotation: Rotation<Replica>,
    upgrade?: Upgrade,
  ) {
    this.#request = request;
    this.#response = response;
    this.#forwarded = forwarded;
    this.#rotation = rotation;
    this.#upgrade = upgrade;
    this.#answer = new Answer(response);
  }

  /** Sends the request to the replica whose turn it is. */
  start(): void {
    const replica = this.#rotation.pick(Date.now());
    if (replica) this.#attempt(replica, false);
    else this.#answerError(503, 'the deployment has no replica that is ready; try again in a moment');
  }

  /** Notes that the client has the whole answer, or has gone. */
  end(): void {
    this.#release(false);
    this.#count();
  }

  onOpen(): void {
    const connection = this.#connection!;
    if (this.#forwarded.body !== 'none') {
      sendWithBody(this.#request, this.#forwarded, connection);
      return;
    }
    connection.socket.write(this.#forwarded.head, 'latin1');
    connection.sent();
  }

  onWritable(): void {
    this.#request.resume();
  }

  onInformation(head: ResponseHead): void {
    if (!this.#upgrade) this.#answer.information(head);
  }

  onHead(head: ResponseHead): void {
    if (head.status === 101 && !this.#upgrade) throw new BadResponse('the replica switched protocols unasked');
    this.#connection!.remember(head);
    head.headers.push('X-Request-Id', this.#forwarded.requestId);
    // A client that waits for a 100 may send its body after this or leave it out, and nobody can tell what follows.
    if (this.#forwarded.expectsContinue && !this.#request.complete) this.#answer.last();
    if (head.status === 101) this.#switched = head;
    else this.#answer.head(head);
  }

  onData(chunk: Buffer): void {
    this.#answer.data(chunk, this.#connection!.socket);
  }

  onEnd(trailers: string[]): void {
    if (this.#switched) return;
    this.#answer.end(trailers);
    this.#release(true);
    this.#discardRest();
  }

  onPause(): void {
    this.#answer.flush(this.#connection!.socket);
  }

  onTunnel(): void {
    openTunnel(this.#upgrade!, this.#response, this.#connection!.socket, this.#switched!);
    this.#count();
  }

  onFailure(failure: Failure, reason: string): void {
    const stale = failure === 'closed' && this.#connection!.reused && !this.#connection!.answered;
    this.#release(false);
    if (this.#switched) {
      (this.#upgrade!.socket as net.Socket).destroySoon();
    } else if (this.#response.headersSent) {
      this.#truncate();
    } else {
      const next = failure === 'refused' ? this.#afterRefusal() : stale ? this.#afterStale() : undefined;
      if (next) this.#attempt(next, stale);
      else this.#answerError(failure === 'silent' ? 504 : 502, reason);
    }
  }

  #attempt(replica: Replica, fresh: boolean): void {
    this.#attempts++;
    this.#replica = replica;
    this.#connection = replica.acquire(fresh);
    this.#connection.serve(this, this.#request.method!);
  }

  /** A replica that refuses the connection has got nothing, so that any request may go to another one. */
  #afterRefusal(): Replica | undefined {
    const refused = this.#replica!;
    refused.passOver();
    this.#refused ??= new Set();
    this.#refused.add(refused);
    const next = this.#attempts < MOST_ATTEMPTS ? this.#rotation.pick(Date.now(), this.#refused) : undefined;
    if (next) refused.counter.record(performance.now() - this.#begin, true);
    return next;
  }

  /** A kept connection that closes before it answers was probably idle for too long; what is safe may be sent again. */
  #afterStale(): Replica | undefined {
    const repeatable = SAFE_METHODS.has(this.#request.method!) && this.#forwarded.body === 'none';
    return repeatable && this.#attempts < MOST_ATTEMPTS ? this.#rotation.pick(Date.now(), this.#refused) : undefined;
  }

  #answerError(status: number, message: string): void {
    answerError(this.#response, status, message, this.#forwarded.requestId);
    this.#discardRest();
  }

  /** The client has to see that the answer is not complete. */
  #truncate(): void {
    this.#failed = true;
    this.#response.destroy();
  }

  /** The replica answered before it had read everything: the client may finish sending, nobody reads it. */
  #discardRest(): void {
    if (this.#forwarded.body !== 'none' && !this.#request.readableEnded) this.#request.resume();
  }

  #release(complete: boolean): void {
    this.#connection?.release(complete);
    this.#connection = undefined;
  }

  #count(): void {
    if (this.#counted || !this.#replica) return;
    this.#counted = true;
    const failed = this.#failed || this.#response.statusCode >= 500;
    this.#replica.counter.record(performance.now() - this.#begin, failed);
  }
}
