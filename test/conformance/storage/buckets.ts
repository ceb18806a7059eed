import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { BucketConfig } from '../../../shared/types/storage.ts';
import { refused, rule, type StorageRule } from './trial.ts';

const INVALID_NAMES = [
  'ab',
  'A-bucket',
  'under_score',
  '-first',
  'last-',
  '.dot',
  'two..dots',
  '192.168.0.1',
  'x'.repeat(64),
  'sp ace',
  '../up',
];

/** What holds of buckets. */
export const bucketRules: StorageRule[] = [
  rule('a new bucket is described as it was asked for', async ({ driver }) => {
    const name = `trial-${randomUUID()}`;
    const made = await driver.createBucket(name, BucketConfig.decode({}));
    expect(made).toMatchObject({ name, versioning: 'Disabled', location: expect.any(String) });
    expect(made.creationDate).toBeInstanceOf(Date);
    await driver.deleteBucket(name);
  }),
  rule('a bucket is described in the same way when it is asked for later', async (trial) => {
    const bucket = await trial.bucket();
    expect(await trial.driver.getBucket(bucket)).toMatchObject({ name: bucket, versioning: 'Disabled' });
  }),
  rule('a bucket is made empty', async (trial) => {
    expect(await trial.page(await trial.bucket())).toEqual({ keys: [], prefixes: [] });
  }),
  rule('buckets are listed in the order of their names', async (trial) => {
    const made = [await trial.bucket(), await trial.bucket(), await trial.bucket()];
    const names = (await trial.driver.listBuckets()).map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(expect.arrayContaining(made));
  }),
  rule('a bucket that exists is not made again, and stays as it is', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'kept');
    await refused(trial.driver.createBucket(bucket, BucketConfig.decode({})), 'StorageError.BucketAlreadyExists');
    expect(await trial.keys(bucket)).toEqual(['kept']);
  }),
  rule('of several that make one bucket at once, one succeeds', async (trial) => {
    const name = `trial-${randomUUID()}`;
    const calls = Array.from({ length: 4 }, () => trial.driver.createBucket(name, BucketConfig.decode({})));
    const ends = await Promise.allSettled(calls);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await trial.driver.deleteBucket(name);
  }),
  ...INVALID_NAMES.map((name) =>
    rule(`${JSON.stringify(name.slice(0, 20))} is no name for a bucket`, async ({ driver }) =>
      refused(driver.createBucket(name, BucketConfig.decode({})), 'StorageError.InvalidBucketName'),
    ),
  ),
  rule('an empty bucket can be deleted, and is gone', async (trial) => {
    const bucket = await trial.bucket();
    await trial.driver.deleteBucket(bucket);
    await refused(trial.driver.getBucket(bucket), 'StorageError.BucketNotFound');
    expect((await trial.driver.listBuckets()).map(({ name }) => name)).not.toContain(bucket);
  }),
  rule('a deleted bucket can be made again, and is empty', async ({ driver }) => {
    const name = `trial-${randomUUID()}`;
    await driver.createBucket(name, BucketConfig.decode({}));
    await driver.putObject(name, 'old', Buffer.from('x'));
    await driver.deleteObject(name, 'old');
    await driver.deleteBucket(name);
    await driver.createBucket(name, BucketConfig.decode({}));
    expect((await driver.listObjects(name)).entries).toEqual([]);
    await driver.deleteBucket(name);
  }),
  rule('a bucket that holds an object is not deleted', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a');
    await refused(trial.driver.deleteBucket(bucket), 'StorageError.BucketNotEmpty');
    expect(await trial.text(bucket, 'a')).toBe('content');
  }),
  rule(
    'a bucket that holds an earlier version alone is not deleted',
    async (trial) => {
      const bucket = await trial.bucket({ versioning: 'Enabled' });
      await trial.put(bucket, 'a');
      await trial.driver.deleteObject(bucket, 'a');
      await refused(trial.driver.deleteBucket(bucket), 'StorageError.BucketNotEmpty');
    },
    ['versioning'],
  ),
  ...(['deleteBucket', 'getBucket', 'getBucketConfig', 'listObjects', 'listVersions', 'listUploads'] as const).map(
    (method) =>
      rule(`${method} of a bucket that does not exist says so`, async ({ driver }) =>
        refused(driver[method](`none-${randomUUID()}`), 'StorageError.BucketNotFound'),
      ),
  ),
  rule('putObject into a bucket that does not exist says so', async (trial) =>
    refused(trial.put(`none-${randomUUID()}`, 'a'), 'StorageError.BucketNotFound'),
  ),
  rule('the configuration of a bucket is given back as it was set', async (trial) => {
    const bucket = await trial.bucket();
    const config = await trial.driver.getBucketConfig(bucket);
    expect(config).toMatchObject({ versioning: 'Disabled', lifecycleRules: [], corsRules: [] });
  }),
  rule(
    'CORS rules are given back as they were set, and a change of them leaves the rest',
    async (trial) => {
      const bucket = await trial.bucket();
      const corsRules = BucketConfig.decode({
        corsRules: [{ allowedOrigins: ['https://example.com'], allowedMethods: ['GET', 'PUT'] }],
      }).corsRules;
      await trial.driver.updateBucketConfig(bucket, { corsRules });
      expect(await trial.driver.getBucketConfig(bucket)).toMatchObject({ corsRules, versioning: 'Disabled' });
      await trial.driver.updateBucketConfig(bucket, { corsRules: [] });
      expect((await trial.driver.getBucketConfig(bucket)).corsRules).toEqual([]);
    },
    ['cors'],
  ),
  rule(
    'lifecycle rules are given back as they were set',
    async (trial) => {
      const { lifecycleRules } = BucketConfig.decode({
        lifecycleRules: [{ id: 'drafts', prefix: 'drafts/', expirationDays: 3 }],
      });
      const bucket = await trial.bucket({ lifecycleRules });
      expect((await trial.driver.getBucketConfig(bucket)).lifecycleRules).toEqual(lifecycleRules);
    },
    ['lifecycle'],
  ),
  rule(
    'the public access block is given back as it was set, and undefined removes it',
    async (trial) => {
      const { publicAccessBlock } = BucketConfig.decode({ publicAccessBlock: { blockPublicPolicy: false } });
      const bucket = await trial.bucket({ publicAccessBlock });
      expect((await trial.driver.getBucketConfig(bucket)).publicAccessBlock).toEqual(publicAccessBlock);
      await trial.driver.updateBucketConfig(bucket, { publicAccessBlock: undefined });
      expect((await trial.driver.getBucketConfig(bucket)).publicAccessBlock).toBeUndefined();
    },
    ['publicAccessBlock'],
  ),
  rule('updateBucketConfig of a bucket that does not exist says so', async ({ driver }) =>
    refused(driver.updateBucketConfig(`none-${randomUUID()}`, { corsRules: [] }), 'StorageError.BucketNotFound'),
  ),
];
