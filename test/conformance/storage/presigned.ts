import { expect } from '@jest/globals';
import type { PresignOptions } from '../../../shared/drivers/storage/port.ts';
import { refused, rule, type StorageRule } from './trial.ts';

const MINUTE = 60_000;

/** What holds of presigned requests, as far as the driver makes them. */
export const presignRules: StorageRule[] = [
  ...(['GET', 'HEAD', 'PUT', 'DELETE'] as const).map((method) =>
    rule(`a presigned ${method} is a URL that names the object and holds no secret`, async (trial) => {
      const bucket = await trial.bucket();
      const url = new URL(await trial.driver.presignUrl(bucket, 'a b/ü', { method, expiresIn: MINUTE }));
      expect(url.protocol).toMatch(/^https?:$/);
      expect(decodeURIComponent(url.pathname + url.host)).toContain('a b/ü');
      expect(`${url.host}${url.pathname}`).toContain(bucket);
    }),
  ),
  ...([0, -1, 7 * 24 * 60 * MINUTE + 1000] as const).map((expiresIn) =>
    rule(`a presigned request cannot expire in ${expiresIn} ms`, async (trial) => {
      const bucket = await trial.bucket();
      await refused(trial.driver.presignUrl(bucket, 'a', { method: 'GET', expiresIn }), 'InvalidInput');
    }),
  ),
  rule('two presigned requests of different keys, methods or versions are different', async (trial) => {
    const bucket = await trial.bucket();
    const ask: [string, PresignOptions][] = [
      ['a', { method: 'GET', expiresIn: MINUTE }],
      ['b', { method: 'GET', expiresIn: MINUTE }],
      ['a', { method: 'PUT', expiresIn: MINUTE }],
      ['a', { method: 'GET', expiresIn: 2 * MINUTE }],
      ['a', { method: 'GET', expiresIn: MINUTE, versionId: 'v' }],
      ['a', { method: 'PUT', expiresIn: MINUTE, part: { uploadId: 'u', partNumber: 1 } }],
    ];
    const urls = await Promise.all(ask.map(([key, options]) => trial.driver.presignUrl(bucket, key, options)));
    expect(new Set(urls).size).toBe(urls.length);
  }),
  rule(
    'a presigned form has a URL and the fields that go with the file',
    async (trial) => {
      const bucket = await trial.bucket();
      const conditions = [{ kind: 'ContentLengthRange' as const, min: 1, max: 10 }];
      const { url, fields } = await trial.driver.presignPost(bucket, 'a', MINUTE, conditions);
      expect(url).toMatch(/^https?:\/\//);
      expect(Object.keys(fields).length).toBeGreaterThan(1);
      expect(fields.key).toBe('a');
    },
    ['presignedPost'],
  ),
];
