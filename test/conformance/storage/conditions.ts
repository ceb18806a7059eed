import { expect } from '@jest/globals';
import type { ByteRange } from '../../../shared/drivers/storage/port.ts';
import { refused, rule, type StorageRule, type Trial } from './trial.ts';

const HOUR = 3_600_000;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

async function letters(trial: Trial): Promise<{ bucket: string; etag: string; at: number }> {
  const bucket = await trial.bucket();
  const { etag, lastModified } = await trial.put(bucket, 'a', LETTERS);
  return { bucket, etag, at: lastModified.getTime() };
}

/** Ranges of 26 letters (RFC 9110, section 14): what each gives, and from where to where. */
const RANGES: [what: string, range: ByteRange, text: string, start: number][] = [
  ['the first byte', { start: 0, end: 0 }, 'a', 0],
  ['a middle', { start: 3, end: 5 }, 'def', 3],
  ['from an offset to the end', { start: 23 }, 'xyz', 23],
  ['the last byte', { start: 25, end: 25 }, 'z', 25],
  ['the last three bytes', { end: 3 }, 'xyz', 23],
  ['more last bytes than there are', { end: 1000 }, LETTERS, 0],
  ['an end beyond the object', { start: 24, end: 1000 }, 'yz', 24],
  ['everything', { start: 0 }, LETTERS, 0],
];

const NO_RANGES: [what: string, range: ByteRange][] = [
  ['a start at the size', { start: 26 }],
  ['a start beyond the size', { start: 100, end: 200 }],
  ['the last zero bytes', { end: 0 }],
];

