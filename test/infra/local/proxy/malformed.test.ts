import net from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { httpReplica, rawReplica, sendRaw, web } from './servers.ts';

describe('a request that could be read in two ways never reaches a replica', () => {
  test.each([
    [
      'both framings',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd', 400],
    ['the same length twice', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na', 400],
    ['a signed length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd', 400],
    ['another coding', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', 501],
    [
      'a coding that is nearly chunked',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
      501,
    ],
    ['chunks in HTTP/1.0', 'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 4\r\n\r\n', 400],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n Content-Length: 4\r\n\r\n', 400],
    ['a bare CR', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\rX-B: 2\r\n\r\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['a target with another scheme', 'GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a header of 20 KB', `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s', async (_name, bytes, status) => {
    let reached = 0;
    await using replica = await rawReplica((socket) => {
      reached++;
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
    await using endpoint = await web(replica.port);

    expect(await sendRaw(endpoint.port, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(reached).toBe(0);
  });

  test('an error of the proxy is JSON with a request id', async () => {
    await using endpoint = await web();
    const answer = await sendRaw(endpoint.port, 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n');
    expect(answer).toMatch(/\r\nX-Request-Id: [\w-]{36}\r\n/);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toEqual({
      error: { code: 'InvalidInput', message: 'the header host stands in the request more than once' },
    });
  });

  test('a malformed chunk ends the request at the replica too', async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: aborted, resolve: abort } = Promise.withResolvers<void>();
    await using replica = await httpReplica((incoming) =>
      incoming.on('error', () => abort()).once('data', () => begin()),
    );
    await using endpoint = await web(replica.port);
    const socket = net.connect(endpoint.port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    await begun;
    socket.write('ZZ\r\n');

    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /);
    await aborted;
  });
});

describe('a malformed answer is 502 with a reason, counted as an error', () => {
  test.each([
    ['no HTTP', 'SSH-2.0-server\r\n\r\n'],
    ['another major version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['both framings', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n'],
    ['a bare LF', 'HTTP/1.1 200 OK\r\nX-A: 1\nX-B: 2\r\n\r\n'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nX-A: 1\r\n folded\r\n\r\n'],
    ['a NUL in a value', 'HTTP/1.1 200 OK\r\nX-A: a\0b\r\n\r\n'],
    ['a switch of protocols that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
    ['a head of 70 KB', `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(70_000)}\r\n\r\n`],
    ['a head that breaks off', 'HTTP/1.1 200 OK\r\nX-A: '],
    ['nothing', ''],
  ])('%s', async (_name, bytes) => {
    await using replica = await rawReplica((socket) => {
      socket.once('data', () => socket.end(bytes, 'latin1'));
    });
    await using endpoint = await web(replica.port);

    const response = await fetch(endpoint.url);

    expect(response.status).toBe(502);
    expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    expect(await response.json()).toEqual({ error: { code: 'Unavailable', message: expect.any(String) } });
    expect(await endpoint.totals()).toEqual({ v1: { requests: 1, errors: 1, latencies: 1 } });
  });

  test.each([
    ['is shorter than its length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
    ['breaks off in a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc'],
    ['has a chunk without a size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nZ\r\n'],
    ['has a chunk longer than its size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n'],
  ])('a body that %s ends the client connection without an end', async (_name, bytes) => {
    await using replica = await rawReplica((socket) => {
      socket.once('data', () => socket.end(bytes, 'latin1'));
    });
    await using endpoint = await web(replica.port);

    await expect(fetch(endpoint.url).then((response) => response.text())).rejects.toThrow();
    expect(await endpoint.totals()).toEqual({ v1: { requests: 1, errors: 1, latencies: 1 } });
  });

  test('bytes behind an answer are never taken for the next one', async () => {
    let connections = 0;
    await using replica = await rawReplica((socket) => {
      connections++;
      const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
      socket.on('data', () => socket.write(`${answer}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmugg`));
    });
    await using endpoint = await web(replica.port);

    expect(await (await fetch(endpoint.url)).text()).toBe('ok');
    expect(await (await fetch(endpoint.url)).text()).toBe('ok');
    expect(connections).toBe(2);
  });
});
