import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import net from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { httpReplica, rawReplica, sendRaw, web } from './servers.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

/** The headers that a replica gets when a client sends these lines. */
async function received(
  lines: string,
  start = 'GET /path?x=1 HTTP/1.1\r\nHost: web.test',
): Promise<IncomingHttpHeaders> {
  await using replica = await httpReplica(({ url, headers }, response) =>
    response.end(JSON.stringify({ ':path': url, ...headers })),
  );
  await using endpoint = await web(replica.port);
  const answer = await sendRaw(endpoint.port, `${start}\r\nConnection: close\r\n${lines}\r\n`);
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
}

/** The whole answer of the proxy when the replica's is this text. */
async function passed(answer: string, method = 'GET', version = '1.1'): Promise<string> {
  await using replica = await rawReplica((socket) => {
    socket.once('data', () => socket.end(answer, 'latin1'));
  });
  await using endpoint = await web(replica.port);
  return await sendRaw(endpoint.port, `${method} / HTTP/${version}\r\nHost: web.test\r\nConnection: close\r\n\r\n`);
}

describe('the request that a replica gets', () => {
  test('keeps path, query, Host and end-to-end headers', async () => {
    const headers = await received('Accept: text/plain\r\nX-Custom: kept\r\nUser-Agent: tester\r\n');
    expect(headers).toMatchObject({
      ':path': '/path?x=1',
      host: 'web.test',
      accept: 'text/plain',
      'x-custom': 'kept',
      'user-agent': 'tester',
    });
  });

  test('has no hop-by-hop headers, nor those that Connection names', async () => {
    const headers = await received(
      'Connection: X-Secret-Hop, keep-alive\r\nX-Secret-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\n' +
        'TE: gzip\r\nUpgrade: h2c\r\nX-Kept: 1\r\n',
    );
    for (const name of ['x-secret-hop', 'keep-alive', 'proxy-connection', 'te', 'upgrade']) {
      expect(headers).not.toHaveProperty(name);
    }
    expect(headers).toMatchObject({ 'x-kept': '1' });
  });

  test('says where it came from, and Connection cannot take that away', async () => {
    const headers = await received(
      'Connection: X-Forwarded-For, X-Request-Id\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: fake.test\r\n',
    );
    expect(headers).toMatchObject({
      'x-forwarded-for': '203.0.113.9, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'web.test',
      'x-request-id': expect.stringMatching(/^[\w-]{36}$/),
    });
  });

  test('takes Host and path from a target that is a whole URL', async () => {
    const headers = await received('', 'GET http://other.test:81/a?b=c HTTP/1.1\r\nHost: web.test');
    expect(headers).toMatchObject({ ':path': '/a?b=c', host: 'other.test:81', 'x-forwarded-host': 'other.test:81' });
  });

  test('keeps the trace id and the flags of a valid traceparent and has a parent id of its own', async () => {
    const headers = await received(`traceparent: 00-${TRACE}-${PARENT}-01\r\ntracestate: a=1\r\ntracestate: b=2\r\n`);
    expect(headers.traceparent).toMatch(new RegExp(`^00-${TRACE}-(?!${PARENT})[0-9a-f]{16}-01$`));
    expect(headers.tracestate).toBe('a=1, b=2');
  });

  test.each([
    '',
    'traceparent: 00-zz-00-01\r\ntracestate: a=1\r\n',
    `traceparent: 00-${TRACE}-${PARENT}-01\r\ntraceparent: 00-${TRACE}-${PARENT}-01\r\ntracestate: a=1\r\n`,
  ])('gets a new trace, without tracestate, when the client sends %j', async (lines) => {
    const headers = await received(lines);
    expect(headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(headers.traceparent).not.toContain(TRACE);
    expect(headers).not.toHaveProperty('tracestate');
  });

  test('has the request id that the answer has', async () => {
    await using replica = await httpReplica(({ headers }, response) => {
      response.setHeader('X-Request-Id', 'of the replica').end(headers['x-request-id']);
    });
    await using endpoint = await web(replica.port);
    const own = await fetch(endpoint.url, { headers: { 'x-request-id': 'order-17' } });
    const replaced = await fetch(endpoint.url, { headers: { 'x-request-id': 'a b<script>' } });

    expect([own.headers.get('x-request-id'), await own.text()]).toEqual(['order-17', 'order-17']);
    expect(replaced.headers.get('x-request-id')).toBe(await replaced.text());
    expect(replaced.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  });

  test.each([
    ['Content-Length: 5\r\n\r\nhello', { 'content-length': '5' }, 'hello'],
    ['Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n', { 'transfer-encoding': 'chunked' }, 'hello'],
    ['Content-Length: 0\r\n\r\n', { 'content-length': '0' }, ''],
  ])('is framed as the client framed it: %j', async (rest, framing, body) => {
    await using replica = await httpReplica(async (incoming, response) => {
      response.end(JSON.stringify([incoming.headers, await text(incoming)]));
    });
    await using endpoint = await web(replica.port);
    const answer = await sendRaw(endpoint.port, `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${rest}`);
    const [headers, got] = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
    expect(headers).toMatchObject(framing);
    expect(got).toBe(body);
  });

  test('carries the trailers of the client, except those that would change the message', async () => {
    await using replica = await httpReplica(async (incoming, response) => {
      await buffer(incoming);
      response.end(JSON.stringify(incoming.trailers));
    });
    await using endpoint = await web(replica.port);
    const answer = await sendRaw(
      endpoint.port,
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nDigest: abc\r\nHost: b\r\n\r\n',
    );
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toEqual({ digest: 'abc' });
  });
});

describe('the answer that a client gets', () => {
  test('keeps status, reason and end-to-end headers and loses those of the connection', async () => {
    const answer = await passed(
      'HTTP/1.1 203 Fine So Far\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n' +
        'Keep-Alive: timeout=9\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 2\r\n\r\nok',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 203 Fine So Far\r\n/);
    expect(answer).toContain('Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n');
    expect(answer).toContain('Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n');
    expect(answer).not.toMatch(/x-hop: 1|timeout=9/i);
    expect(answer).toMatch(/\r\n\r\nok$/);
  });

  test('is chunked where the replica chunks, with its trailers', async () => {
    const answer = await passed(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Digest\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nDigest: 9\r\n\r\n',
    );
    expect(answer).toMatch(/Transfer-Encoding: chunked/i);
    expect(answer).toContain('Trailer: Digest\r\n');
    expect(answer).toMatch(/2\r\nab\r\n1\r\nc\r\n0\r\nDigest: 9\r\n\r\n$/);
  });

  test('without a length goes to the end of the connection', async () => {
    expect(await passed('HTTP/1.0 200 OK\r\n\r\nuntil the end')).toMatch(/\r\nd\r\nuntil the end\r\n0\r\n\r\n$/);
  });

  test('is not chunked for a client of HTTP/1.0', async () => {
    const answer = await passed(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Digest\r\n\r\n2\r\nab\r\n0\r\nDigest: 9\r\n\r\n',
      'GET',
      '1.0',
    );
    expect(answer).toMatch(/\r\n\r\nab$/);
    expect(answer).not.toMatch(/transfer-encoding|trailer/i);
  });

  test.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n', /Content-Length: 12\r\n/],
    ['HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', /200 OK/],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nContent-Length: 12\r\n\r\n', /ETag: "1"\r\n/],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n', /204 No Content/],
  ])('to %s has no body when the replica says %j', async (method, replica, expected) => {
    const answer = await passed(replica, method);
    expect(answer).toMatch(expected);
    expect(answer).toMatch(/\r\n\r\n$/);
    expect(answer.match(/\r\n\r\n/g)).toHaveLength(1);
  });

  test('comes after the interim answers of the replica', async () => {
    const answer = await passed(
      'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: nonsense\r\n\r\n' +
        'HTTP/1.1 199 Odd\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    );
    expect(answer).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK\r\n/i,
    );
  });

  test('begins before it ends: the head and each piece pass at once', async () => {
    const pieces: (() => void)[] = [];
    await using replica = await httpReplica((_, response) => {
      pieces.push(
        () => response.flushHeaders(),
        () => response.write('one'),
        () => response.end('two'),
      );
      pieces.shift()!();
    });
    await using endpoint = await web(replica.port);

    const response = await fetch(endpoint.url);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    pieces.shift()!();
    expect((await reader.read()).value).toBe('one');
    pieces.shift()!();
    expect((await reader.read()).value).toBe('two');
    expect((await reader.read()).done).toBe(true);
  });

  test('several requests share the connections on both sides', async () => {
    let connections = 0;
    await using replica = await httpReplica((_, response) => response.end('hi'));
    replica.server.on('connection', () => connections++);
    await using endpoint = await web(replica.port);
    const socket = net.connect(endpoint.port, '127.0.0.1');
    for (let round = 0; round < 5; round++) {
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      expect(String((await once(socket, 'data'))[0])).toMatch(/hi$/);
    }
    socket.destroy();
    expect(connections).toBe(1);
  });

  test('pipelined requests are answered in their order', async () => {
    await using replica = await httpReplica(({ url }, response) => {
      setTimeout(() => response.end(`<${url}>`), url === '/1' ? 40 : 0);
    });
    await using endpoint = await web(replica.port);
    const answer = await sendRaw(
      endpoint.port,
      'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    expect(answer.match(/<\/\d>/g)).toEqual(['</1>', '</2>']);
  });
});

