import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { CloudError } from '../../../shared/core/errors.ts';
import { answerError } from './answer.ts';
import { type CountedSecond, Counter } from './counter.ts';
import { Exchange } from './exchange.ts';
import {
  CLIENT_KEEP_ALIVE_MILLISECONDS,
  CLIENT_SILENCE_MILLISECONDS,
  HEADERS_MILLISECONDS,
  MOST_CONNECTIONS,
  MOST_IN_FLIGHT,
} from './limits.ts';
import type { Route } from './messages.ts';
import { Replica } from './replica.ts';
import { forward } from './request.ts';
import { Rotation } from './rotation.ts';
import type { Upgrade } from './tunnel.ts';

/** What clients of one deployment talk to. */
export class Endpoint {
  readonly #deployment: string;
  readonly #mostInFlight: number;
  readonly #server: Server;
  readonly #rotation = new Rotation<Replica>();
  readonly #counters = new Map<string, Counter>();
  readonly #upgraded = new Set<Duplex>();
  /** Replicas of the route, those that are being drained among them. */
  #replicas = new Map<string, Replica>();
  /** Replicas that left the route with requests in flight. */
  readonly #leaving = new Set<Replica>();
  #weights: Record<string, number> = {};
  #inFlight = 0;

  private constructor(deployment: string, mostInFlight: number) {
    this.#deployment = deployment;
    this.#mostInFlight = mostInFlight;
    this.#server = createServer({
      headersTimeout: HEADERS_MILLISECONDS,
      keepAliveTimeout: CLIENT_KEEP_ALIVE_MILLISECONDS,
      requestTimeout: 0,
      insecureHTTPParser: false,
      optimizeEmptyRequests: true,
      shouldUpgradeCallback: wantsTunnel,
    });
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#server.timeout = CLIENT_SILENCE_MILLISECONDS;
    const serve = (request: IncomingMessage, response: ServerResponse): void => this.#serve(request, response);
    this.#server.on('request', serve);
    this.#server.on('checkContinue', serve);
    this.#server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
  }

  /** Opens the endpoint of a route. */
  static async open(route: Route, mostInFlight = MOST_IN_FLIGHT): Promise<Endpoint> {
    const endpoint = new Endpoint(route.deployment, mostInFlight);
    endpoint.update(route);
    await endpoint.#listen(route.port);
    return endpoint;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Replaces weights and targets. A replica that was drained stays out until a route without it has been set. */
  update({ weights, targets }: Route): void {
    const replicas = new Map(targets.map((target) => [target.replica, this.#known(target) ?? this.#create(target)]));
    for (const [name, replica] of this.#replicas) {
      if (replicas.get(name) !== replica) this.#leave(replica);
    }
    this.#replicas = replicas;
    this.#weights = weights;
    this.#updateRotation();
  }

  /** Takes a replica out of rotation; says whether its last request ended in time. */
  async drain(name: string, timeoutMilliseconds: number): Promise<boolean> {
    const replicas = [this.#replicas.get(name), ...this.#leaving].filter((replica) => replica?.name === name);
    for (const replica of replicas) replica!.takeOut();
    this.#updateRotation();
    const emptied = Promise.all(replicas.map((replica) => replica!.emptied())).then(() => true);
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(resolve, timeoutMilliseconds, false);
    return Promise.race([emptied, late]).finally(() => clearTimeout(timer));
  }

  /** Hands out what was counted since the last call. */
  takeCounts(): (CountedSecond & { deployment: string })[] {
    const counts = [...this.#counters.values()].flatMap((counter) => counter.take());
    const used = new Set([...this.#replicas.values(), ...this.#leaving].map(({ revision }) => revision));
    for (const revision of this.#counters.keys()) {
      if (!used.has(revision)) this.#counters.delete(revision);
    }
    return counts.map((counted) => ({ deployment: this.#deployment, ...counted }));
  }

  /** Closes the replica connections that have been idle for too long. */
  closeExpired(): void {
    const now = Date.now();
    for (const replica of this.#replicas.values()) replica.closeIdle(now);
  }

  /** Stops listening and ends every connection. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    for (const socket of this.#upgraded) socket.destroy();
    for (const replica of this.#replicas.values()) replica.takeOut();
    await closed;
  }

  #listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => reject(this.#cannotListen(port, error)));
      this.#server.listen(port, '127.0.0.1', 4_096, resolve);
    });
  }

  #cannotListen(port: number, error: NodeJS.ErrnoException): CloudError {
    const reason = error.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${error.code})`;
    return new CloudError(
      'DeploymentError.ResourceNotAvailable',
      `deployment "${this.#deployment}": port ${port} ${reason}; choose another one, or 0 for any that is free`,
      { details: { resource: `port ${port}` } },
    );
  }

  #known({ replica: name, revision, port }: Route['targets'][number]): Replica | undefined {
    const replica = this.#replicas.get(name);
    return replica?.revision === revision && replica.port === port ? replica : undefined;
  }

  #create(target: Route['targets'][number]): Replica {
    const counter = this.#counters.get(target.revision) ?? new Counter(target.revision);
    this.#counters.set(target.revision, counter);
    return new Replica(target, counter);
  }

  #leave(replica: Replica): void {
    replica.takeOut();
    this.#leaving.add(replica);
    void replica.emptied().then(() => this.#leaving.delete(replica));
  }

  #updateRotation(): void {
    this.#rotation.update(
      this.#weights,
      [...this.#replicas.values()].filter((replica) => !replica.out),
    );
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0]);
    response.on('finish', () => (socket as Parameters<ServerResponse['assignSocket']>[0]).destroySoon());
    socket.on('error', () => socket.destroy());
    this.#upgraded.add(socket);
    socket.on('close', () => this.#upgraded.delete(socket));
    this.#serve(request, response, { socket, head });
  }

  #serve(request: IncomingMessage, response: ServerResponse, upgrade?: Upgrade): void {
    if (this.#inFlight >= this.#mostInFlight) {
      answerError(response, 503, `more than ${this.#mostInFlight} requests are in flight; try again in a moment`);
      return;
    }
    const forwarded = forward(request, upgrade !== undefined);
    if ('status' in forwarded) {
      answerError(response, forwarded.status, forwarded.message);
      return;
    }
    this.#inFlight++;
    const exchange = new Exchange(request, response, forwarded, this.#rotation, upgrade);
    (upgrade?.socket ?? response).once('close', () => {
      this.#inFlight--;
      exchange.end();
    });
    exchange.start();
  }
}

/** HTTP/2 without TLS is the one protocol that is not tunnelled: it would carry further requests past weights and counters. */
function wantsTunnel({ headers }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return !hasBody && !/\bh2c\b/i.test(headers.upgrade ?? '');
}
