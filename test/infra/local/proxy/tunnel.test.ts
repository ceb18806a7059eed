import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { closedPort, httpReplica, rawReplica, sendRaw, target, web } from './servers.ts';

const UPGRADE = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n';
const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';

describe('tunnels', () => {
  test('a WebSocket carries messages both ways, large ones too, and its close code', async () => {
    await using replica = await httpReplica(() => {});
    const server = new WebSocketServer({ server: replica.server });
    server.on('connection', (socket, { headers }) => {
      socket.send(String(headers['x-forwarded-for']));
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    await using endpoint = await web(replica.port);
    const client = new WebSocket(endpoint.url.replace('http', 'ws'));
    expect(String((await once(client, 'message'))[0])).toBe('127.0.0.1');

    const large = Buffer.alloc(3_000_000, 'x');
    client.send(large);
    expect(large.equals((await once(client, 'message'))[0] as Buffer)).toBe(true);

    client.close(4001);
    expect((await once(client, 'close'))[0]).toBe(4001);
    expect(await endpoint.totals()).toEqual({ v1: { requests: 1, errors: 0, latencies: 1 } });
  });

  test('what either side sends along with the upgrade is not lost', async () => {
    await using replica = await rawReplica((socket) => {
      socket.once('data', () => {
        socket.write(`${SWITCHED}early`);
        socket.on('data', (bytes) => socket.write(`<${bytes}>`));
      });
    });
    await using endpoint = await web(replica.port);
    const socket = net.connect(endpoint.port, '127.0.0.1');
    socket.write(`${UPGRADE}\r\nhasty`);
    let heard = '';
    while (!heard.endsWith('<hasty>')) heard += String((await once(socket, 'data'))[0]);
    socket.destroy();

    expect(heard).toMatch(
      /^HTTP\/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Request-Id: /,
    );
    expect(heard).toMatch(/\r\n\r\nearly<hasty>$/);
  });

  test('an upgrade that the replica declines gets the ordinary answer', async () => {
    await using replica = await httpReplica((_, response) => response.writeHead(401).end('who are you?'));
    await using endpoint = await web(replica.port);
    const answer = await sendRaw(endpoint.port, `${UPGRADE}\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 401 Unauthorized\r\n/);
    expect(answer).toContain('who are you?');
  });

  test('an upgrade without a replica is 503, and goes past one that refuses', async () => {
    await using endpoint = await web();
    expect(await sendRaw(endpoint.port, `${UPGRADE}\r\n`)).toMatch(/^HTTP\/1.1 503 /);

    await using good = await rawReplica((socket) => socket.once('data', () => socket.end(SWITCHED)));
    await endpoint.route({ v1: 100 }, [target(await closedPort()), target(good.port, 1)]);
    expect(await sendRaw(endpoint.port, `${UPGRADE}\r\n`)).toMatch(/^HTTP\/1.1 101 /);
    expect(await sendRaw(endpoint.port, `${UPGRADE}\r\n`)).toMatch(/^HTTP\/1.1 101 /);
  });

  test('when the replica ends, the client gets what was sent and then the end', async () => {
    await using replica = await rawReplica((socket) => {
      socket.once('data', () => socket.end(`${SWITCHED}${'x'.repeat(500_000)}`));
    });
    await using endpoint = await web(replica.port);
    const answer = await sendRaw(endpoint.port, `${UPGRADE}\r\n`);
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toHaveLength(500_000);
  });

  test('when the client leaves, the replica hears it', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    await using replica = await rawReplica((socket) => {
      socket.once('data', () => socket.write(SWITCHED));
      socket.on('close', () => resolve());
    });
    await using endpoint = await web(replica.port);
    const socket = net.connect(endpoint.port, '127.0.0.1');
    socket.write(`${UPGRADE}\r\n`);
    await once(socket, 'data');
    socket.destroy();
    await closed;
  });

  test.each([
    ['h2c, which would carry requests past the counters', 'Connection: Upgrade\r\nUpgrade: h2c\r\n'],
    ['a protocol together with a body', 'Connection: Upgrade\r\nUpgrade: echo\r\nContent-Length: 2\r\n'],
    ['a protocol that Connection does not name', 'Upgrade: echo\r\n'],
  ])('an offer of %s is not passed on', async (_name, lines) => {
    await using replica = await httpReplica(({ headers }, response) => response.end(String(headers.upgrade)));
    await using endpoint = await web(replica.port);
    const body = lines.includes('Content-Length') ? 'ab' : '';
    const answer = await sendRaw(
      endpoint.port,
      `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${lines}\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(answer).toContain('undefined');
  });
});