/** What holds of reads of parts, and of requests with conditions. */
export const conditionRules: StorageRule[] = [
  ...RANGES.map(([what, range, text, start]) =>
    rule(`a range of ${what} gives those bytes and says which`, async (trial) => {
      const { bucket } = await letters(trial);
      expect(await trial.text(bucket, 'a', { range })).toBe(text);
      const found = await trial.driver.headObject(bucket, 'a', { range });
      expect(found.range).toEqual({ start, end: start + text.length - 1 });
      expect(found.version.size).toBe(26);
    }),
  ),
  ...NO_RANGES.map(([what, range]) =>
    rule(`a range with ${what} cannot be satisfied`, async (trial) => {
      const { bucket } = await letters(trial);
      await refused(trial.driver.getObject(bucket, 'a', { range }), 'StorageError.InvalidRange');
    }),
  ),
  rule('an empty object has no range', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a', '');
    await refused(trial.driver.getObject(bucket, 'a', { range: { start: 0 } }), 'StorageError.InvalidRange');
    await refused(trial.driver.getObject(bucket, 'a', { range: { end: 1 } }), 'StorageError.InvalidRange');
  }),
  rule('the whole object says no range', async (trial) => {
    const { bucket } = await letters(trial);
    expect((await trial.driver.headObject(bucket, 'a')).range).toBeUndefined();
  }),
  rule('a range across what a store may keep in pieces is whole', async (trial) => {
    const bucket = await trial.bucket();
    const content = Buffer.from(Array.from({ length: 400_000 }, (_, at) => (at * 7 + (at >> 8)) & 0xff));
    await trial.put(bucket, 'a', content);
    for (const [start, end] of [
      [65_535, 65_536],
      [65_536, 131_072],
      [1, 399_998],
      [131_071, 262_145],
    ] as const) {
      const read = await trial.bytes(bucket, 'a', { range: { start, end } });
      expect(read.equals(content.subarray(start, end + 1))).toBe(true);
    }
  }),
  rule('If-Match with the ETag gives the object', async (trial) => {
    const { bucket, etag } = await letters(trial);
    expect(await trial.text(bucket, 'a', { preconditions: { ifMatch: ['other', etag] } })).toBe(LETTERS);
  }),
  rule('If-Match with another ETag fails', async (trial) => {
    const { bucket } = await letters(trial);
    const preconditions = { ifMatch: ['other'] };
    await refused(trial.driver.getObject(bucket, 'a', { preconditions }), 'StorageError.PreconditionFailed');
    await refused(trial.driver.headObject(bucket, 'a', { preconditions }), 'StorageError.PreconditionFailed');
  }),
  rule('If-Match: * gives any object', async (trial) => {
    const { bucket } = await letters(trial);
    expect(await trial.text(bucket, 'a', { preconditions: { ifMatch: ['*'] } })).toBe(LETTERS);
  }),
  rule('If-None-Match with the ETag says that nothing changed', async (trial) => {
    const { bucket, etag } = await letters(trial);
    const preconditions = { ifNoneMatch: [etag] };
    await refused(trial.driver.getObject(bucket, 'a', { preconditions }), 'StorageError.NotModified');
    await refused(trial.driver.headObject(bucket, 'a', { preconditions }), 'StorageError.NotModified');
  }),
  rule('If-None-Match with another ETag gives the object', async (trial) => {
    const { bucket } = await letters(trial);
    expect(await trial.text(bucket, 'a', { preconditions: { ifNoneMatch: ['other'] } })).toBe(LETTERS);
  }),
  rule('If-Modified-Since after the change says that nothing changed', async (trial) => {
    const { bucket, at } = await letters(trial);
    const preconditions = { ifModifiedSince: new Date(at + 1000) };
    await refused(trial.driver.getObject(bucket, 'a', { preconditions }), 'StorageError.NotModified');
  }),
  rule('If-Modified-Since before the change gives the object', async (trial) => {
    const { bucket, at } = await letters(trial);
    expect(await trial.text(bucket, 'a', { preconditions: { ifModifiedSince: new Date(at - HOUR) } })).toBe(LETTERS);
  }),
  rule('If-Unmodified-Since before the change fails', async (trial) => {
    const { bucket, at } = await letters(trial);
    const preconditions = { ifUnmodifiedSince: new Date(at - HOUR) };
    await refused(trial.driver.getObject(bucket, 'a', { preconditions }), 'StorageError.PreconditionFailed');
  }),
  rule('If-Unmodified-Since after the change gives the object', async (trial) => {
    const { bucket, at } = await letters(trial);
    const preconditions = { ifUnmodifiedSince: new Date(at + 1000) };
    expect(await trial.text(bucket, 'a', { preconditions })).toBe(LETTERS);
  }),
  rule('If-Match that holds wins over If-Unmodified-Since (RFC 9110, 13.2.2)', async (trial) => {
    const { bucket, etag, at } = await letters(trial);
    const preconditions = { ifMatch: [etag], ifUnmodifiedSince: new Date(at - HOUR) };
    expect(await trial.text(bucket, 'a', { preconditions })).toBe(LETTERS);
  }),
  rule('If-None-Match that holds wins over If-Modified-Since (RFC 9110, 13.2.2)', async (trial) => {
    const { bucket, at } = await letters(trial);
    const preconditions = { ifNoneMatch: ['other'], ifModifiedSince: new Date(at + 1000) };
    expect(await trial.text(bucket, 'a', { preconditions })).toBe(LETTERS);
  }),
  rule('a condition on what does not exist says that it does not exist', async (trial) => {
    const bucket = await trial.bucket();
    const preconditions = { ifMatch: ['any'] };
    await refused(trial.driver.getObject(bucket, 'none', { preconditions }), 'StorageError.ObjectNotFound');
  }),
  rule(
    'If-None-Match: * stores what is not there yet, and only then',
    async (trial) => {
      const bucket = await trial.bucket();
      const preconditions = { ifNoneMatch: ['*'] };
      await trial.put(bucket, 'a', 'first', { preconditions });
      await refused(trial.put(bucket, 'a', 'second', { preconditions }), 'StorageError.PreconditionFailed');
      expect(await trial.text(bucket, 'a')).toBe('first');
    },
    ['conditionalWrites'],
  ),
  rule(
    'of many that store with If-None-Match: * at once, one succeeds, and its content is there',
    async (trial) => {
      const bucket = await trial.bucket();
      const ends = await Promise.allSettled(
        Array.from({ length: 16 }, (_, index) =>
          trial.put(bucket, 'a', `${index}`, { preconditions: { ifNoneMatch: ['*'] } }),
        ),
      );
      const winners = ends.flatMap(({ status }, index) => (status === 'fulfilled' ? [`${index}`] : []));
      expect(winners).toEqual([await trial.text(bucket, 'a')]);
    },
    ['conditionalWrites'],
  ),
  rule(
    'If-Match replaces the object with that ETag, and no other',
    async (trial) => {
      const bucket = await trial.bucket();
      const { etag } = await trial.put(bucket, 'a', 'first');
      await trial.put(bucket, 'a', 'second', { preconditions: { ifMatch: [etag] } });
      const again = trial.put(bucket, 'a', 'third', { preconditions: { ifMatch: [etag] } });
      await refused(again, 'StorageError.PreconditionFailed');
      expect(await trial.text(bucket, 'a')).toBe('second');
    },
    ['conditionalWrites'],
  ),
  rule(
    'of many that replace one ETag at once, one succeeds',
    async (trial) => {
      const bucket = await trial.bucket();
      const { etag } = await trial.put(bucket, 'a', 'first');
      const ends = await Promise.allSettled(
        Array.from({ length: 16 }, (_, index) =>
          trial.put(bucket, 'a', `${index}`, { preconditions: { ifMatch: [etag] } }),
        ),
      );
      expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    },
    ['conditionalWrites'],
  ),
  rule(
    'If-Match for an object that does not exist stores nothing',
    async (trial) => {
      const bucket = await trial.bucket();
      const call = trial.put(bucket, 'a', 'x', { preconditions: { ifMatch: ['any'] } });
      await refused(call, /^StorageError\.(ObjectNotFound|PreconditionFailed)$/);
      expect(await trial.keys(bucket)).toEqual([]);
    },
    ['conditionalWrites'],
  ),
  rule(
    'after a delete, If-None-Match: * stores again',
    async (trial) => {
      const bucket = await trial.bucket();
      await trial.put(bucket, 'a');
      await trial.driver.deleteObject(bucket, 'a');
      await trial.put(bucket, 'a', 'again', { preconditions: { ifNoneMatch: ['*'] } });
      expect(await trial.text(bucket, 'a')).toBe('again');
    },
    ['conditionalWrites'],
  ),
  rule(
    'If-Match deletes the object with that ETag, and no other',
    async (trial) => {
      const bucket = await trial.bucket();
      const { etag } = await trial.put(bucket, 'a');
      const wrong = trial.driver.deleteObject(bucket, 'a', { preconditions: { ifMatch: ['other'] } });
      await refused(wrong, 'StorageError.PreconditionFailed');
      expect(await trial.keys(bucket)).toEqual(['a']);
      await trial.driver.deleteObject(bucket, 'a', { preconditions: { ifMatch: [etag] } });
      expect(await trial.keys(bucket)).toEqual([]);
    },
    ['conditionalDeletes'],
  ),
];
