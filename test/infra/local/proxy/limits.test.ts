import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { Connection, ConnectionUser, Failure } from '../../../../infra/local/proxy/connection.ts';
import { Counter } from '../../../../infra/local/proxy/counter.ts';
import { Endpoint } from '../../../../infra/local/proxy/endpoint.ts';
import { Replica } from '../../../../infra/local/proxy/replica.ts';
import { httpReplica, rawReplica, target } from './servers.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Sends one GET and resolves when the answer has ended or failed; `meddle` gets the connection before it stands. */
function exchange(
  replica: Replica,
  meddle: (connection: Connection) => void = () => {},
): Promise<{ connection: Connection; failure?: Failure }> {
  return new Promise((resolve) => {
    const connection = replica.acquire(false);
    const end = (failure?: Failure): void => {
      connection.release(failure === undefined);
      resolve({ connection, failure });
    };
    const user: ConnectionUser = {
      onOpen() {
        connection.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        connection.sent();
      },
      onHead: (head) => connection.remember(head),
      onEnd: () => end(),
      onFailure: end,
      onInformation() {},
      onData() {},
      onPause() {},
      onWritable() {},
      onTunnel() {},
    };
    connection.serve(user, 'GET');
    meddle(connection);
  });
}

describe('connections to a replica', () => {
  test('are used again while the replica keeps them open', async () => {
    await using server = await httpReplica((_, response) => response.end());
    const replica = new Replica(target(server.port), new Counter('v1'));
    const first = await exchange(replica);
    const second = await exchange(replica);
    replica.takeOut();
    expect(second.connection).toBe(first.connection);
    expect(second.connection.reused).toBe(true);
  });

  test.each([
    ['4 s when it names no time', '', 4_000],
    ['a second less than it names', 'Keep-Alive: timeout=10\r\n', 9_000],
    ['at most a minute', 'Keep-Alive: timeout=99999\r\n', 60_000],
  ])('are used again for %s', async (_name, header, milliseconds) => {
    await using server = await rawReplica((socket) =>
      socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\n${header}Content-Length: 0\r\n\r\n`)),
    );
    const replica = new Replica(target(server.port), new Counter('v1'));
    const now = jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
    const { connection: first } = await exchange(replica);
    now.mockReturnValue(1_000_000 + milliseconds - 1);
    const { connection: second } = await exchange(replica);
    now.mockReturnValue(1_000_000 + 2 * milliseconds);
    const { connection: third } = await exchange(replica);
    replica.takeOut();
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    expect(first.socket.destroyed).toBe(true);
  });

  test('that have been idle for too long are closed', async () => {
    await using server = await httpReplica((_, response) => response.end());
    const replica = new Replica(target(server.port), new Counter('v1'));
    const { connection } = await exchange(replica);
    replica.closeIdle(connection.idleUntil - 1);
    expect(connection.socket.destroyed).toBe(false);
    replica.closeIdle(connection.idleUntil);
    expect(connection.socket.destroyed).toBe(true);
  });

  test('end an exchange when the replica is silent for too long', async () => {
    await using server = await rawReplica(() => {});
    const replica = new Replica(target(server.port), new Counter('v1'));
    const { connection, failure } = await exchange(replica, ({ socket }) =>
      socket.once('connect', () => socket.emit('timeout')),
    );
    expect(failure).toBe('silent');
    expect(connection.socket.destroyed).toBe(true);
    expect(replica.inFlight).toBe(0);
  });

  test('count as refused when they do not stand in time', async () => {
    await using server = await rawReplica(() => {});
    const replica = new Replica(target(server.port), new Counter('v1'));
    expect((await exchange(replica, ({ socket }) => socket.emit('timeout'))).failure).toBe('refused');
  });
});

test('more requests in flight than the endpoint takes are answered 503, and it goes on when they have ended', async () => {
  const held: ServerResponse[] = [];
  const { promise: full, resolve } = Promise.withResolvers<void>();
  await using server = await httpReplica((_, response) => {
    if (held.length === 2) response.end();
    else if (held.push(response) === 2) resolve();
  });
  const route = { deployment: 'web', port: 0, weights: { v1: 1 }, targets: [target(server.port)] };
  const endpoint = await Endpoint.open(route, 2);
  const url = `http://127.0.0.1:${endpoint.port}`;
  const pending = [fetch(url), fetch(url)];
  await full;

  const refused = await fetch(url);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await refused.text()).toContain('more than 2 requests are in flight');

  for (const response of held) response.end();
  for (const answer of pending) expect((await answer).status).toBe(200);
  expect((await fetch(url)).status).toBe(200);
  await endpoint.close();
});
