import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { readKeys } from '../../../../infra/local/s3/keys.ts';

const directory = mkdtempSync(join(tmpdir(), 'cloudlib-keys-'));
const environment = { CLOUDLIB_ACCESS_KEY_ID: 'me', CLOUDLIB_SECRET_ACCESS_KEY: 'my-secret' };

afterAll(() => rmSync(directory, { recursive: true }));

function file(content: unknown, mode = 0o600): string {
  const path = join(directory, 'keys.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  chmodSync(path, mode);
  return path;
}

describe('the keys of an endpoint', () => {
  test('come from the environment, and further ones from a file', () => {
    const keys = readKeys(environment, file([{ accessKeyId: 'you', secretAccessKey: 'your-secret', id: 'abc' }]));
    expect(keys.map(({ accessKeyId, account }) => [accessKeyId, account.id])).toEqual([
      ['me', expect.stringMatching(/^[0-9a-f]{64}$/)],
      ['you', 'abc'],
    ]);
  });

  test('the file may describe the main account, and not replace its secret', () => {
    const [main, ...others] = readKeys(
      environment,
      file([{ accessKeyId: 'me', secretAccessKey: 'other', displayName: 'Me' }]),
    );
    expect([main.secretAccessKey, main.account.displayName, others]).toEqual(['my-secret', 'Me', []]);
  });

  test.each(['CLOUDLIB_ACCESS_KEY_ID', 'CLOUDLIB_SECRET_ACCESS_KEY'])('without %s are refused by its name', (name) => {
    expect(() => readKeys({ ...environment, [name]: '' })).toThrow(`${name} is not set`);
  });

  test.each<[string, unknown, number, RegExp]>([
    ['that others may read', [], 0o644, /chmod 600/],
    ['that is no JSON', 'secret', 0o600, /is not JSON/],
    ['with a name that is unknown', [{ accessKeyId: 'a', secretAccessKey: 'hidden-secret', extra: 1 }], 0o600, /extra/],
    ['without a secret', [{ accessKeyId: 'a' }], 0o600, /secretAccessKey/],
  ])('are not read from a file %s', (_name, content, mode, message) => {
    const read = (): unknown => readKeys(environment, file(content, mode));
    expect(read).toThrow(message);
    expect(read).not.toThrow('hidden-secret');
  });

  test('are not read from a file that is not there', () => {
    expect(() => readKeys(environment, join(directory, 'absent.json'))).toThrow('ENOENT');
  });
});
