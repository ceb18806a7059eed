import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import { broken, PART, patterned, refused, rule, type StorageRule } from './trial.ts';

const md5 = (...pieces: Uint8Array[]): Buffer => {
  const hash = createHash('md5');
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
};
const etagOf = (parts: Uint8Array[]): string =>
  `${md5(...parts.map((part) => md5(part))).toString('hex')}-${parts.length}`;

const FIRST = patterned(PART, 1);
const SECOND = patterned(PART + 1, 2);
const LAST = patterned(1000, 3);

/** What holds of uploads in parts. */
export const multipartRules: StorageRule[] = [
  rule('parts are one object in the order of their numbers, with the ETag of S3', async (trial) => {
    const bucket = await trial.bucket();
    const { upload, parts } = await trial.upload(bucket, 'a', [FIRST, SECOND, LAST]);
    const version = await trial.driver.completeUpload(upload, parts);
    expect(version).toMatchObject({ key: 'a', size: PART * 2 + 1001, etag: etagOf([FIRST, SECOND, LAST]) });
    expect((await trial.bytes(bucket, 'a')).equals(Buffer.concat([FIRST, SECOND, LAST]))).toBe(true);
  }),
  rule('one small part is an object', async (trial) => {
    const bucket = await trial.bucket();
    const { upload, parts } = await trial.upload(bucket, 'a', [LAST]);
    expect((await trial.driver.completeUpload(upload, parts)).etag).toBe(etagOf([LAST]));
    expect((await trial.bytes(bucket, 'a')).equals(LAST)).toBe(true);
  }),
  rule('one empty part is an empty object', async (trial) => {
    const bucket = await trial.bucket();
    const { upload, parts } = await trial.upload(bucket, 'a', [Buffer.alloc(0)]);
    expect((await trial.driver.completeUpload(upload, parts)).size).toBe(0);
  }),
  rule('parts may arrive in any order, and their numbers may have gaps', async (trial) => {
    const bucket = await trial.bucket();
    const upload = await trial.driver.startUpload(bucket, 'a');
    const late = await trial.driver.uploadPart(upload, 10_000, LAST);
    const early = await trial.driver.uploadPart(upload, 7, FIRST);
    await trial.driver.completeUpload(
      upload,
      [early, late].map(({ partNumber, etag }) => ({ partNumber, etag })),
    );
    expect((await trial.bytes(bucket, 'a')).equals(Buffer.concat([FIRST, LAST]))).toBe(true);
  }),
  rule('parts may arrive at the same time', async (trial) => {
    const bucket = await trial.bucket();
    const upload = await trial.driver.startUpload(bucket, 'a');
    const contents = [FIRST, SECOND, LAST];
    const parts = await Promise.all(contents.map((part, index) => trial.driver.uploadPart(upload, index + 1, part)));
    await trial.driver.completeUpload(
      upload,
      parts.map(({ partNumber, etag }) => ({ partNumber, etag })),
    );
    expect((await trial.bytes(bucket, 'a')).equals(Buffer.concat(contents))).toBe(true);
  }),
  rule('a part that comes again replaces the earlier one', async (trial) => {
    const bucket = await trial.bucket();
    const { upload } = await trial.upload(bucket, 'a', [FIRST]);
    const { partNumber, etag } = await trial.driver.uploadPart(upload, 1, LAST);
    expect((await trial.driver.listParts(upload)).parts).toHaveLength(1);
    await trial.driver.completeUpload(upload, [{ partNumber, etag }]);
    expect((await trial.bytes(bucket, 'a')).equals(LAST)).toBe(true);
  }),
  rule('the ETag of a part that was replaced is refused', async (trial) => {
    const bucket = await trial.bucket();
    const { upload, parts } = await trial.upload(bucket, 'a', [FIRST]);
    await trial.driver.uploadPart(upload, 1, LAST);
    await refused(trial.driver.completeUpload(upload, parts), 'StorageError.InvalidPart');
  }),
  rule('a part that breaks off leaves the earlier one', async (trial) => {
    const bucket = await trial.bucket();
    const { upload, parts } = await trial.upload(bucket, 'a', [LAST]);
    await expect(trial.driver.uploadPart(upload, 1, broken())).rejects.toThrow();
    await trial.driver.completeUpload(upload, parts);
    expect((await trial.bytes(bucket, 'a')).equals(LAST)).toBe(true);
  }),
  rule('parts that are not named are left out', async (trial) => {
    const bucket = await trial.bucket();
    const { upload, parts } = await trial.upload(bucket, 'a', [FIRST, SECOND, LAST]);
    const version = await trial.driver.completeUpload(upload, [parts[0]!, parts[2]!]);
    expect(version.size).toBe(PART + 1000);
  }),
  rule('nothing is seen of an upload before it is complete', async (trial) => {
    const bucket = await trial.bucket();
    await trial.upload(bucket, 'a', [LAST]);
    expect(await trial.keys(bucket)).toEqual([]);
    await refused(trial.driver.getObject(bucket, 'a'), 'StorageError.ObjectNotFound');
  }),
  rule('an earlier object stays until the upload is complete', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a', 'earlier');
    const { upload, parts } = await trial.upload(bucket, 'a', [LAST]);
    expect(await trial.text(bucket, 'a')).toBe('earlier');
    await trial.driver.completeUpload(upload, parts);
    expect((await trial.bytes(bucket, 'a')).equals(LAST)).toBe(true);
  }),
  rule('a wrong ETag is refused, and the upload stays', async (trial) => {
    const bucket = await trial.bucket();
    const { upload, parts } = await trial.upload(bucket, 'a', [LAST]);
    const wrong = [{ partNumber: 1, etag: 'f'.repeat(32) }];
    await refused(trial.driver.completeUpload(upload, wrong), 'StorageError.InvalidPart');
    await trial.driver.completeUpload(upload, parts);
  }),
  rule('a part that never arrived is refused', async (trial) => {
    const bucket = await trial.bucket();
    const { upload, parts } = await trial.upload(bucket, 'a', [FIRST]);
    const missing = [...parts, { partNumber: 2, etag: 'f'.repeat(32) }];
    await refused(trial.driver.completeUpload(upload, missing), 'StorageError.InvalidPart');
  }),
  rule('parts in the wrong order are refused', async (trial) => {
    const bucket = await trial.bucket();
    const { upload, parts } = await trial.upload(bucket, 'a', [FIRST, SECOND]);
    await refused(trial.driver.completeUpload(upload, [...parts].reverse()), 'StorageError.InvalidPartOrder');
  }),
  rule('a part that is named twice is refused', async (trial) => {
    const bucket = await trial.bucket();
    const { upload, parts } = await trial.upload(bucket, 'a', [FIRST]);
    const twice = [parts[0]!, parts[0]!];
    await refused(trial.driver.completeUpload(upload, twice), /^StorageError\.InvalidPart(Order)?$/);
  }),
  rule('a part below 5 MiB that is not the last is refused', async (trial) => {
    const bucket = await trial.bucket();
    const { upload, parts } = await trial.upload(bucket, 'a', [FIRST.subarray(1), LAST]);
    await refused(trial.driver.completeUpload(upload, parts), 'StorageError.PartTooSmall');
    expect(await trial.keys(bucket)).toEqual([]);
  }),
  rule('no parts are no object', async (trial) => {
    const bucket = await trial.bucket();
    const { upload } = await trial.upload(bucket, 'a', [LAST]);
    await refused(trial.driver.completeUpload(upload, []), /^(InvalidInput|StorageError\.InvalidPart)$/);
  }),
  ...[0, -1, 10_001, 1.5].map((partNumber) =>
    rule(`${partNumber} is no number of a part`, async (trial) => {
      const bucket = await trial.bucket();
      const upload = await trial.driver.startUpload(bucket, 'a');
      await refused(trial.driver.uploadPart(upload, partNumber, LAST), /^(InvalidInput|StorageError\.InvalidPart)$/);
    }),
  ),
  rule('an upload that was aborted leaves nothing, and takes no more', async (trial) => {
    const bucket = await trial.bucket();
    const { upload, parts } = await trial.upload(bucket, 'a', [LAST]);
    await trial.driver.abortUpload(upload);
    expect((await trial.driver.listUploads(bucket)).entries).toEqual([]);
    await refused(trial.driver.uploadPart(upload, 1, LAST), 'StorageError.UploadNotFound');
    await refused(trial.driver.completeUpload(upload, parts), 'StorageError.UploadNotFound');
    await refused(trial.driver.listParts(upload), 'StorageError.UploadNotFound');
    expect(await trial.keys(bucket)).toEqual([]);
  }),
  rule('an upload that does not exist is not found', async (trial) => {
    const bucket = await trial.bucket();
    const { uploadId } = await trial.driver.startUpload(bucket, 'other');
    const upload = { bucket, key: 'a', uploadId };
    await refused(trial.driver.uploadPart(upload, 1, LAST), 'StorageError.UploadNotFound');
    await refused(trial.driver.abortUpload(upload), 'StorageError.UploadNotFound');
    await refused(trial.driver.listParts({ ...upload, uploadId: 'none' }), 'StorageError.UploadNotFound');
  }),
  rule('an upload that is complete is under way no more', async (trial) => {
    const bucket = await trial.bucket();
    const { upload, parts } = await trial.upload(bucket, 'a', [LAST]);
    await trial.driver.completeUpload(upload, parts);
    expect((await trial.driver.listUploads(bucket)).entries).toEqual([]);
    await refused(trial.driver.uploadPart(upload, 2, LAST), 'StorageError.UploadNotFound');
  }),
  rule('an upload of a key that cannot be one is refused', async (trial) => {
    const bucket = await trial.bucket();
    await refused(trial.driver.startUpload(bucket, 'k'.repeat(1025)), 'StorageError.InvalidObjectName');
  }),
  rule('what was said at the start belongs to the object', async (trial) => {
    const bucket = await trial.bucket();
    const kept = { metadata: { author: 'somebody' }, headers: { contentType: 'text/plain' }, tags: { a: 'b' } };
    const upload = await trial.driver.startUpload(bucket, 'a', kept);
    const { partNumber, etag } = await trial.driver.uploadPart(upload, 1, LAST);
    await trial.driver.completeUpload(upload, [{ partNumber, etag }]);
    expect((await trial.driver.headObject(bucket, 'a')).version).toMatchObject(kept);
  }),
  rule('the parts that arrived are listed by their numbers, with size and ETag, in pages', async (trial) => {
    const bucket = await trial.bucket();
    const upload = await trial.driver.startUpload(bucket, 'a');
    for (const number of [3, 1, 2]) await trial.driver.uploadPart(upload, number, LAST.subarray(0, number));
    const { parts } = await trial.driver.listParts(upload);
    expect(parts.map(({ partNumber, size }) => [partNumber, size])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(parts[0]!.etag).toBe(md5(LAST.subarray(0, 1)).toString('hex'));
    const page = await trial.driver.listParts(upload, { limit: 2 });
    expect(page).toMatchObject({ parts: [{ partNumber: 1 }, { partNumber: 2 }], next: 2 });
    expect((await trial.driver.listParts(upload, { after: page.next! })).parts).toMatchObject([{ partNumber: 3 }]);
  }),
  rule('uploads under way are listed by their keys, in pages', async (trial) => {
    const bucket = await trial.bucket();
    for (const key of ['b', 'a', 'a', 'c/1']) await trial.driver.startUpload(bucket, key);
    const seen: string[] = [];
    for (let page: { limit: number; after?: string; afterVersion?: string } = { limit: 1 }; ; ) {
      const { entries, next, nextUpload } = await trial.driver.listUploads(bucket, page);
      seen.push(...entries.map(({ key, uploadId }) => `${key} ${uploadId}`));
      if (next === undefined) break;
      page = { limit: 1, after: next, ...(nextUpload !== undefined && { afterVersion: nextUpload }) };
    }
    expect(seen.map((line) => line.split(' ')[0])).toEqual(['a', 'a', 'b', 'c/1']);
    expect(new Set(seen).size).toBe(4);
  }),
  rule('uploads under way are listed by prefix', async (trial) => {
    const bucket = await trial.bucket();
    for (const key of ['a/1', 'b/1']) await trial.driver.startUpload(bucket, key);
    const { entries } = await trial.driver.listUploads(bucket, { prefix: 'b' });
    expect(entries.map(({ key }) => key)).toEqual(['b/1']);
  }),
  rule('two uploads of one key do not meet', async (trial) => {
    const bucket = await trial.bucket();
    const [one, two] = [await trial.upload(bucket, 'a', [LAST]), await trial.upload(bucket, 'a', [FIRST])];
    await trial.driver.completeUpload(two.upload, two.parts);
    await trial.driver.completeUpload(one.upload, one.parts);
    expect((await trial.bytes(bucket, 'a')).equals(LAST)).toBe(true);
  }),
  rule('a range across two parts is whole', async (trial) => {
    const bucket = await trial.bucket();
    const { upload, parts } = await trial.upload(bucket, 'a', [FIRST, LAST]);
    await trial.driver.completeUpload(upload, parts);
    const read = await trial.bytes(bucket, 'a', { range: { start: PART - 3, end: PART + 2 } });
    expect(read).toEqual(Buffer.concat([FIRST.subarray(PART - 3), LAST.subarray(0, 3)]));
  }),
  rule('one part can be read by its number', async (trial) => {
    const bucket = await trial.bucket();
    const { upload, parts } = await trial.upload(bucket, 'a', [FIRST, LAST]);
    await trial.driver.completeUpload(upload, parts);
    expect((await trial.bytes(bucket, 'a', { partNumber: 2 })).equals(LAST)).toBe(true);
    await refused(trial.driver.getObject(bucket, 'a', { partNumber: 3 }), /^StorageError\.Invalid(Range|Part)$/);
  }),
  rule('the size of the whole that was announced must be its size', async (trial) => {
    const bucket = await trial.bucket();
    const { upload, parts } = await trial.upload(bucket, 'a', [LAST]);
    await expect(trial.driver.completeUpload(upload, parts, { size: 999 })).rejects.toThrow();
    expect(await trial.keys(bucket)).toEqual([]);
    await trial.driver.completeUpload(upload, parts, { size: 1000 });
  }),
  rule(
    'If-None-Match: * holds when the upload is completed',
    async (trial) => {
      const bucket = await trial.bucket();
      const { upload, parts } = await trial.upload(bucket, 'a', [LAST]);
      await trial.put(bucket, 'a', 'was faster');
      const call = trial.driver.completeUpload(upload, parts, { preconditions: { ifNoneMatch: ['*'] } });
      await refused(call, 'StorageError.PreconditionFailed');
      expect(await trial.text(bucket, 'a')).toBe('was faster');
    },
    ['conditionalWrites'],
  ),
  rule('a part may be copied from an object, or from a range of it', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'source', SECOND);
    const upload = await trial.driver.startUpload(bucket, 'a');
    const source = { bucket, key: 'source' };
    const first = await trial.driver.uploadPartCopy(upload, 1, source);
    const second = await trial.driver.uploadPartCopy(upload, 2, source, { range: { start: 10, end: 19 } });
    expect(second.size).toBe(10);
    await trial.driver.completeUpload(
      upload,
      [first, second].map(({ partNumber, etag }) => ({ partNumber, etag })),
    );
    expect((await trial.bytes(bucket, 'a')).equals(Buffer.concat([SECOND, SECOND.subarray(10, 20)]))).toBe(true);
  }),
  rule('a part cannot be copied from what does not exist', async (trial) => {
    const bucket = await trial.bucket();
    const upload = await trial.driver.startUpload(bucket, 'a');
    await refused(trial.driver.uploadPartCopy(upload, 1, { bucket, key: 'none' }), 'StorageError.ObjectNotFound');
  }),
  rule(
    'a completed upload is a version of its own',
    async (trial) => {
      const bucket = await trial.bucket({ versioning: 'Enabled' });
      await trial.put(bucket, 'a', 'earlier');
      const { upload, parts } = await trial.upload(bucket, 'a', [LAST]);
      const { versionId } = await trial.driver.completeUpload(upload, parts);
      expect((await trial.driver.listVersions(bucket)).entries).toHaveLength(2);
      expect((await trial.bytes(bucket, 'a', { versionId: versionId! })).equals(LAST)).toBe(true);
    },
    ['versioning'],
  ),
];
