import type { IncomingMessage } from 'node:http';
import type net from 'node:net';
import type { Connection } from './connection.ts';
import type { ForwardedRequest } from './request.ts';
import { passableTrailers } from './trailers.ts';

/** Sends a request with its body, framed as the client framed it and no faster than the replica reads. */
export function sendWithBody(request: IncomingMessage, { head, body }: ForwardedRequest, connection: Connection): void {
  const { socket } = connection;
  const chunked = body === 'chunked';
  socket.cork();
  socket.write(head, 'latin1');
  request.on('data', (chunk: Buffer) => {
    if (socket.destroyed) return;
    const more = chunked ? writeChunk(socket, chunk) : socket.write(chunk);
    if (!more) request.pause();
  });
  request.on('end', () => {
    if (socket.destroyed) return;
    if (chunked) socket.write(lastChunk(request.rawTrailers), 'latin1');
    connection.sent();
  });
  // What has already arrived of the body is handed out in the next tick, and then leaves together with the head.
  process.nextTick(() => socket.uncork());
}

function writeChunk(socket: net.Socket, chunk: Buffer): boolean {
  socket.cork();
  socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
  socket.write(chunk);
  const more = socket.write('\r\n', 'latin1');
  socket.uncork();
  return more;
}

function lastChunk(rawTrailers: string[]): string {
  const fields = passableTrailers(rawTrailers);
  let text = '0\r\n';
  for (let index = 0; index < fields.length; index += 2) text += `${fields[index]}: ${fields[index + 1]}\r\n`;
  return `${text}\r\n`;
}
