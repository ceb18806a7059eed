import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { CloudError } from '../../../shared/core/errors.ts';
import { type EndpointOptions, errorAnswer, S3Endpoint } from './endpoint.ts';
import { S3Error } from './errors.ts';

export interface ServerOptions extends EndpointOptions {
  /** 0 takes any free port. */
  port: number;
  /** The address to listen on; the loopback unless told otherwise. */
  address?: string;
}

/** How long a connection may stand still in the middle of a request, in milliseconds. */
const LONGEST_SILENCE = 120_000;
/** How long a connection is kept for another request; clients keep theirs about as long. */
const LONGEST_IDLENESS = 60_000;
/** Bytes of a request's headers, its target included. */
const LARGEST_HEADERS = 32 * 1024;

/** A server of S3's interface on a port of its own. */
export class S3Server {
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** Listens; a port that is taken is an error that names it. */
  static open({ port, address = '127.0.0.1', ...options }: ServerOptions): Promise<S3Server> {
    const endpoint = new S3Endpoint(options);
    const server = createServer({ maxHeaderSize: LARGEST_HEADERS, requestTimeout: 0, joinDuplicateHeaders: true });
    server.setTimeout(LONGEST_SILENCE);
    server.keepAliveTimeout = LONGEST_IDLENESS;
    server.on('request', (incoming, outgoing) => void endpoint.handle(incoming, outgoing));
    server.on('checkContinue', (incoming, outgoing) => void endpoint.handle(incoming, outgoing, true));
    // An expectation that nobody knows is left aside, as S3 does.
    server.on('checkExpectation', (incoming, outgoing) => void endpoint.handle(incoming, outgoing));
    server.on('clientError', refuseMalformed);
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(portTaken(port, error)));
      server.listen(port, address, () => resolve(new S3Server(server)));
    });
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** What is not even HTTP is answered as S3 answers it, and the connection ends. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const refusal = new S3Error('BadRequest', {
    message:
      error.code === 'HPE_HEADER_OVERFLOW'
        ? 'Your request header section exceeds the maximum allowed size.'
        : 'An error occurred when parsing the HTTP request.',
  });
  const { body } = errorAnswer(refusal, '', '');
  const text = String(body);
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/xml\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  );
}

function portTaken(port: number, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'EADDRINUSE') return error;
  return new CloudError(
    'Unavailable',
    `port ${port} is taken by another program; choose one with --port, or 0 for any free one`,
    {
      details: { service: 'S3 endpoint', reason: 'port taken' },
      cause: error,
    },
  );
}
