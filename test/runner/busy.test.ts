import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type GatedServer, type Question, startGatedServer } from './gatedServer.ts';
import { outcome } from './modelServer.ts';

let server: GatedServer;

afterEach(() => {
  server.process.kill('SIGKILL');
});

/** A server with a queue for one request: "first" is being run, one of two others waits, and the other was refused. */
async function fullServer(): Promise<{ first: Question; queued: Question; word: string; refusal: string }> {
  server = await startGatedServer({ CLOUDLIB_MODEL_MAXIMUM_QUEUE: '1' });
  const first = server.ask('first');
  await server.running('first');
  const words = ['left', 'right'];
  const pair = words.map(server.ask);
  const [refused, refusal] = await Promise.race(
    pair.map(({ answer }, index) => answer.then((text) => [index, text] as const)),
  );
  const other = 1 - refused;
  return { first, queued: pair[other]!, word: words[other]!, refusal };
}

const statusOf = (answer: string): number => Number(answer.split(' ')[1]);

test('while an inference blocks its thread, health, metadata and bad requests are answered', async () => {
  server = await startGatedServer();
  const { answer } = server.ask('slow');
  await server.running('slow');
  expect((await fetch(`${server.url}/v2/health/ready`)).status).toBe(200);
  expect((await fetch(`${server.url}/v2/models/sentiment`)).status).toBe(200);
  expect((await fetch(`${server.url}/v2/models/sentiment/infer`, { method: 'POST', body: '{' })).status).toBe(400);
  server.open();
  expect(statusOf(await answer)).toBe(200);
});

describe('a full queue', () => {
  test('refuses one request more with 503, an error body and when to come again; those inside are answered', async () => {
    const { first, queued, word, refusal } = await fullServer();
    const [head, body] = refusal.split('\r\n\r\n') as [string, string];
    expect(head).toMatch(/^HTTP\/1\.1 503 /);
    expect(head).toMatch(/^retry-after: 1$/im);
    expect(JSON.parse(body)).toEqual({
      error: 'the model is busy and 1 requests are waiting for it already; try again later',
    });
    server.open();
    expect([await first.answer, await queued.answer].map(statusOf)).toEqual([200, 200]);
    expect(server.ran()).toEqual(['first', word]);
  });

  test('has a place again when a client that waits in it goes away, whose request is never run', async () => {
    const { first, queued } = await fullServer();
    queued.socket.end();
    expect(await queued.answer).toBe('');
    const next = server.ask('next');
    await expect(fetch(`${server.url}/v2/health/live`)).resolves.toMatchObject({ status: 200 });
    server.open();
    expect([await first.answer, await next.answer].map(statusOf)).toEqual([200, 200]);
    expect(server.ran()).toEqual(['first', 'next']);
  });
});

test('a client that goes away while its request is being run leaves the others their turn', async () => {
  const { first, queued, word } = await fullServer();
  first.socket.end();
  expect(await first.answer).toBe('');
  expect(statusOf(await server.ask('third').answer)).toBe(503);
  server.open();
  expect(statusOf(await queued.answer)).toBe(200);
  expect(server.ran()).toEqual(['first', word]);
});

describe('stopping', () => {
  test('SIGTERM lets what is run and what is queued finish, also when SIGINT came before, and ends with 0', async () => {
    const { first, queued } = await fullServer();
    server.process.kill('SIGINT');
    const exited = server.stop();
    await refusesConnections(server.url);
    server.open();
    expect([await first.answer, await queued.answer].map(statusOf)).toEqual([200, 200]);
    expect(await exited).toBe(0);
  });

  test('a connection that asks nothing, whether it did before or not, does not keep the server', async () => {
    server = await startGatedServer();
    const agent = new Agent({ keepAlive: true });
    const [response] = await once(get(`${server.url}/v2/health/live`, { agent }), 'response');
    await once(response.resume(), 'end');
    const silent = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => undefined);
    await once(silent, 'connect');
    expect(await server.stop()).toBe(0);
    agent.destroy();
  });
});

describe('the end of the inference thread ends the server with one clear line and 1', () => {
  test.each([
    ['exit', 'it ended with exit code 3'],
    ['throw', 'the runtime broke'],
    ['hoard', 'Worker terminated due to reaching memory limit: JS heap out of memory'],
  ])('%s', async (accident, reason) => {
    server = await startGatedServer({}, ['--max-old-space-size=64']);
    const ended = outcome(server.process);
    const { answer } = server.ask(accident);
    expect(await answer.catch(() => '')).toBe('');
    const { code, stderr } = await ended;
    expect(stderr).toBe(`cloudlib model server: no inference is possible any more: ${reason}\n`);
    expect(code).toBe(1);
  });
});

test('an inference that takes longer than the limit ends the server with one clear line and 1', async () => {
  server = await startGatedServer({ CLOUDLIB_MODEL_MAXIMUM_RUN: '0.2' });
  const ended = outcome(server.process);
  expect(await server.ask('endless').answer.catch(() => '')).toBe('');
  expect(await ended).toMatchObject({
    code: 1,
    stderr: 'cloudlib model server: no inference is possible any more: an inference took longer than 0.2 s\n',
  });
});

/** Resolves when the server takes no connection any more. */
async function refusesConnections(url: string): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const refused = await once(socket, 'connect').then(
    () => false,
    () => true,
  );
  socket.destroy();
  if (!refused) await refusesConnections(url);
}
