import { expect } from '@jest/globals';
import { BucketConfig } from '../../../shared/types/storage.ts';
import { eventually } from '../../eventually.ts';
import { refused, rule, type StorageRule, type Trial } from './trial.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;

const lifecycle = (...lifecycleRules: object[]) => ({
  lifecycleRules: BucketConfig.decode({ lifecycleRules: lifecycleRules as never }).lifecycleRules,
});

const declare = (name: string, check: (trial: Trial) => Promise<void>, more: 'versioning'[] = []): StorageRule =>
  rule(name, check, ['lifecycle', ...more], ['advance']);

const days = (trial: Trial, count: number): Promise<void> => trial.under.advance!(count * DAY);

/** What holds of what happens by itself as time goes by, and of what is told of it. */
export const timeRules: StorageRule[] = [
  declare('an object expires when its days are over, at the next midnight, and not before', async (trial) => {
    const bucket = await trial.bucket(lifecycle({ id: 'r', expirationDays: 2 }));
    await trial.put(bucket, 'a');
    await days(trial, 1);
    expect(await trial.keys(bucket)).toEqual(['a']);
    await days(trial, 3);
    await eventually(async () => expect(await trial.keys(bucket)).toEqual([]));
  }),
  declare('a rule with a prefix leaves other keys', async (trial) => {
    const bucket = await trial.bucket(lifecycle({ id: 'r', prefix: 'tmp/', expirationDays: 1 }));
    await trial.put(bucket, 'tmp/a');
    await trial.put(bucket, 'tmp');
    await days(trial, 3);
    await eventually(async () => expect(await trial.keys(bucket)).toEqual(['tmp']));
  }),
  declare('a rule that is not enabled does nothing', async (trial) => {
    const bucket = await trial.bucket(lifecycle({ id: 'r', enabled: false, expirationDays: 1 }));
    await trial.put(bucket, 'a');
    await days(trial, 5);
    expect(await trial.keys(bucket)).toEqual(['a']);
  }),
  declare('an object that is written again is as old as its last write', async (trial) => {
    const bucket = await trial.bucket(lifecycle({ id: 'r', expirationDays: 4 }));
    await trial.put(bucket, 'a');
    await days(trial, 3);
    await trial.put(bucket, 'a');
    await days(trial, 3);
    expect(await trial.keys(bucket)).toEqual(['a']);
  }),
  declare('a rule that is set later holds for what is there', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a');
    await days(trial, 5);
    await trial.driver.updateBucketConfig(bucket, lifecycle({ id: 'r', expirationDays: 1 }));
    await days(trial, 2);
    await eventually(async () => expect(await trial.keys(bucket)).toEqual([]));
  }),
  declare(
    'in a bucket with versions, what expires gets a delete marker',
    async (trial) => {
      const bucket = await trial.bucket({ versioning: 'Enabled', ...lifecycle({ id: 'r', expirationDays: 1 }) });
      const { versionId } = await trial.put(bucket, 'a', 'kept');
      await days(trial, 3);
      await eventually(async () => expect(await trial.keys(bucket)).toEqual([]));
      expect(await trial.text(bucket, 'a', { versionId: versionId! })).toBe('kept');
    },
    ['versioning'],
  ),
  declare(
    'earlier versions expire by the days since they were replaced',
    async (trial) => {
      const rules = lifecycle({ id: 'r', noncurrentVersionExpirationDays: 2 });
      const bucket = await trial.bucket({ versioning: 'Enabled', ...rules });
      await trial.put(bucket, 'a', 'old');
      await days(trial, 5);
      await trial.put(bucket, 'a', 'new');
      await days(trial, 1);
      expect((await trial.driver.listVersions(bucket)).entries).toHaveLength(2);
      await days(trial, 3);
      await eventually(async () => expect((await trial.driver.listVersions(bucket)).entries).toHaveLength(1));
      expect(await trial.text(bucket, 'a')).toBe('new');
    },
    ['versioning'],
  ),
  declare('an upload that is not completed in its days is aborted', async (trial) => {
    const bucket = await trial.bucket(lifecycle({ id: 'r', abortIncompleteMultipartUploadDays: 2 }));
    const { upload } = await trial.upload(bucket, 'a', [Buffer.from('x')]);
    await days(trial, 1);
    expect((await trial.driver.listUploads(bucket)).entries).toHaveLength(1);
    await days(trial, 3);
    await eventually(async () => expect((await trial.driver.listUploads(bucket)).entries).toEqual([]));
    await refused(trial.driver.listParts(upload), 'StorageError.UploadNotFound');
  }),
  rule(
    'an object goes to another class when its days are over, and is still read',
    async (trial) => {
      const bucket = await trial.bucket(
        lifecycle({ id: 'r', transitions: [{ days: 30, storageClass: 'StandardIA' }] }),
      );
      const { etag } = await trial.put(bucket, 'a', 'content');
      await days(trial, 29);
      expect((await trial.driver.headObject(bucket, 'a')).version.storageClass).toBe('Standard');
      await days(trial, 3);
      await eventually(async () => {
        const { version } = await trial.driver.headObject(bucket, 'a');
        expect(version).toMatchObject({ storageClass: 'StandardIA', etag });
      });
      expect(await trial.text(bucket, 'a')).toBe('content');
    },
    ['lifecycle', 'storageClasses'],
    ['advance'],
  ),
  rule(
    'an archived object that was restored can be read for its days, and then no more',
    async (trial) => {
      const bucket = await trial.bucket();
      await trial.put(bucket, 'a', 'content', { storageClass: 'Glacier' });
      await trial.driver.restoreObject({ bucket, key: 'a' }, 2);
      await trial.under.advance!(48 * HOUR);
      await eventually(async () => expect(await trial.text(bucket, 'a')).toBe('content'));
      const { version } = await trial.driver.headObject(bucket, 'a');
      expect(version).toMatchObject({
        storageClass: 'Glacier',
        restore: { ongoing: false, expires: expect.any(Date) },
      });
      await days(trial, 4);
      await refused(trial.driver.getObject(bucket, 'a'), 'StorageError.InvalidObjectState');
    },
    ['storageClasses'],
    ['advance'],
  ),
  rule(
    'each write and each delete of an object is told once, and an upload in parts once',
    async (trial) => {
      const bucket = await trial.bucket();
      await trial.put(bucket, 'a');
      await trial.put(bucket, 'a', 'again');
      const { upload, parts } = await trial.upload(bucket, 'b', [Buffer.from('x')]);
      await trial.driver.completeUpload(upload, parts);
      await trial.driver.deleteObject(bucket, 'a');
      const told = (await trial.under.events!()).filter((event) => event.bucket === bucket);
      expect(told.map(({ type, key }) => `${type.split('.').at(-1)} ${key}`)).toEqual([
        'created a',
        'created a',
        'created b',
        'deleted a',
      ]);
      expect(new Set(told.map(({ source, id }) => `${source} ${id}`)).size).toBe(4);
    },
    ['events'],
    ['events'],
  ),
  rule(
    'what failed is not told',
    async (trial) => {
      const bucket = await trial.bucket();
      await refused(trial.put(bucket, 'a', 'x', { size: 5 }), 'StorageError.IncompleteContent');
      await trial.driver.deleteObject(bucket, 'none');
      const told = (await trial.under.events!()).filter((event) => event.bucket === bucket);
      expect(told.filter(({ type }) => type.endsWith('.created'))).toEqual([]);
    },
    ['events'],
    ['events'],
  ),
];
