import { once } from 'node:events';
import { get, type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { httpReplica, web } from './servers.ts';

const MEGABYTE = 1_048_576;
const SIZE = 200 * MEGABYTE;
/** More than the kernel buffers for two connections (Linux lets each grow to some 36 MB), and far less than the whole. */
const IN_BETWEEN = 120 * MEGABYTE;

/** A body that notes how much of it has been taken. */
class Body {
  taken = 0;

  *[Symbol.iterator](): Generator<Buffer> {
    const piece = Buffer.alloc(65_536, 'x');
    for (; this.taken < SIZE; this.taken += piece.length) yield piece;
  }
}

/** Leaves the stream alone until the sender cannot go on, then reads it; says how far ahead the sender was. */
async function readLate(stream: Readable, body: Body): Promise<{ bytes: number; ahead: number }> {
  let ahead = -1;
  while (body.taken > ahead) {
    ahead = body.taken;
    await wait(150);
  }
  let bytes = 0;
  for await (const chunk of stream) bytes += (chunk as Buffer).length;
  return { bytes, ahead };
}

describe('200 MB pass, and the proxy keeps none of it while nobody reads', () => {
  test.each([{}, { 'Content-Length': SIZE }])('as an answer with %j', async (headers) => {
    const body = new Body();
    await using replica = await httpReplica((_, response) => {
      response.writeHead(200, headers);
      void pipeline(Readable.from(body), response);
    });
    await using endpoint = await web(replica.port);
    const [response] = (await once(get(endpoint.url), 'response')) as [IncomingMessage];

    const { bytes, ahead } = await readLate(response, body);

    expect(bytes).toBe(SIZE);
    expect(ahead).toBeLessThan(IN_BETWEEN);
  });

  test.each([{ 'Transfer-Encoding': 'chunked' }, { 'Content-Length': SIZE }])(
    'as a request with %j',
    async (headers) => {
      const body = new Body();
      await using replica = await httpReplica(async (incoming, response) => {
        response.end(JSON.stringify(await readLate(incoming, body)));
      });
      await using endpoint = await web(replica.port);
      const outgoing = request(endpoint.url, { method: 'PUT', headers });
      const answered = once(outgoing, 'response');
      await pipeline(Readable.from(body), outgoing);
      const [response] = (await answered) as [IncomingMessage];

      const { bytes, ahead } = JSON.parse(String(await response.toArray().then(Buffer.concat)));

      expect(bytes).toBe(SIZE);
      expect(ahead).toBeLessThan(IN_BETWEEN);
    },
  );
});

test('request and answer can stream at the same time', async () => {
  await using replica = await httpReplica((incoming, response) => incoming.pipe(response));
  await using endpoint = await web(replica.port);
  const outgoing = request(endpoint.url, { method: 'POST' });
  outgoing.write('one');
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  expect(String((await once(response, 'data'))[0])).toBe('one');
  outgoing.write('two');
  expect(String((await once(response, 'data'))[0])).toBe('two');
  outgoing.end();
  await once(response, 'end');
});

test('an answer that comes before the body has been read reaches the client, and the connection goes on', async () => {
  await using replica = await httpReplica((_, response) => response.writeHead(413).end('too large'));
  await using endpoint = await web(replica.port);
  const outgoing = request(endpoint.url, { method: 'POST', headers: { 'content-length': 5 * MEGABYTE } });
  outgoing.write(Buffer.alloc(MEGABYTE));
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(413);
  expect(String(await response.toArray().then(Buffer.concat))).toBe('too large');
  outgoing.end(Buffer.alloc(4 * MEGABYTE));
  await once(outgoing, 'close');
});
