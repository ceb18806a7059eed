import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  ChecksumAlgorithm,
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { refusal, Served } from './served.ts';

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

const put = (Key: string, more: Partial<PutObjectCommandInput> = {}) =>
  served.owner.send(new PutObjectCommand({ Bucket, Key, Body: 'content', ...more }));
const get = (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  served.owner.send(new GetObjectCommand({ Bucket, Key, ...more }));
const text = async (Key: string, more?: Partial<GetObjectCommandInput>): Promise<string> =>
  (await get(Key, more)).Body!.transformToString();

describe('keys are stored as they are', () => {
  test.each([
    'a',
    ' ',
    'a b',
    'a+b',
    'ü/é',
    '../up',
    './x',
    'a//b',
    '/lead',
    'trail/',
    '%41',
    'a?b',
    'a#b',
    '"',
    '<&>',
    "'",
    '*(!)',
    '日本',
    'x'.repeat(1024),
    '\u0001\n',
  ])('%j', async (Key) => {
    await put(Key, { Body: Key });
    expect(await text(Key)).toBe(Key);
    await served.owner.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await refusal(get(Key))).toEqual([404, 'NoSuchKey']);
  });

  test('but not longer than 1,024 bytes of UTF-8', async () => {
    expect(await refusal(put(`${'x'.repeat(1023)}é`))).toEqual([400, 'KeyTooLongError']);
  });
});

describe('what is kept with an object', () => {
  test('its headers and metadata come back', async () => {
    const kept = {
      CacheControl: 'max-age=1',
      ContentDisposition: 'attachment; filename="ü.txt"',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      ContentType: 'text/plain; charset=utf-8',
      Metadata: { one: '1', empty: '' },
      StorageClass: 'STANDARD_IA' as const,
    };
    await put('kept', { ...kept, ContentDisposition: 'attachment' });
    const { Body, ...answer } = await get('kept');
    await Body!.transformToByteArray();
    expect(answer).toMatchObject({ ...kept, ContentDisposition: 'attachment' });
  });

  test('metadata beyond ASCII comes back as an encoded word', async () => {
    await served.server.storage.putObject(Bucket, 'word', Buffer.from(''), { metadata: { name: 'größe' } });
    const { Metadata } = await served.owner.send(new HeadObjectCommand({ Bucket, Key: 'word' }));
    expect(Metadata?.name).toBe(`=?UTF-8?B?${Buffer.from('größe').toString('base64')}?=`);
  });

  test('more than 2 KB of metadata are refused', async () => {
    expect(await refusal(put('large', { Metadata: { a: 'x'.repeat(2048) } }))).toEqual([400, 'MetadataTooLarge']);
  });

  test('a storage class that there is not is refused', async () => {
    expect(await refusal(put('class', { StorageClass: 'ICE' as never }))).toEqual([400, 'InvalidStorageClass']);
  });

  test('tags are written with it, replaced and counted', async () => {
    await put('tagged', { Tagging: 'a=1&b=x%20y' });
    expect((await get('tagged')).TagCount).toBe(2);
    const Tagging = { TagSet: [{ Key: 'c', Value: '' }] };
    await served.owner.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging }));
    expect((await served.owner.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }))).TagSet).toEqual(
      Tagging.TagSet,
    );
  });

  test.each([
    [
      'a key that comes twice',
      [
        ['a', '1'],
        ['a', '2'],
      ],
      'InvalidTag',
    ],
    ['a key of 129 characters', [['k'.repeat(129), '']], 'InvalidTag'],
    ['a value of 257 characters', [['k', 'v'.repeat(257)]], 'InvalidTag'],
    ['a reserved key', [['aws:x', '']], 'InvalidTag'],
    ['eleven tags', [...Array(11)].map((_, index) => [`k${index}`, '']), 'BadRequest'],
  ])('tags are refused with %s', async (_name, pairs, code) => {
    await put('tags');
    const TagSet = pairs.map(([Key, Value]) => ({ Key, Value }));
    expect(
      await refusal(served.owner.send(new PutObjectTaggingCommand({ Bucket, Key: 'tags', Tagging: { TagSet } }))),
    ).toEqual([400, code]);
  });
});

