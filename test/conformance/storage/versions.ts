import { expect } from '@jest/globals';
import type { VersionListOptions } from '../../../shared/drivers/storage/port.ts';
import { rule as declare, refused, type StorageRule, type Trial } from './trial.ts';

const rule = (name: string, check: (trial: Trial) => Promise<void>): StorageRule =>
  declare(name, check, ['versioning']);

async function history(trial: Trial, bucket: string, options?: VersionListOptions): Promise<string[]> {
  const { entries } = await trial.driver.listVersions(bucket, options);
  return Promise.all(
    entries.map(async (entry) => {
      const { key, versionId, latest } = entry;
      const content = 'size' in entry ? await trial.text(bucket, key, { ...(versionId && { versionId }) }) : '(marker)';
      return `${key}=${content}${latest ? ' latest' : ''}`;
    }),
  );
}

/** What holds of buckets that keep earlier versions. */
export const versionRules: StorageRule[] = [
  rule('each write of a key makes a version with an id of its own', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    const ids = [];
    for (const text of ['1', '2', '3']) ids.push((await trial.put(bucket, 'a', text)).versionId);
    expect(new Set(ids).size).toBe(3);
    expect(ids.every((id) => id !== undefined && id !== 'null')).toBe(true);
  }),
  rule('the newest version is read, and earlier ones by their ids', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    const { versionId } = await trial.put(bucket, 'a', 'first', { metadata: { n: '1' } });
    await trial.put(bucket, 'a', 'second');
    expect(await trial.text(bucket, 'a')).toBe('second');
    expect(await trial.text(bucket, 'a', { versionId: versionId! })).toBe('first');
    const { version } = await trial.driver.headObject(bucket, 'a', { versionId: versionId! });
    expect(version).toMatchObject({ versionId, latest: false, metadata: { n: '1' } });
  }),
  rule('versions are listed key by key, the newest first', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    for (const text of ['1', '2']) for (const key of ['b', 'a']) await trial.put(bucket, key, text);
    expect(await history(trial, bucket)).toEqual(['a=2 latest', 'a=1', 'b=2 latest', 'b=1']);
  }),
  rule('a listing of objects has the newest versions alone', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    for (const text of ['1', '2']) await trial.put(bucket, 'a', text);
    expect(await trial.keys(bucket)).toEqual(['a']);
  }),
  rule('a delete makes a delete marker, and the object is not found', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    await trial.put(bucket, 'a', '1');
    const deletion = await trial.driver.deleteObject(bucket, 'a');
    expect(deletion).toEqual({ deleteMarker: true, versionId: expect.any(String) });
    await refused(trial.driver.getObject(bucket, 'a'), 'StorageError.ObjectNotFound');
    expect(await trial.keys(bucket)).toEqual([]);
    expect(await history(trial, bucket)).toEqual(['a=(marker) latest', 'a=1']);
  }),
  rule('a version below a delete marker can be read by its id', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    const { versionId } = await trial.put(bucket, 'a', '1');
    await trial.driver.deleteObject(bucket, 'a');
    expect(await trial.text(bucket, 'a', { versionId: versionId! })).toBe('1');
  }),
  rule('a delete of what does not exist makes a delete marker', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    expect(await trial.driver.deleteObject(bucket, 'none')).toMatchObject({ deleteMarker: true });
    expect(await history(trial, bucket)).toEqual(['none=(marker) latest']);
  }),
  rule('each delete makes a marker of its own', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    await trial.put(bucket, 'a', '1');
    await trial.driver.deleteObject(bucket, 'a');
    await trial.driver.deleteObject(bucket, 'a');
    expect(await history(trial, bucket)).toEqual(['a=(marker) latest', 'a=(marker)', 'a=1']);
  }),
  rule('without its delete marker an object is there again', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    await trial.put(bucket, 'a', '1');
    const { versionId } = await trial.driver.deleteObject(bucket, 'a');
    const removed = await trial.driver.deleteObject(bucket, 'a', { versionId: versionId! });
    expect(removed).toEqual({ deleteMarker: true, versionId });
    expect(await trial.text(bucket, 'a')).toBe('1');
  }),
  rule('a version that is deleted by its id is gone for good, and the one before is the newest', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    await trial.put(bucket, 'a', '1');
    const { versionId } = await trial.put(bucket, 'a', '2');
    expect(await trial.driver.deleteObject(bucket, 'a', { versionId: versionId! })).toEqual({
      deleteMarker: false,
      versionId,
    });
    expect(await history(trial, bucket)).toEqual(['a=1 latest']);
    await refused(trial.driver.getObject(bucket, 'a', { versionId: versionId! }), 'StorageError.VersionNotFound');
  }),
  rule('a version in the middle can be deleted', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    const ids = [];
    for (const text of ['1', '2', '3']) ids.push((await trial.put(bucket, 'a', text)).versionId!);
    await trial.driver.deleteObject(bucket, 'a', { versionId: ids[1]! });
    expect(await history(trial, bucket)).toEqual(['a=3 latest', 'a=1']);
  }),
  rule('a version that does not exist is not found', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    const { versionId } = await trial.put(bucket, 'other', '1');
    await trial.put(bucket, 'a', '1');
    await refused(trial.driver.getObject(bucket, 'a', { versionId: versionId! }), 'StorageError.VersionNotFound');
  }),
  rule('a bucket that never had versions has the version "null" alone', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a', '1');
    await trial.put(bucket, 'a', '2');
    expect(await history(trial, bucket)).toEqual(['a=2 latest']);
    expect(await trial.text(bucket, 'a', { versionId: 'null' })).toBe('2');
  }),
  rule('what was written before versions is the version "null"', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a', 'before');
    await trial.driver.updateBucketConfig(bucket, { versioning: 'Enabled' });
    await trial.put(bucket, 'a', 'after');
    expect(await trial.text(bucket, 'a', { versionId: 'null' })).toBe('before');
    expect(await history(trial, bucket)).toEqual(['a=after latest', 'a=before']);
  }),
  rule('versions can be suspended, and never disabled again', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    await trial.driver.updateBucketConfig(bucket, { versioning: 'Suspended' });
    expect((await trial.driver.getBucket(bucket)).versioning).toBe('Suspended');
    const call = trial.driver.updateBucketConfig(bucket, { versioning: 'Disabled' });
    await refused(call, /^(StorageError\.Conflict|InvalidInput)$/);
  }),
  rule('while versions are suspended, a write replaces the version "null" and leaves the others', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    await trial.put(bucket, 'a', 'kept');
    await trial.driver.updateBucketConfig(bucket, { versioning: 'Suspended' });
    await trial.put(bucket, 'a', 'x');
    expect(await trial.put(bucket, 'a', 'y')).toMatchObject({ versionId: 'null' });
    expect(await history(trial, bucket)).toEqual(['a=y latest', 'a=kept']);
  }),
  rule('while versions are suspended, a delete replaces the version "null" by a marker', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    await trial.put(bucket, 'a', 'kept');
    await trial.driver.updateBucketConfig(bucket, { versioning: 'Suspended' });
    await trial.put(bucket, 'a', 'gone');
    expect(await trial.driver.deleteObject(bucket, 'a')).toEqual({ deleteMarker: true, versionId: 'null' });
    expect(await history(trial, bucket)).toEqual(['a=(marker) latest', 'a=kept']);
  }),
  rule('versions that are enabled again leave the version "null"', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Suspended' });
    await trial.put(bucket, 'a', 'null one');
    await trial.driver.updateBucketConfig(bucket, { versioning: 'Enabled' });
    await trial.put(bucket, 'a', 'new');
    expect(await history(trial, bucket)).toEqual(['a=new latest', 'a=null one']);
  }),
  rule('versions are given in pages of one, all and once', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    for (const text of ['1', '2', '3']) for (const key of ['a', 'b']) await trial.put(bucket, key, text);
    await trial.driver.deleteObject(bucket, 'b');
    const found: string[] = [];
    for (let options: VersionListOptions = { limit: 1 }; ; ) {
      const { next, nextVersion } = await trial.driver.listVersions(bucket, options);
      found.push(...(await history(trial, bucket, options)));
      if (next === undefined) break;
      options = { limit: 1, after: next, ...(nextVersion !== undefined && { afterVersion: nextVersion }) };
    }
    expect(found).toEqual(['a=3 latest', 'a=2', 'a=1', 'b=(marker) latest', 'b=3', 'b=2', 'b=1']);
  }),
  rule('versions are listed by prefix and delimiter', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    for (const key of ['a/1', 'a/b/2', 'c']) await trial.put(bucket, key, key);
    const { entries, commonPrefixes } = await trial.driver.listVersions(bucket, { prefix: 'a/', delimiter: '/' });
    expect([entries.map(({ key }) => key), commonPrefixes]).toEqual([['a/1'], ['a/b/']]);
  }),
  rule('many that write one key at once each make a version', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    await Promise.all(Array.from({ length: 12 }, (_, index) => trial.put(bucket, 'a', `${index}`)));
    const found = await history(trial, bucket);
    expect(found).toHaveLength(12);
    expect(found.filter((line) => line.endsWith(' latest'))).toHaveLength(1);
    expect(found[0]).toBe(`a=${await trial.text(bucket, 'a')} latest`);
  }),
  rule('a tag, a header and metadata belong to one version', async (trial) => {
    const bucket = await trial.bucket({ versioning: 'Enabled' });
    const { versionId } = await trial.put(bucket, 'a', '1', {
      tags: { v: '1' },
      headers: { contentType: 'text/plain' },
    });
    await trial.put(bucket, 'a', '2', { tags: { v: '2' } });
    expect(await trial.driver.getTags({ bucket, key: 'a', versionId: versionId! })).toEqual({ v: '1' });
    expect(await trial.driver.getTags({ bucket, key: 'a' })).toEqual({ v: '2' });
  }),
];
