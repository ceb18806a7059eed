import * as s3 from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { refusal, Served } from './served.ts';

let served: Served;

beforeAll(async () => {
  served = await Served.start();
});

afterAll(async () => {
  expect(served.unforeseen).toEqual([]);
  await served.close();
});

async function newBucket(more: Partial<s3.CreateBucketCommandInput> = {}): Promise<string> {
  const Bucket = served.newName();
  await served.owner.send(new s3.CreateBucketCommand({ Bucket, ...more }));
  return Bucket;
}

async function bucketOf(keys: string[]): Promise<string> {
  const Bucket = await newBucket();
  for (const Key of keys) await served.owner.send(new s3.PutObjectCommand({ Bucket, Key, Body: 'x' }));
  return Bucket;
}

describe('a bucket', () => {
  test.each([
    'Upper',
    'under_score',
    'ab',
    'dot..dot',
    'dash-.dot',
    '192.168.0.1',
    '-first',
    'last-',
    'xn--a',
    'x'.repeat(64),
  ])('is not made under the name %j', async (Bucket) => {
    expect(await refusal(served.owner.send(new s3.CreateBucketCommand({ Bucket })))).toEqual([
      400,
      'InvalidBucketName',
    ]);
  });

  test('can be made again by its owner, and by nobody else', async () => {
    const Bucket = await newBucket();
    await served.owner.send(new s3.CreateBucketCommand({ Bucket }));
    expect(await refusal(served.other.send(new s3.CreateBucketCommand({ Bucket })))).toEqual([
      409,
      'BucketAlreadyExists',
    ]);
  });

  test('is listed to its owner alone, page by page', async () => {
    const own = [await newBucket(), await newBucket()];
    const { Buckets, ContinuationToken } = await served.owner.send(new s3.ListBucketsCommand({ MaxBuckets: 1 }));
    expect(Buckets).toHaveLength(1);
    const rest = await served.owner.send(new s3.ListBucketsCommand({ ContinuationToken }));
    expect([...Buckets!, ...rest.Buckets!].map(({ Name }) => Name)).toEqual(expect.arrayContaining(own));
    expect((await served.other.send(new s3.ListBucketsCommand({}))).Buckets).toEqual([]);
  });

  test('is deleted only when it is empty', async () => {
    const Bucket = await bucketOf(['a']);
    expect(await refusal(served.owner.send(new s3.DeleteBucketCommand({ Bucket })))).toEqual([409, 'BucketNotEmpty']);
    await served.owner.send(new s3.DeleteObjectCommand({ Bucket, Key: 'a' }));
    await served.owner.send(new s3.DeleteBucketCommand({ Bucket }));
    expect(await refusal(served.owner.send(new s3.HeadBucketCommand({ Bucket })))).toEqual([404, 'NotFound']);
  });

  test('tells where it was made', async () => {
    const Bucket = await newBucket({ CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } });
    expect((await served.owner.send(new s3.GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe('eu-west-1');
    expect((await served.owner.send(new s3.HeadBucketCommand({ Bucket }))).BucketRegion).toBe('eu-west-1');
  });

  test.each<[string, (Bucket: string) => Promise<unknown>, string]>([
    ['tags', (Bucket) => served.owner.send(new s3.GetBucketTaggingCommand({ Bucket })), 'NoSuchTagSet'],
    ['CORS rules', (Bucket) => served.owner.send(new s3.GetBucketCorsCommand({ Bucket })), 'NoSuchCORSConfiguration'],
    [
      'lifecycle',
      (Bucket) => served.owner.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket })),
      'NoSuchLifecycleConfiguration',
    ],
    ['policy', (Bucket) => served.owner.send(new s3.GetBucketPolicyCommand({ Bucket })), 'NoSuchBucketPolicy'],
    [
      'website',
      (Bucket) => served.owner.send(new s3.GetBucketWebsiteCommand({ Bucket })),
      'NoSuchWebsiteConfiguration',
    ],
    [
      'access block',
      (Bucket) => served.owner.send(new s3.GetPublicAccessBlockCommand({ Bucket })),
      'NoSuchPublicAccessBlockConfiguration',
    ],
    [
      'ownership controls',
      (Bucket) => served.owner.send(new s3.GetBucketOwnershipControlsCommand({ Bucket })),
      'OwnershipControlsNotFoundError',
    ],
    [
      'encryption',
      (Bucket) => served.owner.send(new s3.GetBucketEncryptionCommand({ Bucket })),
      'ServerSideEncryptionConfigurationNotFoundError',
    ],
    [
      'lock',
      (Bucket) => served.owner.send(new s3.GetObjectLockConfigurationCommand({ Bucket })),
      'ObjectLockConfigurationNotFoundError',
    ],
  ])('without %s says so', async (_name, request, code) => {
    expect(await refusal(request(await newBucket()))).toEqual([404, code]);
  });

  test('gives back the lifecycle that was put, with what the store cannot enforce', async () => {
    const Bucket = await newBucket();
    const Rules: s3.LifecycleRule[] = [
      { ID: 'logs', Filter: { Prefix: 'logs/' }, Status: 'Enabled', Expiration: { Days: 3 } },
      {
        ID: 'tagged',
        Filter: { And: { Prefix: 'x', Tags: [{ Key: 'a', Value: 'b' }] } },
        Status: 'Enabled',
        Expiration: { Days: 5 },
      },
    ];
    await served.owner.send(
      new s3.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }),
    );
    expect((await served.owner.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules).toEqual(Rules);
    expect((await served.server.storage.getBucketConfig(Bucket)).lifecycleRules).toMatchObject([
      { id: 'logs', prefix: 'logs/', expirationDays: 3 },
    ]);
    const { Expiration } = await served.owner.send(new s3.PutObjectCommand({ Bucket, Key: 'logs/1', Body: 'x' }));
    expect(Expiration).toMatch(/^expiry-date="\w{3}, .* 00:00:00 GMT", rule-id="logs"$/);
    const put = (Tagging?: string) =>
      served.owner.send(new s3.PutObjectCommand({ Bucket, Key: 'x1', Body: 'x', Tagging }));
    expect([(await put()).Expiration, (await put('a=b')).Expiration]).toEqual([
      undefined,
      expect.stringMatching(/rule-id="tagged"$/),
    ]);
  });

  test('answers the question of a browser by its CORS rules', async () => {
    const Bucket = await newBucket();
    const CORSRules = [
      {
        AllowedMethods: ['GET', 'PUT'],
        AllowedOrigins: ['https://*.example.com'],
        AllowedHeaders: ['x-*'],
        MaxAgeSeconds: 60,
      },
    ];
    await served.owner.send(new s3.PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
    expect((await served.owner.send(new s3.GetBucketCorsCommand({ Bucket }))).CORSRules).toEqual(CORSRules);
    const ask = (origin: string, method: string, headers = '') =>
      fetch(`${served.url}/${Bucket}/k`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': method,
          ...(headers && { 'access-control-request-headers': headers }),
        },
      });
    const allowed = await ask('https://app.example.com', 'PUT', 'X-One');
    expect([
      allowed.status,
      allowed.headers.get('access-control-allow-origin'),
      allowed.headers.get('access-control-max-age'),
    ]).toEqual([200, 'https://app.example.com', '60']);
    expect(allowed.headers.get('access-control-allow-headers')).toBe('x-one');
    for (const refused of [
      ask('https://example.org', 'GET'),
      ask('https://app.example.com', 'DELETE'),
      ask('https://app.example.com', 'GET', 'y'),
    ]) {
      expect((await refused).status).toBe(403);
    }
  });
});

