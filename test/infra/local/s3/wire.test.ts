import { createHash, createHmac } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ChunkSignatures, signHeaders, verifyHeader } from '../../../../shared/semantics/sigv4/index.ts';
import { codeOf, OWNER, refusal, Served } from './served.ts';

let served: Served;
let Bucket: string;

beforeAll(async () => {
  served = await Served.start();
  Bucket = served.newName();
  await served.owner.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  expect(served.unforeseen).toEqual([]);
  await served.close();
});

const sha256 = (body: string | Uint8Array): string => createHash('sha256').update(body).digest('hex');

interface Message {
  method?: string;
  path?: string;
  query?: [string, string][];
  /** What is signed; `content-length` is added. */
  headers?: Record<string, string>;
  body?: string;
  payloadHash?: string;
}

/** A signed request as the bytes that go over the wire. */
function signed({
  method = 'PUT',
  path = `/${Bucket}/k`,
  query = [],
  headers = {},
  body = '',
  payloadHash = sha256(body),
}: Message): string {
  const host = new URL(served.url).host;
  const own = { host, ...headers };
  const added = signHeaders(
    { method, path, query, headers: own },
    { key: OWNER, region: 'anywhere-1', time: new Date(), payloadHash },
  );
  const target = `${path}${query.length ? `?${query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}` : ''}`;
  const lines = Object.entries({
    'content-length': String(Buffer.byteLength(body)),
    ...own,
    ...added,
    connection: 'close',
  });
  return `${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

const send = (message: Message): Promise<string> => served.raw(signed(message));
const statusOf = (answer: string): number => Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1]);
const isThere = async (Key: string): Promise<boolean> =>
  served.owner.send(new HeadObjectCommand({ Bucket, Key })).then(
    () => true,
    () => false,
  );

describe('a payload', () => {
  test('in signed chunks is stored as it was before', async () => {
    const { text } = chunked(['x'.repeat(8192), 'end'], {});
    expect(statusOf(await served.raw(text))).toBe(200);
    const { Body } = await served.owner.send(new GetObjectCommand({ Bucket, Key: 'chunked' }));
    expect(await Body!.transformToString()).toBe(`${'x'.repeat(8192)}end`);
  });

  test.each<[string, Parameters<typeof chunked>[1], string]>([
    ['whose chunk was changed', { change: (text) => text.replace('end', 'END') }, 'SignatureDoesNotMatch'],
    [
      'whose chunk has another signature',
      { change: (text) => text.replace(/chunk-signature=./g, 'chunk-signature=0') },
      'SignatureDoesNotMatch',
    ],
    ['that is longer than it says', { length: 8194 }, 'IncompleteBody'],
    ['that is shorter than it says', { length: 9000 }, 'IncompleteBody'],
    [
      'whose last chunk is missing',
      { change: (text) => text.replace(/0;chunk-signature=.*\r\n\r\n$/, '') },
      'IncompleteBody',
    ],
    ['that does not say its length', { length: undefined }, 'MissingContentLength'],
    ['with small chunks before the last', { chunks: ['a', 'b', 'c'] }, 'InvalidChunkSizeError'],
  ])('in chunks is refused %s, and nothing is stored', async (_name, options, code) => {
    const { text, key } = chunked(['x'.repeat(8192), 'end'], { key: 'refused', ...options });
    expect(codeOf(await served.raw(text))).toBe(code);
    expect(await isThere(key)).toBe(false);
  });

  /** A request whose payload is signed chunk by chunk. */
  function chunked(
    pieces: string[],
    options: { key?: string; length?: number | undefined; chunks?: string[]; change?: (text: string) => string },
  ) {
    const { key = 'chunked', chunks = pieces, change = (text: string) => text } = options;
    const path = `/${Bucket}/${key}`;
    const length = 'length' in options ? options.length : chunks.join('').length;
    const headers = {
      host: new URL(served.url).host,
      'content-encoding': 'aws-chunked',
      ...(length !== undefined && { 'x-amz-decoded-content-length': String(length) }),
    };
    const payloadHash = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
    const time = new Date();
    const added = signHeaders(
      { method: 'PUT', path, query: [], headers },
      { key: OWNER, region: 'us-east-1', time, payloadHash },
    );
    const request = { method: 'PUT', path, query: [], headers: { ...headers, ...added } };
    const signatures = new ChunkSignatures(verifyHeader(request, { now: time, secretOf: () => OWNER.secretAccessKey }));
    const body = [...chunks, ''].map((data) => {
      const signature = signatures.expected(sha256(data));
      signatures.chunk(sha256(data), signature);
      return `${data.length.toString(16)};chunk-signature=${signature}\r\n${data}\r\n`;
    });
    const content = change(body.join(''));
    const lines = Object.entries({
      ...headers,
      ...added,
      'content-length': String(content.length),
      connection: 'close',
    });
    return {
      key,
      text: `PUT ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${content}`,
    };
  }

  test('other than the one that was signed is refused', async () => {
    const answer = await send({ path: `/${Bucket}/other`, body: 'other', payloadHash: sha256('signed') });
    expect([statusOf(answer), codeOf(answer), await isThere('other')]).toEqual([
      400,
      'XAmzContentSHA256Mismatch',
      false,
    ]);
  });

  test('that breaks off is not stored', async () => {
    const whole = signed({ path: `/${Bucket}/broken`, body: 'x'.repeat(1000) });
    await served.raw(whole.slice(0, -500));
    expect(await isThere('broken')).toBe(false);
  });

  test('needs a length', async () => {
    const answer = await served.raw(signed({ body: '' }).replace(/content-length: 0\r\n/, ''));
    expect([statusOf(answer), codeOf(answer)]).toEqual([411, 'MissingContentLength']);
  });

  test('with a trailer of another checksum is refused', async () => {
    const body = '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n';
    const headers = {
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '5',
      'x-amz-trailer': 'x-amz-checksum-crc32',
    };
    const answer = await send({
      path: `/${Bucket}/trailer`,
      headers,
      body,
      payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    });
    expect([statusOf(answer), codeOf(answer), await isThere('trailer')]).toEqual([400, 'BadDigest', false]);
  });

  test('is asked for only from who may send it', async () => {
    const expecting = { expect: '100-continue' };
    expect(await send({ headers: expecting, body: 'x' })).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200/);
    const host = new URL(served.url).host;
    const refused = await served.raw(
      `PUT /${Bucket}/k HTTP/1.1\r\nhost: ${host}\r\nexpect: 100-continue\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx`,
    );
    expect(refused).toMatch(/^HTTP\/1.1 403/);
  });
});

describe('a document', () => {
  const tagging = (body: string): Promise<string> => send({ query: [['tagging', '']], body });

  beforeAll(() => served.owner.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' })));

  test.each([
    ['that is no XML', 'x'],
    ['that does not end', '<Tagging><TagSet>'],
    ['of another kind', '<Other/>'],
    [
      'with a type of its own',
      '<!DOCTYPE Tagging [<!ENTITY a "b">]><Tagging><TagSet><Tag><Key>&a;</Key><Value/></Tag></TagSet></Tagging>',
    ],
    [
      'with entities within entities',
      `<!DOCTYPE a [${[...Array(9)].map((_, i) => `<!ENTITY e${i + 1} "&e${i};&e${i};">`).join('')}]><Tagging/>`,
    ],
    ['that is nested without end', `<Tagging>${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}</Tagging>`],
    ['that is no UTF-8', '<Tagging>\xff</Tagging>'],
  ])('%s is refused', async (_name, body) => {
    const bytes = Buffer.from(
      signed({ query: [['tagging', '']], body: '', payloadHash: sha256(Buffer.from(body, 'latin1')) }).replace(
        'content-length: 0',
        `content-length: ${body.length}`,
      ) + body,
      'latin1',
    );
    const answer = await served.raw(bytes);
    expect([statusOf(answer), codeOf(answer)]).toEqual([400, 'MalformedXML']);
  });

  test('that is too large is refused before it is read', async () => {
    const answer = await served.raw(
      signed({ query: [['tagging', '']], payloadHash: sha256('') }).replace(
        'content-length: 0',
        'content-length: 100000000',
      ),
    );
    expect([statusOf(answer), codeOf(answer)]).toEqual([400, 'MaxMessageLengthExceeded']);
  });

  test('in a namespace or in none, with text as references, is read', async () => {
    const set = '<TagSet><Tag><Key>a&#x41;</Key><Value>1</Value></Tag></TagSet>';
    for (const open of ['<Tagging>', '<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/">']) {
      expect(statusOf(await tagging(`<?xml version="1.0"?>${open}${set}</Tagging>`))).toBe(200);
    }
    expect(await send({ method: 'GET', query: [['tagging', '']] })).toContain('<Key>aA</Key>');
  });

  test('of many deletions needs a checksum', async () => {
    const answer = await send({
      method: 'POST',
      path: `/${Bucket}`,
      query: [['delete', '']],
      body: '<Delete><Object><Key>k</Key></Object></Delete>',
    });
    expect([statusOf(answer), codeOf(answer), await isThere('k')]).toEqual([400, 'InvalidRequest', true]);
  });
});

describe('a request', () => {
  test.each<[string, string, number, string]>([
    ['without any signature', 'GET /BUCKET/k HTTP/1.1\r\nhost: x', 403, 'AccessDenied'],
    ['with an empty one', 'GET /BUCKET/k HTTP/1.1\r\nhost: x\r\nauthorization: ', 403, 'AccessDenied'],
    [
      'with one of another kind',
      'GET /BUCKET/k HTTP/1.1\r\nhost: x\r\nauthorization: Basic eA==',
      400,
      'InvalidArgument',
    ],
    [
      'with half of one',
      'GET /BUCKET/k HTTP/1.1\r\nhost: x\r\nauthorization: AWS4-HMAC-SHA256 Credential=a',
      400,
      'AuthorizationHeaderMalformed',
    ],
    [
      'with half of an old one',
      'GET /BUCKET/k HTTP/1.1\r\nhost: x\r\nauthorization: AWS HAHAHA',
      400,
      'InvalidArgument',
    ],
    ['for a bucket that there is not', 'GET /absent-bucket/k HTTP/1.1\r\nhost: x', 404, 'NoSuchBucket'],
    ['with a path that is no UTF-8', 'GET /BUCKET/%ff HTTP/1.1\r\nhost: x', 400, 'InvalidURI'],
    ['with a method that S3 does not have', 'PATCH /BUCKET/k HTTP/1.1\r\nhost: x', 405, 'MethodNotAllowed'],
    ['that is no HTTP', 'HELLO', 400, 'BadRequest'],
    [
      'with two ways to sign',
      'GET /BUCKET/k?AWSAccessKeyId=a&Signature=b&Expires=1 HTTP/1.1\r\nhost: x\r\nauthorization: AWS a:b',
      400,
      'InvalidArgument',
    ],
    ['with a negative length', 'PUT /BUCKET/k HTTP/1.1\r\nhost: x\r\ncontent-length: -1', 400, 'BadRequest'],
    ['with headers without end', `GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(40_000)}`, 400, 'BadRequest'],
  ])('%s', async (_name, text, status, code) => {
    const answer = await served.raw(`${text.replace('BUCKET', Bucket)}\r\nconnection: close\r\n\r\n`);
    expect([statusOf(answer), codeOf(answer)]).toEqual([status, code]);
  });

  test('that fails has its id in the headers and in the document, and no secret', async () => {
    const answer = await served.raw(signed({ method: 'GET' }).replace(/Signature=\w{8}/, 'Signature=00000000'));
    const id = /x-amz-request-id: (\w+)/i.exec(answer)?.[1];
    expect(answer).toContain(`<RequestId>${id}</RequestId>`);
    expect([codeOf(answer), answer.includes(OWNER.secretAccessKey)]).toEqual(['SignatureDoesNotMatch', false]);
  });

  test('for a head has no content, not even when it fails', async () => {
    const answer = await send({ method: 'HEAD', path: `/${Bucket}/absent` });
    expect([statusOf(answer), answer.split('\r\n\r\n')[1]]).toEqual([404, '']);
  });

  test('signed as in version 2 is as good', async () => {
    await served.owner.send(new PutObjectCommand({ Bucket, Key: 'old', Body: 'x' }));
    const date = new Date().toUTCString();
    const sign = (text: string): string => createHmac('sha1', OWNER.secretAccessKey).update(text).digest('base64');
    const headers = { date, authorization: `AWS ${OWNER.accessKeyId}:${sign(`GET\n\n\n${date}\n/${Bucket}/old`)}` };
    expect((await fetch(`${served.url}/${Bucket}/old`, { headers })).status).toBe(200);
    const expires = Math.floor(Date.now() / 1000) + 60;
    const query = (time: number): string =>
      `AWSAccessKeyId=${OWNER.accessKeyId}&Expires=${time}&Signature=${encodeURIComponent(sign(`GET\n\n\n${expires}\n/${Bucket}/old`))}`;
    expect((await fetch(`${served.url}/${Bucket}/old?${query(expires)}`)).status).toBe(200);
    expect((await fetch(`${served.url}/${Bucket}/old?${query(expires + 1)}`)).status).toBe(403);
  });

  test('may name the bucket in its host', async () => {
    await served.owner.send(new PutObjectCommand({ Bucket, Key: 'a/b', Body: 'x' }));
    const host = `${Bucket}.localhost:${new URL(served.url).port}`;
    const list = await served.raw(signedFor(host, '/', [['prefix', 'a/']]));
    expect([statusOf(list), list.includes('<Key>a/b</Key>')]).toEqual([200, true]);
    expect(statusOf(await served.raw(signedFor(host, '/a/b', [])))).toBe(200);
  });

  function signedFor(host: string, path: string, query: [string, string][]): string {
    const added = signHeaders(
      { method: 'GET', path, query, headers: { host } },
      { key: OWNER, region: 'us-east-1', time: new Date(), payloadHash: sha256('') },
    );
    const target = query.length
      ? `${path}?${query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`
      : path;
    return `GET ${target} HTTP/1.1\r\n${Object.entries({ host, ...added, connection: 'close' })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`;
  }

  test('by an unknown key is refused', async () => {
    const stranger = new S3Client({
      endpoint: served.url,
      region: 'us-east-1',
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    });
    expect(await refusal(stranger.send(new ListObjectsCommand({ Bucket })))).toEqual([403, 'InvalidAccessKeyId']);
    stranger.destroy();
  });
});
