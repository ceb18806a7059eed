import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAclCommand,
  HeadObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
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

async function uploaded(Key: string): Promise<CompleteMultipartUploadCommand> {
  const { UploadId } = await served.owner.send(new CreateMultipartUploadCommand({ Bucket, Key, ACL: 'public-read' }));
  const part = { Bucket, Key, UploadId, PartNumber: 1 };
  const { ETag, ChecksumCRC32 } = await served.owner.send(new UploadPartCommand({ ...part, Body: 'content' }));
  const Parts = [{ PartNumber: 1, ETag, ChecksumCRC32 }];
  return new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } });
}

const grants = async (Key: string): Promise<number> =>
  (await served.owner.send(new GetObjectAclCommand({ Bucket, Key }))).Grants?.length ?? 0;

test('a completion that is asked for twice is answered twice, and the object keeps its access control list', async () => {
  const complete = await uploaded('twice');
  const first = await served.owner.send(complete);
  const second = await served.owner.send(complete);
  expect(second.ETag).toBe(first.ETag);
  expect(second.ETag).toMatch(/-1"$/);
  expect(await grants('twice')).toBe(2);
});

test('a completion with other parts than before is refused, and the object stays', async () => {
  const complete = await uploaded('other');
  const { ETag } = await served.owner.send(complete);
  const other = new CompleteMultipartUploadCommand({
    ...complete.input,
    MultipartUpload: { Parts: [{ PartNumber: 2, ETag: '"0123456789abcdef0123456789abcdef"' }] },
  });
  expect(await refusal(served.owner.send(other))).toEqual([404, 'NoSuchUpload']);
  expect((await served.owner.send(new HeadObjectCommand({ Bucket, Key: 'other' }))).ETag).toBe(ETag);
});