describe('Expect: 100-continue', () => {
  test('the body is asked for by the replica, not by the proxy', async () => {
    await using replica = await httpReplica(() => {});
    replica.server.removeAllListeners('request');
    replica.server.on('checkContinue', async (incoming: IncomingMessage, response) => {
      if (incoming.url === '/no') return response.writeHead(413).end('too large');
      response.writeContinue();
      response.end(await text(incoming));
    });
    await using endpoint = await web(replica.port);
    const send = (path: string) => {
      const options = { port: endpoint.port, host: '127.0.0.1', path, method: 'PUT' };
      const outgoing = request({ ...options, headers: { expect: '100-continue', 'content-length': 5 } });
      outgoing.on('error', () => {});
      outgoing.flushHeaders();
      return outgoing;
    };

    const accepted = send('/yes');
    await once(accepted, 'continue');
    accepted.end('hello');
    const [yes] = (await once(accepted, 'response')) as [IncomingMessage];
    expect([yes.statusCode, await text(yes)]).toEqual([200, 'hello']);

    const refused = send('/no');
    refused.on('continue', () => refused.destroy(new Error('the body was asked for')));
    const [no] = (await once(refused, 'response')) as [IncomingMessage];
    expect([no.statusCode, no.headers.connection, await text(no)]).toEqual([413, 'close', 'too large']);
  });
});
