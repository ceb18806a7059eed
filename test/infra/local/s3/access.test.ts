import * as s3 from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { VirtualClock } from '../../../../shared/core/clock.ts';
import { codeOf, OTHER, OWNER, refusal, Served } from './served.ts';

let served: Served;
// Signatures are made by the machine's clock; the server's begins there too and can be turned.
const clock = new VirtualClock(new Date());

beforeAll(async () => {
  served = await Served.start(clock);
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

async function withObject(
  ACL?: s3.ObjectCannedACL,
  bucketAcl?: s3.BucketCannedACL,
): Promise<{ Bucket: string; Key: string }> {
  const Bucket = await newBucket({ ACL: bucketAcl });
  await served.owner.send(new s3.PutObjectCommand({ Bucket, Key: 'k', Body: 'content', ACL }));
  return { Bucket, Key: 'k' };
}

const DENIED = [403, 'AccessDenied'];
const policy = (Bucket: string, statement: object): s3.PutBucketPolicyCommand =>
  new s3.PutBucketPolicyCommand({
    Bucket,
    Policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: '*', Resource: `arn:aws:s3:::${Bucket}/*`, ...statement }],
    }),
  });

describe('lists of access', () => {
  test.each<[s3.ObjectCannedACL, boolean, boolean]>([
    ['private', false, false],
    ['public-read', true, true],
    ['authenticated-read', false, true],
  ])('an object that is %s', async (acl, anyone, other) => {
    const object = await withObject(acl);
    for (const [client, allowed] of [
      [served.anyone, anyone],
      [served.other, other],
      [served.owner, true],
    ] as const) {
      const read = client.send(new s3.GetObjectCommand(object)).then(({ Body }) => Body!.transformToString());
      if (allowed) expect(await read).toBe('content');
      else expect(await refusal(read)).toEqual(DENIED);
    }
  });

  test('a bucket that all may write to belongs to its owner, and what is put there to who put it', async () => {
    const { Bucket, Key } = await withObject(undefined, 'public-read-write');
    await served.other.send(new s3.PutObjectCommand({ Bucket, Key: 'theirs', Body: 'x' }));
    expect((await served.other.send(new s3.GetObjectAclCommand({ Bucket, Key: 'theirs' }))).Owner?.ID).toBe(
      OTHER.account.id,
    );
    expect(await refusal(served.other.send(new s3.GetObjectCommand({ Bucket, Key })))).toEqual(DENIED);
    expect(await refusal(served.other.send(new s3.DeleteBucketCommand({ Bucket })))).toEqual(DENIED);
    expect((await served.anyone.send(new s3.ListObjectsCommand({ Bucket }))).Contents).toHaveLength(2);
  });

  test('a list is put and read as a document, with ids and addresses', async () => {
    const object = await withObject();
    const grants = [
      { Grantee: { Type: 'CanonicalUser', ID: OTHER.account.id }, Permission: 'READ' },
      { Grantee: { Type: 'AmazonCustomerByEmail', EmailAddress: 'other@example.com' }, Permission: 'READ_ACP' },
    ] as s3.Grant[];
    const AccessControlPolicy = { Owner: { ID: OWNER.account.id }, Grants: grants };
    await served.owner.send(new s3.PutObjectAclCommand({ ...object, AccessControlPolicy }));
    const { Grants } = await served.other.send(new s3.GetObjectAclCommand(object));
    expect(Grants?.map(({ Grantee, Permission }) => [Grantee?.Type, Grantee?.ID, Permission])).toEqual([
      ['CanonicalUser', OTHER.account.id, 'READ'],
      ['CanonicalUser', OTHER.account.id, 'READ_ACP'],
    ]);
    expect(await refusal(served.other.send(new s3.PutObjectAclCommand({ ...object, ACL: 'public-read' })))).toEqual(
      DENIED,
    );
  });

  test.each<[string, Partial<s3.PutObjectAclCommandInput>, string]>([
    ['names nobody that there is', { GrantRead: 'id="nobody"' }, 'InvalidArgument'],
    [
      'names an address of nobody',
      { GrantRead: 'emailAddress="nobody@example.com"' },
      'UnresolvableGrantByEmailAddress',
    ],
    ['names no group that there is', { GrantRead: 'uri="http://example.com/"' }, 'InvalidArgument'],
    ['is said twice', { ACL: 'private', GrantRead: `id=${OTHER.account.id}` }, 'InvalidRequest'],
    ['is no canned one', { ACL: 'open' as never }, 'InvalidArgument'],
  ])('a list is refused that %s', async (_name, input, code) => {
    expect(await refusal(served.owner.send(new s3.PutObjectAclCommand({ ...(await withObject()), ...input })))).toEqual(
      [400, code],
    );
  });

  test('a new version of an object does not inherit the list of the one before', async () => {
    const object = await withObject('public-read');
    await served.owner.send(new s3.PutObjectCommand({ ...object, Body: 'second' }));
    expect(await refusal(served.anyone.send(new s3.GetObjectCommand(object)))).toEqual(DENIED);
  });

  test('a list does not outlive its object past the endpoint', async () => {
    const { Bucket, Key } = await withObject('public-read');
    await served.server.storage.deleteObject(Bucket, Key);
    await served.server.storage.putObject(Bucket, Key, Buffer.from('other'));
    expect(await refusal(served.anyone.send(new s3.GetObjectCommand({ Bucket, Key })))).toEqual(DENIED);
  });

  test('with the owner enforced there are none', async () => {
    const Bucket = await newBucket({ ObjectOwnership: 'BucketOwnerEnforced' });
    expect(
      await refusal(served.owner.send(new s3.PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ACL: 'public-read' }))),
    ).toEqual([400, 'AccessControlListNotSupported']);
    expect(await refusal(served.owner.send(new s3.PutBucketAclCommand({ Bucket, ACL: 'public-read' })))).toEqual([
      400,
      'AccessControlListNotSupported',
    ]);
  });
});

