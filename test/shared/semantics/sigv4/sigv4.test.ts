import { describe, expect, test } from '@jest/globals';
import {
  ChunkDecoder,
  ChunkSignatures,
  canonicalRequest,
  presign,
  SignatureRefusal,
  signHeaders,
  signingKey,
  stringToSign,
  type Verified,
  verifyHeader,
  verifyQuery,
} from '../../../../shared/semantics/sigv4/index.ts';

// The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, sigv4-query-string-auth.html,
// sigv4-streaming.html and sigv4-streaming-trailers.html; their key is published there and opens nothing.
const KEY = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
const TIME = new Date('2013-05-24T00:00:00Z');
const SCOPE = { date: '20130524', region: 'us-east-1', service: 's3' };
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const secretOf = (id: string): string | undefined => (id === KEY.accessKeyId ? KEY.secretAccessKey : undefined);
const host = 'examplebucket.s3.amazonaws.com';

const get = { method: 'GET', path: '/test.txt', query: [], headers: { host, range: 'bytes=0-9' } };

function refusalOf(run: () => unknown): SignatureRefusal {
  try {
    run();
  } catch (error) {
    if (error instanceof SignatureRefusal) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('the published examples', () => {
  test.each([
    ['GET Object', get, EMPTY, 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41'],
    [
      'PUT Object',
      {
        method: 'PUT',
        path: '/test$file.text',
        query: [],
        headers: { host, date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      },
      '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    [
      'GET Bucket Lifecycle',
      { method: 'GET', path: '/', query: [['lifecycle', '']] as const, headers: { host } },
      EMPTY,
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'GET Bucket (List Objects)',
      {
        method: 'GET',
        path: '/',
        query: [
          ['prefix', 'J'],
          ['max-keys', '2'],
        ] as const,
        headers: { host },
      },
      EMPTY,
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ])('%s', (_name, request, payloadHash, signature) => {
    const headers = signHeaders(request, { key: KEY, region: 'us-east-1', time: TIME, payloadHash });
    expect(headers.authorization).toContain(`Signature=${signature}`);
    const verified = verifyHeader({ ...request, headers: { ...request.headers, ...headers } }, { now: TIME, secretOf });
    expect(verified.accessKeyId).toBe(KEY.accessKeyId);
  });

  test('the string to sign', () => {
    const headers = { ...get.headers, 'x-amz-content-sha256': EMPTY, 'x-amz-date': '20130524T000000Z' };
    const canonical = canonicalRequest({ ...get, headers }, Object.keys(headers).sort(), EMPTY);
    expect(stringToSign('20130524T000000Z', SCOPE, canonical).split('\n').at(-1)).toBe(
      '7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972',
    );
  });

  test('a presigned GET', () => {
    const target = presign(
      { method: 'GET', path: '/test.txt', query: [], headers: { host } },
      { key: KEY, region: 'us-east-1', time: TIME, expiresIn: 86_400 },
    );
    expect(target).toContain('X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404');
  });

  const seed = (signature: string): Verified => ({
    ...{ accessKeyId: KEY.accessKeyId, scope: SCOPE, time: '20130524T000000Z', payloadHash: '', signature },
    signingKey: signingKey(KEY.secretAccessKey, SCOPE),
  });
  const CHUNK = 'a'.repeat(65_536);

  test('a payload in signed chunks', () => {
    const signatures = new ChunkSignatures(seed('4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9'));
    const decoder = new ChunkDecoder('STREAMING-AWS4-HMAC-SHA256-PAYLOAD', signatures);
    const payload = [
      `10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n${CHUNK}\r\n`,
      `400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n${'a'.repeat(1024)}\r\n`,
      '0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n',
    ];
    const data = payload.flatMap((text) => [...decoder.decode(Buffer.from(text))]);
    decoder.end();
    expect(Buffer.concat(data).length).toBe(66_560);
  });

  test('a payload in signed chunks with a trailer', () => {
    const signatures = new ChunkSignatures(seed('106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e'));
    const decoder = new ChunkDecoder('STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', signatures);
    const payload = [
      `10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n${CHUNK}\r\n`,
      `400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n${'a'.repeat(1024)}\r\n`,
      '0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n',
      'x-amz-checksum-crc32c:sOO8/Q==\r\n',
      'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n',
    ];
    const data = payload.flatMap((text) => [...decoder.decode(Buffer.from(text))]);
    decoder.end();
    expect(Buffer.concat(data).length).toBe(66_560);
    expect(decoder.trailers).toEqual({ 'x-amz-checksum-crc32c': 'sOO8/Q==' });
  });
});

describe('a signed header is refused', () => {
  const sign = (
    request: Parameters<typeof signHeaders>[0],
    payloadHash = EMPTY,
  ): Parameters<typeof verifyHeader>[0] => ({
    ...request,
    headers: {
      ...request.headers,
      ...signHeaders(request, { key: KEY, region: 'eu-central-1', time: TIME, payloadHash }),
    },
  });
  const signed = sign(get);
  const later = new Date(TIME.getTime() + 15 * 60_000 + 1000);
  const withHeaders = (headers: Record<string, string | undefined>) => ({
    ...signed,
    headers: JSON.parse(JSON.stringify({ ...signed.headers, ...headers })),
  });
  const authorization = signed.headers.authorization!;

  test.each([
    ['another method', { ...signed, method: 'HEAD' }, TIME, 'SignatureDoesNotMatch'],
    ['another path', { ...signed, path: '/test.txt/' }, TIME, 'SignatureDoesNotMatch'],
    ['one more parameter', { ...signed, query: [['acl', '']] as const }, TIME, 'SignatureDoesNotMatch'],
    ['another value of a signed header', withHeaders({ range: 'bytes=0-1' }), TIME, 'SignatureDoesNotMatch'],
    ['an x-amz- header that is not signed', withHeaders({ 'x-amz-acl': 'public-read' }), TIME, 'AccessDenied'],
    ['a clock that is off', signed, later, 'RequestTimeTooSkewed'],
    ['no date', withHeaders({ 'x-amz-date': undefined }), TIME, 'AccessDenied'],
    [
      'an unknown key',
      withHeaders({ authorization: authorization.replace('AKIA', 'AKIB') }),
      TIME,
      'InvalidAccessKeyId',
    ],
    [
      'another day than its date',
      withHeaders({ authorization: authorization.replace('/20130524/', '/20130525/') }),
      TIME,
      'AuthorizationHeaderMalformed',
    ],
    [
      'another service',
      withHeaders({ authorization: authorization.replace('/s3/', '/ec2/') }),
      TIME,
      'AuthorizationHeaderMalformed',
    ],
    [
      'no signature',
      withHeaders({ authorization: authorization.replace(/, Signature.*/, '') }),
      TIME,
      'AuthorizationHeaderMalformed',
    ],
    ['no payload hash', withHeaders({ 'x-amz-content-sha256': undefined }), TIME, 'InvalidRequest'],
  ])('%s', (_name, request, now, code) => {
    expect(refusalOf(() => verifyHeader(request, { now, secretOf })).code).toBe(code);
  });

  test('with what should have been signed, so that a client can be repaired', () => {
    const { details } = refusalOf(() => verifyHeader({ ...signed, method: 'PUT' }, { now: TIME, secretOf }));
    expect(details).toMatchObject({
      AWSAccessKeyId: KEY.accessKeyId,
      CanonicalRequest: expect.stringMatching(/^PUT\n/),
    });
    expect(JSON.stringify(details)).not.toContain(KEY.secretAccessKey);
  });
});

describe('a presigned request is refused', () => {
  const request = { method: 'GET', path: '/a b/ü//../x', query: [['versionId', 'v+/=']] as const, headers: { host } };
  const target = presign(request, { key: KEY, region: 'us-east-1', time: TIME, expiresIn: 60 });
  const query = [...new URL(target, 'http://x').searchParams];
  const changed = (name: string, value?: string) => ({
    ...request,
    query: query.flatMap((pair) =>
      pair[0] !== name ? [pair] : value === undefined ? [] : [[name, value] as [string, string]],
    ),
  });
  const at = (seconds: number): Date => new Date(TIME.getTime() + seconds * 1000);

  test('not while it holds', () => {
    expect(verifyQuery({ ...request, query }, { now: at(59), secretOf }).accessKeyId).toBe(KEY.accessKeyId);
  });

  test.each([
    ['when it has expired', { ...request, query }, 60, 'AccessDenied', /expired/],
    ['long before its time', { ...request, query }, -16 * 60, 'AccessDenied', /not yet valid/],
    ['with another version', changed('versionId', 'other'), 1, 'SignatureDoesNotMatch', /./],
    ['with a longer life', changed('X-Amz-Expires', '600'), 1, 'SignatureDoesNotMatch', /./],
    [
      'with a life of more than a week',
      changed('X-Amz-Expires', '604801'),
      1,
      'AuthorizationQueryParametersError',
      /week/,
    ],
    ['with a negative life', changed('X-Amz-Expires', '-1'), 1, 'AuthorizationQueryParametersError', /non-negative/],
    ['with a life that is no number', changed('X-Amz-Expires', 'x'), 1, 'AuthorizationQueryParametersError', /number/],
    ['without a date', changed('X-Amz-Date'), 1, 'AuthorizationQueryParametersError', /requires/],
    [
      'with another algorithm',
      changed('X-Amz-Algorithm', 'NONE'),
      1,
      'AuthorizationQueryParametersError',
      /only supports/,
    ],
    [
      'with an x-amz- header that was not signed',
      { ...request, query, headers: { host, 'x-amz-acl': 'private' } },
      1,
      'AccessDenied',
      /not signed/,
    ],
  ])('%s', (_name, changedRequest, seconds, code, message) => {
    const refusal = refusalOf(() => verifyQuery(changedRequest, { now: at(seconds), secretOf }));
    expect(refusal).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('chunks', () => {
  const unsigned = (text: string): { content: string; trailers: Record<string, string> } => {
    const decoder = new ChunkDecoder('STREAMING-UNSIGNED-PAYLOAD-TRAILER', undefined);
    // One byte at a time, so that every boundary falls between two pieces.
    const content = [...Buffer.from(text)].flatMap((byte) => [...decoder.decode(Buffer.of(byte))]);
    decoder.end();
    return { content: Buffer.concat(content).toString(), trailers: decoder.trailers };
  };

  test('are joined, and what trails is read', () => {
    expect(unsigned('5\r\nhello\r\n1\r\n!\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n')).toEqual({
      content: 'hello!',
      trailers: { 'x-amz-checksum-crc32': 'AAAAAA==' },
    });
  });

  test.each([
    ['breaks off in a chunk', '5\r\nhel', 'IncompleteBody'],
    ['has no last chunk', '5\r\nhello\r\n', 'IncompleteBody'],
    ['has a chunk that is longer than it says', '5\r\nhello!\r\n0\r\n\r\n', 'InvalidRequest'],
    ['has a size that is none', 'zz\r\nhello\r\n0\r\n\r\n', 'InvalidRequest'],
    ['has a trailer without a name', '0\r\nfoo\r\n\r\n', 'MalformedTrailerError'],
    ['has a line that does not end', `5;${'x'.repeat(5000)}`, 'InvalidRequest'],
  ])('are refused when the payload %s', (_name, text, code) => {
    expect(refusalOf(() => unsigned(text)).code).toBe(code);
  });
});