describe('conditions', () => {
  const past = new Date(Date.now() - 100_000);
  const future = new Date(Date.now() + 100_000);

  test.each<[string, Partial<GetObjectCommandInput>, number]>([
    ['If-Match of another', { IfMatch: '"x"' }, 412],
    ['If-None-Match of this one', { IfNoneMatch: '"9a0364b9e99bb480dd25e1f0284c8555"' }, 304],
    ['If-None-Match of any', { IfNoneMatch: '*' }, 304],
    ['If-Modified-Since now', { IfModifiedSince: future }, 304],
    ['If-Unmodified-Since long ago', { IfUnmodifiedSince: past }, 412],
  ])('a read fails on %s', async (_name, condition, status) => {
    await put('read');
    expect((await refusal(get('read', condition)))[0]).toBe(status);
  });

  test.each<[string, Partial<GetObjectCommandInput>]>([
    ['If-Match of this one', { IfMatch: '"9a0364b9e99bb480dd25e1f0284c8555"' }],
    [
      'If-Match, which outweighs If-Unmodified-Since',
      { IfMatch: '"9a0364b9e99bb480dd25e1f0284c8555"', IfUnmodifiedSince: past },
    ],
    ['If-None-Match of another, which outweighs If-Modified-Since', { IfNoneMatch: '"x"', IfModifiedSince: future }],
    ['If-Modified-Since long ago', { IfModifiedSince: past }],
  ])('a read holds with %s', async (_name, condition) => {
    await put('read');
    expect(await text('read', condition)).toBe('content');
  });

  test('a write may ask that there is nothing, or exactly this', async () => {
    const { ETag } = await put('write', { IfNoneMatch: '*' });
    expect(await refusal(put('write', { IfNoneMatch: '*' }))).toEqual([412, 'PreconditionFailed']);
    expect(await refusal(put('write', { IfMatch: '"x"' }))).toEqual([412, 'PreconditionFailed']);
    await put('write', { IfMatch: ETag, Body: 'second' });
    expect(await refusal(put('never', { IfMatch: ETag }))).toEqual([404, 'NoSuchKey']);
    expect(await refusal(put('write', { IfNoneMatch: ETag }))).toEqual([501, 'NotImplemented']);
  });

  test('a deletion may ask for exactly this', async () => {
    await put('gone');
    expect(await refusal(served.owner.send(new DeleteObjectCommand({ Bucket, Key: 'gone', IfMatch: '"x"' })))).toEqual([
      412,
      'PreconditionFailed',
    ]);
    expect(await text('gone')).toBe('content');
  });
});

describe('ranges', () => {
  test.each([
    ['bytes=0-2', 'con', 'bytes 0-2/7'],
    ['bytes=4-', 'ent', 'bytes 4-6/7'],
    ['bytes=-2', 'nt', 'bytes 5-6/7'],
    ['bytes=5-100', 'nt', 'bytes 5-6/7'],
    ['bytes=-100', 'content', 'bytes 0-6/7'],
    ['bytes=3-1', 'content', undefined],
    ['lines=0-1', 'content', undefined],
  ])('%s gives %j', async (Range, expected, ContentRange) => {
    await put('range');
    const answer = await get('range', { Range });
    expect(await answer.Body!.transformToString()).toBe(expected);
    expect(answer.ContentRange).toBe(ContentRange);
    expect(answer.$metadata.httpStatusCode).toBe(ContentRange ? 206 : 200);
  });

  test.each(['bytes=7-', 'bytes=100-200', 'bytes=-0'])('%s cannot be satisfied', async (Range) => {
    await put('range');
    expect(await refusal(get('range', { Range }))).toEqual([416, 'InvalidRange']);
  });

  test('no range of an empty object can be', async () => {
    await put('empty', { Body: new Uint8Array() });
    expect(await refusal(get('empty', { Range: 'bytes=0-' }))).toEqual([416, 'InvalidRange']);
  });
});

