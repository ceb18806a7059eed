import type { ServerResponse } from 'node:http';
import type net from 'node:net';
import type { Duplex } from 'node:stream';
import { SILENCE_MILLISECONDS } from './limits.ts';
import type { ResponseHead } from './responseHead.ts';

/** A client that asked to speak another protocol, and what it has already sent in it. */
export interface Upgrade {
  socket: Duplex;
  head: Buffer;
}

/** Joins client and replica after a 101: from there on bytes pass unread, until either side ends. */
export function openTunnel(upgrade: Upgrade, response: ServerResponse, replica: net.Socket, head: ResponseHead): void {
  const client = upgrade.socket as net.Socket;
  response.detachSocket(client);
  client.setTimeout(SILENCE_MILLISECONDS, () => client.destroy());
  client.write(headText(head), 'latin1');
  if (upgrade.head.length > 0) replica.write(upgrade.head);
  client.pipe(replica);
  replica.pipe(client);
}

function headText({ status, reason, headers, upgrade }: ResponseHead): string {
  let text = `HTTP/1.1 ${status} ${reason}\r\nConnection: Upgrade\r\nUpgrade: ${upgrade ?? ''}\r\n`;
  for (let index = 0; index < headers.length; index += 2) text += `${headers[index]}: ${headers[index + 1]}\r\n`;
  return `${text}\r\n`;
}