describe('a listing', () => {
  const keys = ['a/1', 'a/2', 'b', 'c/x/y', 'd', 'z&<\n', 'é é'];

  test.each<[Partial<s3.ListObjectsCommandInput>, string[], string[]]>([
    [{}, keys, []],
    [{ Prefix: 'a/' }, ['a/1', 'a/2'], []],
    [{ Delimiter: '/' }, ['b', 'd', 'z&<\n', 'é é'], ['a/', 'c/']],
    [{ Delimiter: '/', Prefix: 'c/' }, [], ['c/x/']],
    [{ Delimiter: '/', Marker: 'a/' }, ['b', 'd', 'z&<\n', 'é é'], ['c/']],
    [{ Marker: 'd', EncodingType: 'url' }, ['z%26%3C%0A', '%C3%A9+%C3%A9'], []],
    [{ MaxKeys: 0 }, [], []],
    [{ Delimiter: ' ' }, ['a/1', 'a/2', 'b', 'c/x/y', 'd', 'z&<\n'], ['é ']],
  ])('with %j', async (input, contents, prefixes) => {
    const Bucket = await bucketOf(keys);
    for (const list of [
      new s3.ListObjectsCommand({ Bucket, ...input }),
      new s3.ListObjectsV2Command({ Bucket, ...input, StartAfter: input.Marker }),
    ]) {
      const answer: s3.ListObjectsCommandOutput = await served.owner.send(list as s3.ListObjectsCommand);
      expect((answer.Contents ?? []).map(({ Key }) => Key)).toEqual(contents);
      expect((answer.CommonPrefixes ?? []).map(({ Prefix }) => Prefix)).toEqual(prefixes);
      expect(answer.IsTruncated).toBe(false);
    }
  });

  test.each([1, 2, 3])('comes in pages of %i without losing or repeating anything', async (MaxKeys) => {
    const Bucket = await bucketOf(keys);
    const seen: (string | undefined)[] = [];
    for (let ContinuationToken: string | undefined; ; ) {
      const page: s3.ListObjectsV2CommandOutput = await served.owner.send(
        new s3.ListObjectsV2Command({ Bucket, MaxKeys, Delimiter: '/', ContinuationToken }),
      );
      seen.push(
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
        ...(page.Contents ?? []).map(({ Key }) => Key),
      );
      expect(page.KeyCount).toBeLessThanOrEqual(MaxKeys);
      ContinuationToken = page.NextContinuationToken;
      if (!page.IsTruncated) break;
    }
    expect(seen.sort()).toEqual(['a/', 'b', 'c/', 'd', 'z&<\n', 'é é']);
  });

  test.each<[string, Partial<s3.ListObjectsV2CommandInput>]>([
    ['a negative number of keys', { MaxKeys: -1 }],
    ['an encoding that there is not', { EncodingType: 'gzip' as never }],
    ['a token of somebody else', { ContinuationToken: '!' }],
  ])('is refused with %s', async (_name, input) => {
    expect(
      await refusal(served.owner.send(new s3.ListObjectsV2Command({ Bucket: await newBucket(), ...input }))),
    ).toEqual([400, 'InvalidArgument']);
  });

  test('of versions has them newest first, page by page', async () => {
    const Bucket = await newBucket();
    await served.owner.send(
      new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    const written: (string | undefined)[] = [];
    for (const Key of ['a', 'a', 'b', 'a'])
      written.push((await served.owner.send(new s3.PutObjectCommand({ Bucket, Key, Body: 'x' }))).VersionId);
    await served.owner.send(new s3.DeleteObjectCommand({ Bucket, Key: 'b' }));
    const [first, second, other, third] = written;
    const seen: (string | undefined)[] = [];
    for (let [KeyMarker, VersionIdMarker]: (string | undefined)[] = []; ; ) {
      const page: s3.ListObjectVersionsCommandOutput = await served.owner.send(
        new s3.ListObjectVersionsCommand({ Bucket, MaxKeys: 2, KeyMarker, VersionIdMarker }),
      );
      seen.push(...(page.Versions ?? []).map(({ VersionId }) => VersionId));
      [KeyMarker, VersionIdMarker] = [page.NextKeyMarker, page.NextVersionIdMarker];
      if (!page.IsTruncated) break;
    }
    expect(seen).toEqual([third, second, first, other]);
  });
});

describe('an upload in parts', () => {
  const PART = 5 * 1024 * 1024;

  async function started(more: Partial<s3.CreateMultipartUploadCommandInput> = {}) {
    const Bucket = await newBucket();
    const { UploadId } = await served.owner.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: 'k', ...more }));
    const upload = { Bucket, Key: 'k', UploadId };
    const part = async (PartNumber: number, Body: string | Uint8Array) => {
      const { ETag, ChecksumSHA256 } = await served.owner.send(
        new s3.UploadPartCommand({
          ...upload,
          PartNumber,
          Body,
          ...(more.ChecksumAlgorithm && { ChecksumAlgorithm: more.ChecksumAlgorithm }),
        }),
      );
      return { PartNumber, ETag, ChecksumSHA256 };
    };
    const complete = (Parts: s3.CompletedPart[]) =>
      served.owner.send(new s3.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
    return { upload, part, complete };
  }

  test('by the SDK is read part by part', async () => {
    const Bucket = await newBucket();
    const Body = Buffer.alloc(PART + 3, 7);
    await new Upload({ client: served.owner, params: { Bucket, Key: 'k', Body } }).done();
    const second = await served.owner.send(new s3.GetObjectCommand({ Bucket, Key: 'k', PartNumber: 2 }));
    expect([(await second.Body!.transformToByteArray()).length, second.PartsCount, second.ContentRange]).toEqual([
      3,
      2,
      `bytes ${PART}-${PART + 2}/${PART + 3}`,
    ]);
    expect(await refusal(served.owner.send(new s3.GetObjectCommand({ Bucket, Key: 'k', PartNumber: 3 })))).toEqual([
      416,
      'InvalidPartNumber',
    ]);
    const { ObjectParts } = await served.owner.send(
      new s3.GetObjectAttributesCommand({ Bucket, Key: 'k', ObjectAttributes: ['ObjectParts'] }),
    );
    expect(ObjectParts?.TotalPartsCount).toBe(2);
  });

  test('has a checksum over those of its parts', async () => {
    const { upload, part, complete } = await started({ ChecksumAlgorithm: 'SHA256' });
    const parts = [await part(1, Buffer.alloc(PART)), await part(2, 'end')];
    expect(await refusal(complete(parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }))))).toEqual([
      400,
      'InvalidRequest',
    ]);
    expect((await complete(parts)).ChecksumSHA256).toMatch(/=-2$/);
    const { ChecksumType } = await served.owner.send(
      new s3.HeadObjectCommand({ Bucket: upload.Bucket, Key: 'k', ChecksumMode: 'ENABLED' }),
    );
    expect(ChecksumType).toBe('COMPOSITE');
  });

  test('is refused for parts that are small, out of order, unknown or others', async () => {
    const { part, complete } = await started();
    const [one, two] = [await part(1, 'small'), await part(2, 'end')];
    expect(await refusal(complete([one, two]))).toEqual([400, 'EntityTooSmall']);
    expect(await refusal(complete([two, one]))).toEqual([400, 'InvalidPartOrder']);
    expect(await refusal(complete([one, { ...two, PartNumber: 3 }]))).toEqual([400, 'InvalidPart']);
    expect(await refusal(complete([{ ...one, ETag: '"x"' }]))).toEqual([400, 'InvalidPart']);
    expect(await refusal(complete([]))).toEqual([400, 'MalformedXML']);
    expect(await refusal(part(10_001, ''))).toEqual([400, 'InvalidArgument']);
  });

  test('is listed until it is aborted, and then there is none', async () => {
    const { upload, part } = await started();
    await part(2, 'x');
    await part(1, 'yy');
    const { Parts } = await served.owner.send(new s3.ListPartsCommand({ ...upload }));
    expect(Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 2],
      [2, 1],
    ]);
    const { Uploads } = await served.owner.send(new s3.ListMultipartUploadsCommand({ Bucket: upload.Bucket }));
    expect(Uploads?.map(({ UploadId }) => UploadId)).toEqual([upload.UploadId]);
    await served.owner.send(new s3.AbortMultipartUploadCommand(upload));
    expect(await refusal(served.owner.send(new s3.ListPartsCommand(upload)))).toEqual([404, 'NoSuchUpload']);
  });

  test('takes parts of other objects', async () => {
    const { upload, complete } = await started();
    await served.owner.send(new s3.PutObjectCommand({ Bucket: upload.Bucket, Key: 'from', Body: '0123456789' }));
    const copy = (CopySourceRange: string) =>
      served.owner.send(
        new s3.UploadPartCopyCommand({
          ...upload,
          PartNumber: 1,
          CopySource: `${upload.Bucket}/from`,
          CopySourceRange,
        }),
      );
    for (const range of ['bytes=0', 'bytes=5-2', 'bytes=5-10'])
      expect(await refusal(copy(range))).toEqual([400, 'InvalidArgument']);
    const { CopyPartResult } = await copy('bytes=2-4');
    await complete([{ PartNumber: 1, ETag: CopyPartResult!.ETag }]);
    const { Body } = await served.owner.send(new s3.GetObjectCommand({ Bucket: upload.Bucket, Key: 'k' }));
    expect(await Body!.transformToString()).toBe('234');
  });
});