describe('checksums', () => {
  test.each(
    Object.values(ChecksumAlgorithm).filter((name) =>
      ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'].includes(name),
    ),
  )('%s is checked and kept', async (algorithm) => {
    const written = await put('sum', { ChecksumAlgorithm: algorithm });
    const member = `Checksum${algorithm}` as 'ChecksumSHA256';
    expect(written[member]).toMatch(/=$/);
    const read = await get('sum', { ChecksumMode: 'ENABLED' });
    expect([read[member], read.ChecksumType]).toEqual([written[member], 'FULL_OBJECT']);
    expect(
      await refusal(
        put('sum', {
          [member]: Buffer.alloc(
            algorithm.startsWith('SHA') ? (algorithm === 'SHA1' ? 20 : 32) : algorithm === 'CRC64NVME' ? 8 : 4,
            7,
          ).toString('base64'),
        }),
      ),
    ).toEqual([400, 'BadDigest']);
    expect(await refusal(put('sum', { [member]: 'bad' }))).toEqual([400, 'InvalidRequest']);
  });

  test('a stream is sent in chunks with its checksum behind it', async () => {
    const pieces = [...Array(5).keys()].map((index) => new Uint8Array(50_000).fill(index));
    const body = Readable.from(pieces);
    await put('stream', { Body: body, ContentLength: 250_000, ChecksumAlgorithm: 'SHA256' });
    const { ObjectSize, Checksum } = await served.owner.send(
      new GetObjectAttributesCommand({ Bucket, Key: 'stream', ObjectAttributes: ['ObjectSize', 'Checksum', 'ETag'] }),
    );
    const expected = createHash('sha256');
    for (const piece of pieces) expected.update(piece);
    expect([ObjectSize, Checksum?.ChecksumSHA256]).toEqual([250_000, expected.digest('base64')]);
  });

  test('an MD5 that is another, or none, is refused', async () => {
    expect(await refusal(put('md5', { ContentMD5: Buffer.alloc(16).toString('base64') }))).toEqual([400, 'BadDigest']);
    expect(await refusal(put('md5', { ContentMD5: 'bad' }))).toEqual([400, 'InvalidDigest']);
    expect(await refusal(get('md5'))).toEqual([404, 'NoSuchKey']);
  });
});

describe('encryption', () => {
  const SSECustomerKey = Buffer.alloc(32, 1).toString('base64');
  const SSECustomerKeyMD5 = createHash('md5').update(Buffer.alloc(32, 1)).digest('base64');
  const key = { SSECustomerAlgorithm: 'AES256', SSECustomerKey, SSECustomerKeyMD5 };
  const other = {
    ...key,
    SSECustomerKey: Buffer.alloc(32, 2).toString('base64'),
    SSECustomerKeyMD5: createHash('md5').update(Buffer.alloc(32, 2)).digest('base64'),
  };

  test("with the customer's key only who has it reads", async () => {
    expect((await put('sealed', key)).SSECustomerKeyMD5).toBe(SSECustomerKeyMD5);
    expect(await text('sealed', key)).toBe('content');
    expect(await refusal(get('sealed'))).toEqual([400, 'InvalidRequest']);
    expect(await refusal(get('sealed', other))).toEqual([403, 'AccessDenied']);
    expect((await refusal(served.owner.send(new HeadObjectCommand({ Bucket, Key: 'sealed' }))))[0]).toBe(400);
  });

  test('a key for an object that has none is refused', async () => {
    await put('open');
    expect(await refusal(get('open', key))).toEqual([400, 'InvalidRequest']);
  });

  test.each<[string, Partial<PutObjectCommandInput>, string]>([
    ['another algorithm', { ...key, SSECustomerAlgorithm: 'AES128' }, 'InvalidEncryptionAlgorithmError'],
    ['a key that is too short', { ...key, SSECustomerKey: Buffer.alloc(16).toString('base64') }, 'InvalidArgument'],
    ['an algorithm of the server that there is not', { ServerSideEncryption: 'DES' as never }, 'InvalidArgument'],
    ['a key id without its algorithm', { SSEKMSKeyId: 'key' }, 'InvalidArgument'],
  ])('a write is refused with %s', async (_name, input, code) => {
    expect(await refusal(put('refused', input))).toEqual([400, code]);
  });

  test("with the server's keys the answer names them", async () => {
    expect((await put('own', { ServerSideEncryption: 'AES256' })).ServerSideEncryption).toBe('AES256');
    await put('managed', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'team-key' });
    expect(await served.owner.send(new HeadObjectCommand({ Bucket, Key: 'managed' }))).toMatchObject({
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'team-key',
    });
  });
});

