import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type BucketRow, Buckets } from '../../../../../shared/drivers/storage/local/buckets.ts';
import type { LocalStorage } from '../../../../../shared/drivers/storage/local/index.ts';
import { roll } from '../../../../../shared/drivers/storage/local/listing.ts';
import { StoreIndex } from '../../../../../shared/drivers/storage/local/storeIndex.ts';
import type { ListOptions } from '../../../../../shared/drivers/storage/port.ts';
import { BucketConfig } from '../../../../../shared/types/storage.ts';
import { afterwards, trialBucket, trialDirectory } from './trialStore.ts';

const put = (store: LocalStorage, key: string) => store.putObject('bbb', key, Buffer.from('v'));
const inBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** All keys and common prefixes in the order of the pages, and how many each page had. */
async function paged(store: LocalStorage, options: ListOptions) {
  const keys: string[] = [];
  const prefixes: string[] = [];
  const sizes: number[] = [];
  for (let after = options.after; ; ) {
    const page = await store.listObjects('bbb', { ...options, ...(after !== undefined && { after }) });
    keys.push(...page.entries.map(({ key }) => key));
    prefixes.push(...page.commonPrefixes);
    sizes.push(page.entries.length + page.commonPrefixes.length);
    if (page.next === undefined) return { keys, prefixes, sizes };
    after = page.next;
  }
}