describe('policies', () => {
  test('let others do what they name, and nothing else', async () => {
    const { Bucket, Key } = await withObject();
    await served.owner.send(policy(Bucket, { Action: 's3:GetObject' }));
    expect(await (await served.anyone.send(new s3.GetObjectCommand({ Bucket, Key }))).Body!.transformToString()).toBe(
      'content',
    );
    expect(await refusal(served.anyone.send(new s3.PutObjectCommand({ Bucket, Key, Body: 'x' })))).toEqual(DENIED);
    expect(await refusal(served.anyone.send(new s3.GetObjectCommand({ Bucket, Key: 'absent' })))).toEqual(DENIED);
    expect((await served.owner.send(new s3.GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus?.IsPublic).toBe(
      true,
    );
  });

  test('deny even the owner, who can still remove them', async () => {
    const { Bucket, Key } = await withObject();
    await served.owner.send(
      policy(Bucket, {
        Effect: 'Deny',
        Action: 's3:*',
        Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
      }),
    );
    expect(await refusal(served.owner.send(new s3.GetObjectCommand({ Bucket, Key })))).toEqual(DENIED);
    await served.owner.send(new s3.DeleteBucketPolicyCommand({ Bucket }));
    await served.owner.send(new s3.GetObjectCommand({ Bucket, Key })).then(({ Body }) => Body!.transformToByteArray());
  });

  test.each<[string, object, boolean]>([
    ['a prefix that is asked for', { StringLike: { 's3:prefix': 'pub*' } }, true],
    ['another prefix', { StringEquals: { 's3:prefix': 'private' } }, false],
    ['the loopback', { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }, true],
    ['other addresses', { NotIpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }, false],
    ['a header that is not there', { StringEquals: { 'aws:Referer': 'x' } }, false],
    ['a header, if it is there', { StringEqualsIfExists: { 'aws:Referer': 'x' } }, true],
    ['the absence of one', { Null: { 'aws:Referer': 'true' } }, true],
    ['a number of keys', { NumericLessThanEquals: { 's3:max-keys': '10' } }, true],
  ])('hold under conditions: %s', async (_name, Condition, allowed) => {
    const { Bucket } = await withObject();
    await served.owner.send(policy(Bucket, { Action: 's3:ListBucket', Resource: `arn:aws:s3:::${Bucket}`, Condition }));
    const list = served.other.send(new s3.ListObjectsV2Command({ Bucket, Prefix: 'public', MaxKeys: 5 }));
    if (allowed) expect((await list).KeyCount).toBe(0);
    else expect(await refusal(list)).toEqual(DENIED);
  });

  test('look at the tags of the object', async () => {
    const { Bucket, Key } = await withObject();
    await served.owner.send(
      policy(Bucket, { Action: 's3:GetObject', Condition: { StringEquals: { 's3:ExistingObjectTag/open': 'yes' } } }),
    );
    expect(await refusal(served.other.send(new s3.GetObjectCommand({ Bucket, Key })))).toEqual(DENIED);
    await served.owner.send(
      new s3.PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: 'open', Value: 'yes' }] } }),
    );
    await served.other.send(new s3.GetObjectCommand({ Bucket, Key })).then(({ Body }) => Body!.transformToByteArray());
  });

  test.each([
    ['that is no JSON', 'x'],
    ['without a principal', '{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}'],
    [
      'about another bucket',
      '{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::else/*"}}',
    ],
    [
      'with an operator that there is not',
      '{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Maybe":{"a":"b"}}}}',
    ],
  ])('are refused %s', async (_name, Policy) => {
    expect(
      await refusal(served.owner.send(new s3.PutBucketPolicyCommand({ Bucket: await newBucket(), Policy }))),
    ).toEqual([400, 'MalformedPolicy']);
  });

  test('the block of public access outweighs lists and policies', async () => {
    const { Bucket, Key } = await withObject('public-read');
    await served.owner.send(policy(Bucket, { Action: 's3:GetObject' }));
    const PublicAccessBlockConfiguration = {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    };
    await served.owner.send(new s3.PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
    expect(await refusal(served.anyone.send(new s3.GetObjectCommand({ Bucket, Key })))).toEqual(DENIED);
    expect(await refusal(served.owner.send(new s3.PutObjectAclCommand({ Bucket, Key, ACL: 'public-read' })))).toEqual(
      DENIED,
    );
    expect(await refusal(served.owner.send(policy(Bucket, { Action: 's3:GetObject' })))).toEqual(DENIED);
  });
});

