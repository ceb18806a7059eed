import { once } from 'node:events';
import { get, type IncomingMessage, request } from 'node:http';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { closedPort, httpReplica, rawReplica, target, web } from './servers.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A replica that answers the first request on each connection, and closes it at the second without an answer. */
function closesWhenReused(requests: string[]) {
  return rawReplica((socket) => {
    socket.on('data', (bytes) => {
      requests.push(String(bytes).split(' ', 1)[0]!);
      if (socket.bytesWritten === 0) socket.write(OK);
      else socket.destroy();
    });
  });
}

describe('a replica that refuses the connection', () => {
  test.each(['GET', 'POST'])('costs no %s request: another replica gets it, with its body', async (method) => {
    await using good = await httpReplica(async (incoming, response) => response.end(`good ${await text(incoming)}`));
    await using endpoint = await web(await closedPort(), good.port);

    for (let round = 0; round < 6; round++) {
      const response = await fetch(endpoint.url, { method, body: method === 'POST' ? 'body' : undefined });
      expect([response.status, await response.text()]).toEqual([200, method === 'POST' ? 'good body' : 'good ']);
    }
  });

  test('is passed over, so that it is tried far less often than it is its turn', async () => {
    await using good = await httpReplica((_, response) => response.end());
    await using endpoint = await web(await closedPort(), good.port);

    for (let round = 0; round < 20; round++) await (await fetch(endpoint.url)).arrayBuffer();

    const { requests, errors } = (await endpoint.totals()).v1!;
    expect(requests - errors).toBe(20);
    expect(errors).toBeGreaterThan(0);
    expect(errors).toBeLessThan(8);
  });

  test('counts against its own revision when another revision answers', async () => {
    await using stable = await httpReplica((_, response) => response.end('stable'));
    await using endpoint = await web();
    const canary = { revision: 'v2', replica: 'v2-0', port: await closedPort() };
    await endpoint.route({ v1: 1, v2: 99 }, [target(stable.port), canary]);

    expect(await (await fetch(endpoint.url)).text()).toBe('stable');

    expect(await endpoint.totals()).toEqual({
      v1: { requests: 1, errors: 0, latencies: 1 },
      v2: { requests: 1, errors: 1, latencies: 1 },
    });
  });

  test('is 502 with a reason and a request id when there is no other', async () => {
    await using endpoint = await web(await closedPort());
    const response = await fetch(endpoint.url, { method: 'POST', body: 'body' });
    expect(response.status).toBe(502);
    expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    expect(await response.json()).toEqual({
      error: { code: 'Unavailable', message: expect.stringContaining('ECONNREFUSED') },
    });
    expect(await endpoint.totals()).toEqual({ v1: { requests: 1, errors: 1, latencies: 1 } });
  });

  test('gets requests again as soon as it listens, when it is the only one', async () => {
    const port = await closedPort();
    await using endpoint = await web(port);
    expect((await fetch(endpoint.url)).status).toBe(502);

    const server = net.createServer((socket) => socket.on('data', () => socket.write(OK)));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    expect((await fetch(endpoint.url)).status).toBe(200);
    await endpoint.proxy.removeRoute('web');
    server.close();
  });
});

describe('a kept connection that the replica closes before it answers', () => {
  test.each(['GET', 'HEAD', 'OPTIONS'])('costs no %s request, and is no error', async (method) => {
    const requests: string[] = [];
    await using replica = await closesWhenReused(requests);
    await using endpoint = await web(replica.port);

    expect((await fetch(endpoint.url)).status).toBe(200);
    expect((await fetch(endpoint.url, { method })).status).toBe(200);

    expect(requests).toEqual(['GET', method, method]);
    expect(await endpoint.totals()).toEqual({ v1: { requests: 2, errors: 0, latencies: 2 } });
  });

  test.each([
    ['POST', 'body'],
    ['DELETE', undefined],
  ])('is 502 for %s, which is not sent a second time', async (method, body) => {
    const requests: string[] = [];
    await using replica = await closesWhenReused(requests);
    await using endpoint = await web(replica.port);

    expect((await fetch(endpoint.url)).status).toBe(200);
    expect((await fetch(endpoint.url, { method, body })).status).toBe(502);

    expect(requests).toEqual(['GET', method]);
  });

  test('is 502 for a safe method when part of the answer had come', async () => {
    let requests = 0;
    await using replica = await rawReplica((socket) => {
      socket.on('data', () => (++requests === 1 ? socket.write(OK) : socket.end('HTTP/1.1 2')));
    });
    await using endpoint = await web(replica.port);

    expect((await fetch(endpoint.url)).status).toBe(200);
    expect((await fetch(endpoint.url)).status).toBe(502);
    expect(requests).toBe(2);
  });
});

test('a new connection that closes without an answer is 502, even for a safe method', async () => {
  let requests = 0;
  await using replica = await rawReplica((socket) => {
    socket.on('data', () => {
      requests++;
      socket.destroy();
    });
  });
  await using endpoint = await web(replica.port);

  expect((await fetch(endpoint.url)).status).toBe(502);
  expect(requests).toBe(1);
});

describe('a client that leaves', () => {
  test('before the answer ends the request at the replica', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    await using replica = await httpReplica((incoming) => {
      incoming.socket.on('close', () => resolve());
      arrive();
    });
    await using endpoint = await web(replica.port);
    const outgoing = get(endpoint.url).on('error', () => {});
    await arrived;
    outgoing.destroy();
    await closed;
  });

  test('in the middle of the answer ends it at the replica', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    await using replica = await httpReplica((_, response) => {
      response.write('begun');
      response.on('close', () => resolve());
    });
    await using endpoint = await web(replica.port);
    const [response] = (await once(get(endpoint.url), 'response')) as [IncomingMessage];
    response.on('error', () => {}).destroy();
    await closed;
    expect((await endpoint.totals()).v1).toMatchObject({ errors: 0 });
  });

  test('in the middle of its body ends the request at the replica', async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<string>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    await using replica = await httpReplica((incoming) => {
      incoming.once('data', () => begin());
      incoming.on('error', (error) => resolve((error as NodeJS.ErrnoException).code ?? ''));
    });
    await using endpoint = await web(replica.port);
    const outgoing = request(endpoint.url, { method: 'POST', headers: { 'content-length': 100 } }).on(
      'error',
      () => {},
    );
    outgoing.write('part');
    await begun;
    outgoing.destroy();
    expect(await aborted).toBe('ECONNRESET');
  });
});
