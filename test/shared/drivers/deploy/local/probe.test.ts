import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { author } from '../../../../../shared/core/validation.ts';
import { checkHealth } from '../../../../../shared/drivers/deploy/local/health.ts';
import { probe } from '../../../../../shared/drivers/deploy/local/probe.ts';
import { GoldenRequest } from '../../../../../shared/types/deploy.ts';

let server: Server;
let port: number;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const golden = (request: object): GoldenRequest =>
  author(GoldenRequest, { method: 'GET', path: '/', ...request } as never, 'golden request');

describe('a golden request', () => {
  test('carries its method, headers and body', async () => {
    answer = async (request, response) => {
      const body = await text(request);
      const { method, url, headers } = request;
      response.end(JSON.stringify({ method, url, type: headers['content-type'], custom: headers['x-custom'], body }));
    };
    const request = golden({
      method: 'POST',
      path: '/infer?a=1',
      headers: { 'X-Custom': 'yes' },
      body: { text: 'good' },
    });
    expect(await probe(port, request)).toMatchObject({
      status: 200,
      body: { method: 'POST', url: '/infer?a=1', type: 'application/json', custom: 'yes', body: '{"text":"good"}' },
    });
  });

  test('has its answer as text where it is not JSON, and follows no redirection', async () => {
    answer = (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end('over there');
    expect(await probe(port, golden({}))).toMatchObject({ status: 302, body: 'over there' });
  });

  test('has an error instead of an answer that is too large', async () => {
    answer = (_request, response) => response.end(Buffer.alloc(1024 * 1024 + 1, 'x'));
    expect(await probe(port, golden({}))).toEqual({ error: 'the answer is larger than 1048576 bytes' });
    answer = (_request, response) => response.end(Buffer.alloc(1024 * 1024, 'x'));
    expect(await probe(port, golden({}))).toMatchObject({ status: 200 });
  });

  test('has an error that says why when the connection breaks', async () => {
    answer = (request) => request.destroy();
    expect(await probe(port, golden({}))).toEqual({ error: 'other side closed' });
  });
});

describe('a health check', () => {
  test.each([
    [200, true],
    [204, true],
    [302, true],
    [399, true],
    [400, false],
    [404, false],
    [503, false],
  ])('that is answered with %i says %s', async (status, healthy) => {
    answer = (_request, response) => response.writeHead(status).end();
    expect(await checkHealth(port, '/health', 5_000)).toBe(healthy);
  });

  test('asks for the path that it is told', async () => {
    answer = (request, response) => response.writeHead(request.url === '/ready?deep=1' ? 200 : 404).end();
    expect(await checkHealth(port, '/ready?deep=1', 5_000)).toBe(true);
  });

  test('says no when nothing comes in time, or nobody listens', async () => {
    answer = () => undefined;
    expect(await checkHealth(port, '/health', 50)).toBe(false);
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port: nobody } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    expect(await checkHealth(nobody, '/health', 5_000)).toBe(false);
  });
});