describe('copies', () => {
  const copy = (Key: string, source: string, more = {}) =>
    served.owner.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${source}`, ...more }));

  test('take metadata, headers and tags along, or replace them', async () => {
    await put('from?x', { Metadata: { a: '1' }, ContentType: 'text/x', Tagging: 't=1' });
    await copy('to', encodeURIComponent('from?x'));
    expect(await served.owner.send(new HeadObjectCommand({ Bucket, Key: 'to' }))).toMatchObject({
      Metadata: { a: '1' },
      ContentType: 'text/x',
      TagCount: 1,
    });
    await copy('to', encodeURIComponent('from?x'), {
      MetadataDirective: 'REPLACE',
      Metadata: { b: '2' },
      TaggingDirective: 'REPLACE',
    });
    const replaced = await served.owner.send(new HeadObjectCommand({ Bucket, Key: 'to' }));
    expect([replaced.Metadata, replaced.ContentType, replaced.TagCount]).toEqual([
      { b: '2' },
      'binary/octet-stream',
      undefined,
    ]);
  });

  test.each<[string, string, object, [number, string]]>([
    ['onto itself without a change', 'source', { Key: 'source' }, [400, 'InvalidRequest']],
    ['of what is not there', 'absent', {}, [404, 'NoSuchKey']],
    ['with a directive that there is not', 'source', { MetadataDirective: 'MOVE' }, [400, 'InvalidArgument']],
    ['when the source is another', 'source', { CopySourceIfMatch: '"x"' }, [412, 'PreconditionFailed']],
    [
      'when the source is the same',
      'source',
      { CopySourceIfNoneMatch: '"9a0364b9e99bb480dd25e1f0284c8555"' },
      [412, 'PreconditionFailed'],
    ],
  ])('are refused %s', async (_name, source, more, expected) => {
    await put('source');
    expect(await refusal(copy('target', source, more))).toEqual(expected);
  });
});

describe('many deletions', () => {
  test('tell of each key, and what was not there is deleted too', async () => {
    await put('d1');
    const Objects = ['d1', 'd2', '<&>'].map((Key) => ({ Key }));
    const { Deleted, Errors } = await served.owner.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect([Deleted?.map(({ Key }) => Key), Errors]).toEqual([['d1', 'd2', '<&>'], undefined]);
  });

  test('say nothing when they are to be quiet', async () => {
    const { Deleted } = await served.owner.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'q' }], Quiet: true } }),
    );
    expect(Deleted).toBeUndefined();
  });

  test('are at most 1,000', async () => {
    const Objects = [...Array(1001)].map((_, index) => ({ Key: `k${index}` }));
    expect(await refusal(served.owner.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } })))).toEqual([
      400,
      'MalformedXML',
    ]);
  });
});

describe('versions', () => {
  test('a delete marker hides the object, and says so', async () => {
    const versioned = served.newName();
    await served.owner.send(new CreateBucketCommand({ Bucket: versioned }));
    await served.owner.send(
      new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    const target = { Bucket: versioned, Key: 'k' };
    const { VersionId } = await served.owner.send(new PutObjectCommand({ ...target, Body: 'one' }));
    const marker = await served.owner.send(new DeleteObjectCommand(target));
    expect(marker).toMatchObject({ DeleteMarker: true, VersionId: expect.stringMatching(/./) });
    const missing = await fetch(
      await served.server.storage.presignUrl(versioned, 'k', { method: 'GET', expiresIn: 60_000 }),
    );
    expect([missing.status, missing.headers.get('x-amz-delete-marker')]).toEqual([404, 'true']);
    expect(await refusal(served.owner.send(new GetObjectCommand({ ...target, VersionId: marker.VersionId })))).toEqual([
      405,
      'MethodNotAllowed',
    ]);
    expect(
      await (await served.owner.send(new GetObjectCommand({ ...target, VersionId }))).Body!.transformToString(),
    ).toBe('one');
    await served.owner.send(new DeleteObjectCommand({ ...target, VersionId: marker.VersionId }));
    expect((await served.owner.send(new HeadObjectCommand(target))).VersionId).toBe(VersionId);
  });
});