describe('the lock', () => {
  test('keeps a version until its time, and with a hold for longer', async () => {
    const Bucket = await newBucket({ ObjectLockEnabledForBucket: true });
    const object = { Bucket, Key: 'k' };
    const RetainUntilDate = new Date(clock.now().getTime() + 3_600_000);
    const { VersionId } = await served.owner.send(
      new s3.PutObjectCommand({
        ...object,
        Body: 'x',
        ObjectLockMode: 'GOVERNANCE',
        ObjectLockRetainUntilDate: RetainUntilDate,
      }),
    );
    const remove = (BypassGovernanceRetention?: boolean) =>
      served.owner.send(new s3.DeleteObjectCommand({ ...object, VersionId, BypassGovernanceRetention }));
    expect(await refusal(remove())).toEqual(DENIED);
    await served.owner.send(new s3.PutObjectLegalHoldCommand({ ...object, LegalHold: { Status: 'ON' } }));
    expect(await refusal(remove(true))).toEqual(DENIED);
    await served.owner.send(new s3.PutObjectLegalHoldCommand({ ...object, LegalHold: { Status: 'OFF' } }));
    const earlier = { Mode: 'GOVERNANCE' as const, RetainUntilDate: new Date(RetainUntilDate.getTime() - 1000) };
    expect(
      await refusal(served.owner.send(new s3.PutObjectRetentionCommand({ ...object, Retention: earlier }))),
    ).toEqual(DENIED);
    await remove(true);
    expect(await refusal(served.owner.send(new s3.HeadObjectCommand(object)))).toEqual([404, 'NotFound']);
  });
});