describe('objects are listed', () => {
  test('in the order of their bytes, not of their UTF-16 units', async () => {
    const store = await trialBucket();
    for (const key of ['\u{1f600}', '\uff5e', 'b', 'a\0', 'a', 'B', 'é', 'a\u0001']) await put(store, key);
    const { keys } = await paged(store, {});
    expect(keys).toEqual([...keys].sort(inBytes));
    expect(keys).toHaveLength(8);
  });

  test('with what shares a prefix up to the delimiter as one', async () => {
    const store = await trialBucket();
    for (const key of ['a', 'p/', 'p/a', 'p/b/1', 'p/b/2', 'p/c', 'p/d/1', 'q']) await put(store, key);
    expect(await paged(store, { delimiter: '/' })).toMatchObject({ keys: ['a', 'q'], prefixes: ['p/'] });
    expect(await paged(store, { delimiter: '/', prefix: 'p/' })).toMatchObject({
      keys: ['p/', 'p/a', 'p/c'],
      prefixes: ['p/b/', 'p/d/'],
    });
    expect((await paged(store, { delimiter: '/', prefix: 'p/', limit: 1 })).sizes).toEqual([1, 1, 1, 1, 1]);
  });

  test('as a walk over all of them would, whatever the keys, prefix, delimiter and page size are', async () => {
    const key = fc.string({
      unit: fc.constantFrom('a', 'b', '/', '\0', '\u{10ffff}', 'é'),
      minLength: 1,
      maxLength: 5,
    });
    const store = await trialBucket();
    const options = fc.record({
      keys: fc.uniqueArray(key, { maxLength: 25 }),
      prefix: fc.oneof(fc.constant(''), key),
      delimiter: fc.constantFrom(undefined, '/', 'a', '\0', 'b/'),
      after: fc.oneof(fc.constant(undefined), key),
      limit: fc.integer({ min: 1, max: 7 }),
    });
    let present: string[] = [];
    const property = fc.asyncProperty(options, async ({ keys, prefix, delimiter, after, limit }) => {
      await Promise.all(present.map((each) => store.deleteObject('bbb', each)));
      present = keys;
      await Promise.all(keys.map((each) => put(store, each)));
      const expected = walked(keys, prefix, delimiter, after);
      const got = await paged(store, {
        prefix,
        limit,
        ...(delimiter && { delimiter }),
        ...(after !== undefined && { after }),
      });
      expect({ keys: got.keys, prefixes: got.prefixes }).toEqual(expected);
      expect(got.sizes.every((size, index) => size === limit || index === got.sizes.length - 1)).toBe(true);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test('completely, and each once, while others are written and deleted', async () => {
    const store = await trialBucket();
    const stay = Array.from({ length: 60 }, (_, index) => `k${String(index).padStart(3, '0')}`);
    for (const key of stay) await put(store, key);
    const seen: string[] = [];
    for (let after: string | undefined = '', round = 0; after !== undefined; round++) {
      const page = await store.listObjects('bbb', { after, limit: 7 });
      seen.push(...page.entries.map(({ key }) => key));
      after = page.next;
      // One that was listed goes, and one comes before and one behind.
      await store.deleteObject('bbb', page.entries.at(-1)!.key);
      await put(store, `a${round}`);
    }
    expect(seen).toEqual(stay);
  });
});

/** What a listing must give, by the plainest means. */
function walked(all: string[], prefix: string, delimiter: string | undefined, after: string | undefined) {
  const keys: string[] = [];
  const prefixes = new Set<string>();
  for (const key of [...all].sort(inBytes)) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    const entry = at < 0 ? key : key.slice(0, at + delimiter!.length);
    if (after !== undefined && inBytes(entry, after) <= 0) continue;
    if (at < 0) keys.push(entry);
    else prefixes.add(entry);
  }
  return { keys, prefixes: [...prefixes] };
}

test('versions are listed newest first within each key, in pages that end anywhere', async () => {
  const store = await trialBucket({ versioning: 'Enabled' });
  for (const key of ['a', 'b', 'a', 'c', 'b', 'a']) await put(store, key);
  await store.deleteObject('bbb', 'b');
  const whole = (await store.listVersions('bbb')).entries;
  expect(whole.map(({ key }) => key).join('')).toBe('aaabbbc');
  for (const limit of [1, 2, 3]) {
    const pages = [];
    let page = await store.listVersions('bbb', { limit });
    for (;;) {
      pages.push(...page.entries);
      if (page.next === undefined) break;
      const { next, nextVersion } = page;
      page = await store.listVersions('bbb', { limit, after: next, ...(nextVersion && { afterVersion: nextVersion }) });
    }
    expect(pages).toEqual(whole);
  }
});

test('a page of versions begins rightly after a version that was deleted meanwhile', async () => {
  const store = await trialBucket({ versioning: 'Enabled' });
  for (let count = 0; count < 4; count++) await put(store, 'k');
  const whole = (await store.listVersions('bbb')).entries;
  const first = await store.listVersions('bbb', { limit: 2 });
  await store.deleteObject('bbb', 'k', { versionId: whole[1]!.versionId! });
  const second = await store.listVersions('bbb', { after: first.next!, afterVersion: first.nextVersion! });
  expect(second.entries).toEqual(whole.slice(2));
});

test('uploads are listed by key and then by age, in pages', async () => {
  const store = await trialBucket();
  const ids = [];
  for (const key of ['b', 'a', 'a/x', 'a']) ids.push((await store.startUpload('bbb', key)).uploadId);
  const whole = (await store.listUploads('bbb')).entries.map(({ uploadId }) => uploadId);
  expect(whole).toEqual([ids[1], ids[3], ids[2], ids[0]]);
  const first = await store.listUploads('bbb', { limit: 1 });
  const second = await store.listUploads('bbb', { limit: 9, after: first.next!, afterVersion: first.nextUpload! });
  expect([...first.entries, ...second.entries].map(({ uploadId }) => uploadId)).toEqual(whole);
  expect(await store.listUploads('bbb', { delimiter: '/' })).toMatchObject({ commonPrefixes: ['a/'] });
});

test('buckets are listed by name, and only empty ones can be deleted', async () => {
  const store = await trialBucket();
  await store.createBucket('aaa', BucketConfig.parse({}));
  expect((await store.listBuckets()).map(({ name }) => name)).toEqual(['aaa', 'bbb']);
  await put(store, 'k');
  await expect(store.deleteBucket('bbb')).rejects.toMatchObject({ code: 'StorageError.BucketNotEmpty' });
  await expect(store.createBucket('aaa', BucketConfig.parse({}))).rejects.toMatchObject({
    code: 'StorageError.BucketAlreadyExists',
  });
  await expect(store.createBucket('A_B', BucketConfig.parse({}))).rejects.toMatchObject({
    code: 'StorageError.InvalidBucketName',
  });
  await store.deleteObject('bbb', 'k');
  await store.deleteBucket('bbb');
  await expect(store.listObjects('bbb')).rejects.toMatchObject({ code: 'StorageError.BucketNotFound' });
});

describe('a page looks at no more of the index than it gives', () => {
  const COUNT = 20_000;
  const ABOUT =
    '{"storageClass":"Standard","metadata":{},"headers":{},"tags":{},"encryption":{"type":"ServerSideEncryption"}}';

  /** An index with keys a/000000 to e/019999 in turn, those of "e" deleted, that counts the rows it gives. */
  async function large(): Promise<{ index: StoreIndex; bucket: BucketRow; looked: () => number }> {
    const index = StoreIndex.open(await trialDirectory());
    afterwards(async () => index.close());
    const buckets = new Buckets(index, () => new Date(0));
    const bucket = await buckets.create('bbb', BucketConfig.parse({ versioning: 'Enabled' }));
    await index.change(() =>
      index.run(
        `insert into versions (bucket, key, version, latest, marker, size, etag, modified, about)
         with recursive numbers (i) as (select 0 union all select i + 1 from numbers where i < ${COUNT - 1})
         select ?, cast(printf('%s/%06d', substr('abcde', 1 + i % 5, 1), i) as blob), 'null', 1, i % 5 = 4, 0, '', 0, ? from numbers`,
        bucket.id,
        ABOUT,
      ),
    );
    let rows = 0;
    const walk = index.walk.bind(index);
    index.walk = function* (...query) {
      for (const row of walk(...query)) {
        rows += 1;
        yield row;
      }
    };
    return { index, bucket, looked: () => rows };
  }

  const current = (comparison: string): string =>
    `select * from versions where bucket = ? and latest = 1 and marker = 0 and key ${comparison} ? and key < ? order by key`;
  const listed = { from: current('>='), after: current('>') };

  test.each([
    [{ delimiter: '/' }, 4, 4],
    [{ prefix: 'c/', limit: 10 }, 10, 11],
    [{ after: 'c/010000', limit: 10 }, 10, 11],
    [{ prefix: 'e/' }, 0, 0],
  ])('%j', async (options, given, most) => {
    const { index, bucket, looked } = await large();
    const page = roll(index, bucket, listed, options, (row) => String(row.key));
    expect(page.entries.length + page.commonPrefixes.length).toBe(given);
    expect(looked()).toBeLessThanOrEqual(most);
  });

  test('which SQLite finds by an index and does not sort', async () => {
    const { index } = await large();
    for (const sql of Object.values(listed)) {
      const plan = index
        .all(`explain query plan ${sql}`, 1, Buffer.from('a'), Buffer.from('b'))
        .map(({ detail }) => String(detail));
      expect(plan).toEqual([expect.stringMatching(/^SEARCH versions USING INDEX versions_current/)]);
    }
  });
});
