import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { type UploadStore, uploadStream } from '../../../functions/storage/uploadStream.ts';

const MIB = 1024 * 1024;
const PART = 8 * MIB;
const md5 = (content: Uint8Array): string => createHash('md5').update(content).digest('hex');

/** A store that keeps nothing but what was asked of it; `there` are the parts of an upload that an earlier run left. */
function recorded(there: Uint8Array[] = []) {
  const sent: number[] = [];
  const calls: string[] = [];
  let underWay = 0;
  let most = 0;
  const upload = { uploadId: 'left', bucket: 'b', key: 'k', initiated: new Date(0), storageClass: 'Standard' as const };
  const store: Partial<UploadStore> = {
    listUploads: async () => ({ entries: there.length ? [upload] : [], commonPrefixes: [] }),
    listParts: async () => ({
      upload,
      parts: there.map((content, index) => ({
        partNumber: index + 1,
        etag: md5(content),
        size: content.length,
        lastModified: new Date(0),
      })),
    }),
    startUpload: async () => {
      calls.push('start');
      return { ...upload, uploadId: 'new' };
    },
    uploadPart: async (_upload, partNumber, content) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      sent.push(partNumber);
      const bytes = content as Uint8Array;
      return { partNumber, etag: md5(bytes), size: bytes.length, lastModified: new Date(0) };
    },
    completeUpload: async ({ uploadId }, parts, options) => {
      calls.push(`complete ${uploadId} ${parts.map(({ partNumber }) => partNumber)} ${options?.size}`);
      return { key: 'k' } as never;
    },
    abortUpload: async ({ uploadId }) => {
      calls.push(`abort ${uploadId}`);
    },
  };
  return { store: store as UploadStore, sent, calls, most: () => most };
}

/** Content whose parts all differ. */
const contentOf = (parts: number, rest = 0): Buffer =>
  Buffer.concat([
    ...Array.from({ length: parts }, (_, index) => Buffer.alloc(PART, index + 1)),
    Buffer.alloc(rest, 99),
  ]);

async function* pieces(content: Uint8Array, size = 3 * MIB): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

const asked = (content: Uint8Array, more: object = {}) => ({
  bucket: 'b',
  key: 'k',
  stream: pieces(content),
  kept: {},
  ...more,
});

test('a resumed upload sends those parts alone that are missing or differ', async () => {
  const content = contentOf(4, 5);
  const part = (index: number): Uint8Array => content.subarray(index * PART, (index + 1) * PART);
  const { store, sent, calls } = recorded([part(0), Buffer.alloc(PART, 77), part(2)]);
  await uploadStream(store, asked(content, { resume: true }));
  expect(sent.sort()).toEqual([2, 4, 5]);
  expect(calls).toEqual([`complete left 1,2,3,4,5 ${content.length}`]);
});

test('without resume an unfinished upload of the same key is left alone', async () => {
  const content = contentOf(1, 1);
  const { store, sent, calls } = recorded([content.subarray(0, PART)]);
  await uploadStream(store, asked(content));
  expect([sent.sort(), calls]).toEqual([
    [1, 2],
    ['start', `complete new 1,2 ${content.length}`],
  ]);
});

test('no more than four parts are under way', async () => {
  const { store, sent, most } = recorded();
  await uploadStream(store, asked(contentOf(10)));
  expect(sent).toHaveLength(10);
  expect(most()).toBeLessThanOrEqual(4);
});

test('parts grow with the size that is told, so that 10,000 of them hold it', async () => {
  const { store, sent } = recorded();
  const told = uploadStream(store, asked(contentOf(5), { size: 100_000 * MIB }));
  // The content ends early; what counts is that 40 MiB were parts of 10 MiB.
  await expect(told).rejects.toMatchObject({ code: 'StorageError.IncompleteContent' });
  expect(sent.sort()).toEqual([1, 2, 3, 4]);
});

test.each([
  [false, ['start', 'abort new']],
  [true, ['start']],
])('a part that fails ends the upload; with resume %p these are its calls: %j', async (resume, expected) => {
  const { store, calls } = recorded();
  const failing = { ...store, uploadPart: () => Promise.reject(new Error('the disk is full')) };
  await expect(uploadStream(failing, asked(contentOf(2), { resume }))).rejects.toThrow('the disk is full');
  expect(calls).toEqual(expected);
});
