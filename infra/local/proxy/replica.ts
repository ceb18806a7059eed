import { Connection, type ConnectionOwner } from './connection.ts';
import type { Counter } from './counter.ts';
import { PASS_OVER_MILLISECONDS } from './limits.ts';
import type { Target } from './messages.ts';
import type { Candidate } from './rotation.ts';

/** A replica with its connections. */
export class Replica implements Candidate, ConnectionOwner {
  readonly revision: string;
  readonly name: string;
  readonly port: number;
  readonly counter: Counter;
  inFlight = 0;
  passedOverUntil = 0;
  #out = false;
  #idle: Connection[] = [];
  #emptied: (() => void)[] = [];

  constructor({ revision, replica, port }: Target, counter: Counter) {
    this.revision = revision;
    this.name = replica;
    this.port = port;
    this.counter = counter;
  }

  /** Whether it gets no new requests any more. */
  get out(): boolean {
    return this.#out;
  }

  /** A connection for one exchange: an idle one, or a new one where there is none or `fresh` asks for it. */
  acquire(fresh: boolean): Connection {
    this.inFlight++;
    const now = Date.now();
    while (!fresh) {
      const connection = this.#idle.pop();
      if (!connection) break;
      if (connection.idleUntil > now && connection.socket.writable) return connection;
      connection.socket.destroy();
    }
    return new Connection(this);
  }

  /** Passes the replica over for a while because it refused a connection. */
  passOver(): void {
    this.passedOverUntil = Date.now() + PASS_OVER_MILLISECONDS;
  }

  /** Ends the use of the replica: idle connections are closed now, the others with their exchange. */
  takeOut(): void {
    this.#out = true;
    this.closeIdle(Number.POSITIVE_INFINITY);
  }

  /** Resolves when nothing is in flight any more. */
  emptied(): Promise<void> {
    if (this.inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#emptied.push(resolve));
  }

  /** Closes the idle connections that may not be used after `time` (Unix milliseconds). */
  closeIdle(time: number): void {
    const idle = this.#idle;
    this.#idle = idle.filter((connection) => connection.idleUntil > time);
    for (const connection of idle) {
      if (connection.idleUntil <= time) connection.socket.destroy();
    }
  }

  onReleased(connection: Connection, reusable: boolean): void {
    this.inFlight--;
    if (reusable && !this.#out) this.#idle.push(connection);
    else connection.socket.destroy();
    if (this.inFlight > 0) return;
    for (const resolve of this.#emptied.splice(0)) resolve();
  }

  onClosed(connection: Connection): void {
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
  }
}
