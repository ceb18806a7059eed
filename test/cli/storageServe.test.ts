import type { ChildProcess } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { CreateBucketCommand, ListObjectsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, expect, test } from '@jest/globals';
import { Folder } from './cloudlib.ts';

const folder = new Folder({ CLOUDLIB_ACCESS_KEY_ID: 'me', CLOUDLIB_SECRET_ACCESS_KEY: 'my-secret' });
const SERVE = ['storage', 'serve', '--port', '0', '--dir', 'data'];
const running: ChildProcess[] = [];

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await folder.remove();
});

/** Serves the folder `data`, and gives what the command says of it. */
async function serve(...more: string[]): Promise<{ child: ChildProcess; url: string; printed: string }> {
  const child = folder.start([...SERVE, '--json', ...more]);
  running.push(child);
  for await (const line of createInterface({ input: child.stdout! })) {
    return { child, printed: line, ...JSON.parse(line) };
  }
  throw new Error('it ended without a word');
}

function clientOf(endpoint: string, accessKeyId = 'me', secretAccessKey = 'my-secret'): S3Client {
  const credentials = { accessKeyId, secretAccessKey };
  return new S3Client({ endpoint, region: 'eu-central-1', maxAttempts: 1, forcePathStyle: true, credentials });
}

test('cloudlib storage serve serves a directory to one process at a time, and again as it was left', async () => {
  const first = await serve();
  expect(first.printed).not.toContain('my-secret');
  const client = clientOf(first.url);
  await client.send(new CreateBucketCommand({ Bucket: 'models' }));
  await client.send(new PutObjectCommand({ Bucket: 'models', Key: 'a', Body: 'x' }));
  client.destroy();

  const second = await folder.run(SERVE);
  expect([second.code, second.stderr]).toEqual([4, expect.stringContaining('another process serves')]);
  const ended = new Promise((resolve) => first.child.once('exit', resolve));
  first.child.kill('SIGTERM');
  expect(await ended).toBe(0);

  const keys = folder.write('keys.json', [{ accessKeyId: 'you', secretAccessKey: 'your-secret' }]);
  chmodSync(keys, 0o600);
  const { url } = await serve('--keys', keys);
  const [me, you] = [clientOf(url), clientOf(url, 'you', 'your-secret')];
  const { Contents } = await me.send(new ListObjectsCommand({ Bucket: 'models' }));
  expect(Contents?.map(({ Key }) => Key)).toEqual(['a']);
  await expect(you.send(new ListObjectsCommand({ Bucket: 'models' }))).rejects.toMatchObject({ name: 'AccessDenied' });
  me.destroy();
  you.destroy();
});
