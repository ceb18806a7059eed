import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { LocalHost } from '../../../../infra/local/host.ts';

test("a host serves its store beside its gateway, with a key that is its owner's alone", async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-s3-host-'));
  const host = await LocalHost.start({ directory, port: 0 });
  await host.invoke('storage.createBucket', { name: 'models' });
  const { url } = (await host.invoke('storage.generatePresignedUrl', {
    bucket: 'models',
    key: 'a b',
    method: 'PUT',
    expires: 'PT1M',
  })) as { url: string };
  expect(url.startsWith(`${host.storageUrl}/models/a%20b?`)).toBe(true);
  expect((await fetch(url, { method: 'PUT', body: 'content' })).status).toBe(200);
  const path = join(directory, 's3-key.json');
  expect(statSync(path).mode & 0o077).toBe(0);
  const credentials = JSON.parse(readFileSync(path, 'utf8'));
  const client = new S3Client({ endpoint: host.storageUrl!, region: 'us-east-1', credentials, forcePathStyle: true });
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'models', Key: 'a b' }));
  expect(await Body!.transformToString()).toBe('content');
  client.destroy();
  await host.close();
  rmSync(directory, { recursive: true });
});