describe('presigned URLs', () => {
  test('let anyone make the request until they expire, and change nothing of it', async () => {
    const object = await withObject();
    const command = new s3.GetObjectCommand({
      ...object,
      ResponseContentType: 'text/x',
      ResponseContentDisposition: 'attachment; filename="ü"',
    });
    const url = await getSignedUrl(served.owner, command, { expiresIn: 60 });
    const answer = await fetch(url);
    expect([answer.status, await answer.text(), answer.headers.get('content-type')]).toEqual([
      200,
      'content',
      'text/x',
    ]);
    const tampered = [
      url.replace('text%2Fx', 'text%2Fy'),
      url.replace('/k?', '/l?'),
      url.replace('Expires=60', 'Expires=6000'),
      url.replace(/Signature=./, 'Signature=g'),
    ];
    for (const target of tampered)
      expect([(await fetch(target)).status, codeOf(await (await fetch(target)).text())]).toEqual([
        403,
        'SignatureDoesNotMatch',
      ]);
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
    const short = await getSignedUrl(served.owner, new s3.GetObjectCommand(object), {
      expiresIn: 60,
      signingDate: new Date(clock.now().getTime() - 61_000),
    });
    const expired = await fetch(short);
    expect([expired.status, await expired.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
  });

  test('of the store itself work at its endpoint', async () => {
    const Bucket = await newBucket();
    const { storage } = served.server;
    const headers = { 'content-type': 'text/plain' };
    const put = await storage.presignUrl(Bucket, 'a b/ü', { method: 'PUT', expiresIn: 60_000, headers });
    expect((await fetch(put, { method: 'PUT', body: 'x', headers })).status).toBe(200);
    expect((await fetch(put, { method: 'PUT', body: 'x', headers: { 'content-type': 'text/html' } })).status).toBe(403);
    const get = await storage.presignUrl(Bucket, 'a b/ü', { method: 'GET', expiresIn: 60_000 });
    expect(await (await fetch(get)).text()).toBe('x');
  });

  test('carry headers in the query, as SDKs put them there', async () => {
    const Bucket = await newBucket();
    const command = new s3.PutObjectCommand({ Bucket, Key: 'k', ACL: 'public-read', Metadata: { note: 'x' } });
    const url = await getSignedUrl(served.owner, command);
    expect(url).toContain('x-amz-meta-note=x');
    expect((await fetch(url, { method: 'PUT', body: 'content' })).status).toBe(200);
    const answer = await fetch(`${served.url}/${Bucket}/k`);
    expect([answer.headers.get('x-amz-meta-note'), await answer.text()]).toEqual(['x', 'content']);
  });

  test('headers of an answer are for those who sign', async () => {
    const { Bucket } = await withObject('public-read');
    const answer = await fetch(`${served.url}/${Bucket}/k?response-content-type=x/y`);
    expect([answer.status, codeOf(await answer.text())]).toEqual([400, 'InvalidRequest']);
  });

  test('a header of an answer cannot begin another one', async () => {
    const object = await withObject();
    const url = await getSignedUrl(
      served.owner,
      new s3.GetObjectCommand({ ...object, ResponseContentType: 'a\r\nset-cookie: b' }),
    );
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([400, null]);
  });
});

describe('forms', () => {
  async function post(
    Bucket: string,
    { change = {}, content = 'content' }: { change?: Record<string, string>; content?: string } = {},
  ) {
    const { url, fields } = await createPresignedPost(served.owner, {
      Bucket,
      Key: 'up/$' + '{filename}',
      Conditions: [
        ['content-length-range', 2, 10],
        ['starts-with', '$x-amz-meta-note', 'n'],
        ['starts-with', '$success_action_status', ''],
        ['starts-with', '$success_action_redirect', ''],
      ],
      Fields: { 'x-amz-meta-note': 'note' },
      Expires: 60,
    });
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...fields, ...change })) form.append(name, value);
    form.append('file', new Blob([content]), 'n.txt');
    return fetch(url, { method: 'POST', body: form, redirect: 'manual' });
  }

  test('put the file under its own name', async () => {
    const Bucket = await newBucket();
    expect((await post(Bucket, { change: { success_action_status: '' } })).status).toBe(204);
    const head = await served.owner.send(new s3.HeadObjectCommand({ Bucket, Key: 'up/n.txt' }));
    expect([head.ContentLength, head.Metadata]).toEqual([7, { note: 'note' }]);
  });

  test('answer as they were asked to', async () => {
    const Bucket = await newBucket();
    const created = await post(Bucket, { change: { success_action_status: '201' } });
    expect([created.status, await created.text()]).toEqual([201, expect.stringContaining('<Key>up/n.txt</Key>')]);
    const redirect = await post(Bucket, { change: { success_action_redirect: 'http://example.com/done?a=b' } });
    expect(redirect.status).toBe(303);
    expect(redirect.headers.get('location')).toMatch(
      /^http:\/\/example.com\/done\?a=b&bucket=.*&key=up%2Fn.txt&etag=%22[0-9a-f]{32}%22$/,
    );
  });

  test.each<[string, Parameters<typeof post>[1], number, string]>([
    ['a file that is too large', { content: 'x'.repeat(11) }, 400, 'EntityTooLarge'],
    ['a file that is too small', { content: 'x' }, 400, 'EntityTooSmall'],
    ['a field that no condition covers', { change: { acl: 'public-read' } }, 403, 'AccessDenied'],
    ['a field against its condition', { change: { 'x-amz-meta-note': 'x' } }, 403, 'AccessDenied'],
    ['another key', { change: { key: 'else' } }, 403, 'AccessDenied'],
    ['another policy', { change: { Policy: Buffer.from('{}').toString('base64') } }, 403, 'SignatureDoesNotMatch'],
    ['another signature', { change: { 'X-Amz-Signature': '0'.repeat(64) } }, 403, 'SignatureDoesNotMatch'],
    [
      'an unknown key id',
      { change: { 'X-Amz-Credential': 'x/20260101/us-east-1/s3/aws4_request' } },
      403,
      'InvalidAccessKeyId',
    ],
    ['no key', { change: { key: '' } }, 400, 'InvalidArgument'],
  ])('are refused with %s, and nothing is stored', async (_name, options, status, code) => {
    const Bucket = await newBucket();
    const answer = await post(Bucket, options);
    expect([answer.status, codeOf(await answer.text())]).toEqual([status, code]);
    expect((await served.owner.send(new s3.ListObjectsCommand({ Bucket }))).Contents).toBeUndefined();
  });

  test('of anyone go into a bucket that all may write to, and into no other', async () => {
    for (const [ACL, status] of [
      ['public-read-write', 204],
      ['private', 403],
    ] as const) {
      const Bucket = await newBucket({ ACL });
      const form = new FormData();
      form.append('key', 'k');
      form.append('file', new Blob(['x']));
      expect((await fetch(`${served.url}/${Bucket}`, { method: 'POST', body: form })).status).toBe(status);
    }
  });

  test('of the store itself work at its endpoint', async () => {
    const Bucket = await newBucket();
    const { url, fields } = await served.server.storage.presignPost(Bucket, 'k', 60_000, [
      { kind: 'Exact', field: 'Content-Type', value: 'text/x' },
    ]);
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob(['x']));
    expect((await fetch(url, { method: 'POST', body: form })).status).toBe(204);
    expect((await served.owner.send(new s3.HeadObjectCommand({ Bucket, Key: 'k' }))).ContentType).toBe('text/x');
  });
});
