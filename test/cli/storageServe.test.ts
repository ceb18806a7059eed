import type { ChildProcess } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { CreateBucketCommand, ListObjectsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Folder } from './cloudlib.ts';

const KEYS = { CLOUDLIB_ACCESS_KEY_ID: 'me', CLOUDLIB_SECRET_ACCESS_KEY: 'my-secret' };

let folder: Folder;
let running: ChildProcess[];

beforeEach(() => {
  folder = new Folder(KEYS);
  running = [];
});

afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  await folder.remove();
});

/** Serves the folder `data`, and gives what the command says of it. */
async function serve(...more: string[]): Promise<{ child: ChildProcess; url: string; printed: string }> {
  const child = folder.start(['storage', 'serve', '--port', '0', '--dir', 'data', '--json', ...more]);
  running.push(child);
  for await (const line of createInterface({ input: child.stdout! }))
    return { child, printed: line, ...JSON.parse(line) };
  throw new Error('it ended without a word');
}

const clientOf = (endpoint: string, accessKeyId = 'me', secretAccessKey = 'my-secret'): S3Client =>
  new S3Client({
    endpoint,
    region: 'eu-central-1',
    maxAttempts: 1,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });

describe('cloudlib storage serve', () => {
  test('serves a directory again as it was left, and ends cleanly', async () => {
    const first = await serve();
    expect(first.printed).not.toContain('my-secret');
    const client = clientOf(first.url);
    await client.send(new CreateBucketCommand({ Bucket: 'models' }));
    await client.send(new PutObjectCommand({ Bucket: 'models', Key: 'a', Body: 'x' }));
    client.destroy();
    const ended = new Promise((resolve) => first.child.once('exit', resolve));
    first.child.kill('SIGTERM');
    expect(await ended).toBe(0);
    const again = clientOf((await serve()).url);
    expect((await again.send(new ListObjectsCommand({ Bucket: 'models' }))).Contents?.map(({ Key }) => Key)).toEqual([
      'a',
    ]);
    again.destroy();
  });

  test('does not serve a directory twice at once', async () => {
    await serve();
    const { code, stderr } = await folder.run(['storage', 'serve', '--port', '0', '--dir', 'data']);
    expect([code, stderr]).toEqual([4, expect.stringContaining('another process serves')]);
  });

  test('knows the keys of further accounts from a file that only its owner reads', async () => {
    const keys = folder.write('keys.json', [
      { accessKeyId: 'you', secretAccessKey: 'your-secret', displayName: 'You' },
    ]);
    chmodSync(keys, 0o644);
    const open = await folder.run(['storage', 'serve', '--port', '0', '--dir', 'data', '--keys', keys]);
    expect([open.code, open.stderr]).toEqual([2, expect.stringContaining('chmod 600')]);
    chmodSync(keys, 0o600);
    const { url } = await serve('--keys', keys);
    const [me, you] = [clientOf(url), clientOf(url, 'you', 'your-secret')];
    await me.send(new CreateBucketCommand({ Bucket: 'models' }));
    await expect(you.send(new ListObjectsCommand({ Bucket: 'models' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    me.destroy();
    you.destroy();
  });

  test('says which key is missing', async () => {
    folder.environment.CLOUDLIB_SECRET_ACCESS_KEY = '';
    const { code, stderr } = await folder.run(['storage', 'serve', '--port', '0', '--dir', 'data']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('CLOUDLIB_SECRET_ACCESS_KEY is not set')]);
  });
});
