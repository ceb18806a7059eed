import type { Server, ServerResponse } from 'node:http';

/** An HTTP server that can be stopped without breaking a request off. */
export class GracefulServer {
  readonly #server: Server;
  readonly #unanswered = new Set<ServerResponse>();
  #stopped: Promise<void> | undefined;

  constructor(server: Server) {
    this.#server = server;
    server.prependListener('request', (_, response: ServerResponse) => {
      this.#unanswered.add(response);
      if (this.stopping) endConnectionAfter(response);
      response.once('close', () => {
        this.#unanswered.delete(response);
        this.#letGo();
      });
    });
  }

  get stopping(): boolean {
    return this.#stopped !== undefined;
  }

  /** Takes no new connection and resolves when every request is answered. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  #stop(): Promise<void> {
    for (const response of this.#unanswered) endConnectionAfter(response);
    // What has arrived already is read within this turn of the event loop.
    setImmediate(() => this.#letGo());
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** A stop waits for no connection that asks nothing; one that never asked anything does not count as idle. */
  #letGo(): void {
    if (!this.stopping) return;
    if (this.#unanswered.size === 0) this.#server.closeAllConnections();
    else this.#server.closeIdleConnections();
  }
}

function endConnectionAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
