import net from 'node:net';
import {
  CONNECT_MILLISECONDS,
  LONGEST_REPLICA_KEEP_ALIVE_MILLISECONDS,
  REPLICA_KEEP_ALIVE_MILLISECONDS,
  SILENCE_MILLISECONDS,
} from './limits.ts';
import { type ResponseListener, ResponseReader } from './response.ts';
import type { ResponseHead } from './responseHead.ts';

/** How an attempt failed: no connection, closed before the end of the answer, silent for too long, or not HTTP. */
export type Failure = 'refused' | 'closed' | 'silent' | 'malformed';

/** The exchange that a connection serves. */
export interface ConnectionUser extends ResponseListener {
  /** The connection stands; nothing has been sent on it for this exchange. */
  onOpen(): void;
  /** Everything that has arrived so far was handed out. */
  onPause(): void;
  /** The replica takes more bytes. */
  onWritable(): void;
  /** The replica answered 101 and from here on speaks the other protocol. */
  onTunnel(): void;
  onFailure(failure: Failure, reason: string): void;
}

/** Who keeps a connection between exchanges. */
export interface ConnectionOwner {
  readonly port: number;
  onReleased(connection: Connection, reusable: boolean): void;
  onClosed(connection: Connection): void;
}

/** One connection to a replica; it serves one exchange after the other. */
export class Connection {
  readonly socket: net.Socket;
  /** Whether an earlier exchange has ended on it. */
  reused = false;
  /** Unix milliseconds after which an idle connection is not used again, because the replica may be about to close it. */
  idleUntil = 0;
  readonly #owner: ConnectionOwner;
  readonly #reader = new ResponseReader();
  #user: ConnectionUser | undefined;
  #head: ResponseHead | undefined;
  #requestSent = false;
  #opened = false;

  constructor(owner: ConnectionOwner) {
    this.#owner = owner;
    this.socket = net.connect({ host: '127.0.0.1', port: owner.port, noDelay: true });
    this.socket.setTimeout(CONNECT_MILLISECONDS);
    this.socket.once('connect', () => this.#onConnect());
    this.socket.on('data', (bytes: Buffer) => this.#onData(bytes));
    this.socket.on('end', () => this.#onEnd());
    this.socket.on('drain', () => this.#user?.onWritable());
    this.socket.on('timeout', () => this.#fail('silent', 'the replica was silent for too long'));
    this.socket.on('error', (error) => this.#fail('closed', error.message));
    this.socket.on('close', () => this.#onClose());
  }

  /** Whether any byte of the answer has come. */
  get answered(): boolean {
    return this.#reader.started;
  }

  /** Gives the connection to an exchange, which hears `onOpen` as soon as it can send. */
  serve(user: ConnectionUser, method: string): void {
    this.#user = user;
    this.#head = undefined;
    this.#requestSent = false;
    this.#reader.begin(method, user);
    if (this.#opened) user.onOpen();
  }

  /** Notes that the whole request has been written; only then can the connection serve another one. */
  sent(): void {
    this.#requestSent = true;
  }

  /** Notes what the head of the answer says about the connection. */
  remember(head: ResponseHead): void {
    this.#head = head;
  }

  /** Ends the exchange; the connection stays open for another only when the answer came to its end. */
  release(complete: boolean): void {
    if (!this.#user) return;
    this.#user = undefined;
    const reusable = complete && this.#requestSent && this.#head?.keepAlive === true && !this.socket.destroyed;
    if (reusable) {
      this.reused = true;
      this.idleUntil = Date.now() + idleMilliseconds(this.#head?.keepAliveSeconds);
      this.socket.resume();
    } else {
      this.socket.destroy();
    }
    this.#owner.onReleased(this, reusable);
  }

  #onConnect(): void {
    this.#opened = true;
    this.socket.setTimeout(SILENCE_MILLISECONDS);
    this.#user?.onOpen();
  }

  #onData(bytes: Buffer): void {
    const user = this.#user;
    if (!user) {
      this.socket.destroy();
      return;
    }
    try {
      const rest = this.#reader.read(bytes);
      if (this.#head?.status === 101) this.#switchProtocol(user, rest);
      else if (rest) this.socket.destroy();
      else if (this.#user === user) user.onPause();
    } catch (error) {
      // Whatever it is, it ends this exchange alone: an uncaught error would end the thread and with it every deployment's traffic.
      this.#fail('malformed', (error as Error).message);
    }
  }

  #switchProtocol(user: ConnectionUser, rest: Buffer | undefined): void {
    this.socket.pause();
    this.socket.removeAllListeners('data');
    this.socket.removeAllListeners('end');
    if (rest) this.socket.unshift(rest);
    user.onTunnel();
  }

  #onEnd(): void {
    if (!this.#user || this.#reader.close()) return;
    this.#fail('closed', 'the replica closed the connection before the end of its answer');
  }

  #onClose(): void {
    this.#fail('closed', 'the connection to the replica was closed');
    this.#owner.onClosed(this);
  }

  #fail(failure: Failure, reason: string): void {
    if (this.#user) this.#user.onFailure(this.#opened ? failure : 'refused', reason);
    else this.socket.destroy();
  }
}

function idleMilliseconds(keepAliveSeconds: number | undefined): number {
  if (keepAliveSeconds === undefined) return REPLICA_KEEP_ALIVE_MILLISECONDS;
  return Math.min(Math.max(0, keepAliveSeconds - 1) * 1_000, LONGEST_REPLICA_KEEP_ALIVE_MILLISECONDS);
}
