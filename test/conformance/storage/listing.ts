import { expect } from '@jest/globals';
import { refused, rule, type StorageRule, type Trial } from './trial.ts';

async function bucketOf(trial: Trial, keys: string[]): Promise<string> {
  const bucket = await trial.bucket();
  await Promise.all(keys.map((key) => trial.put(bucket, key, key)));
  return bucket;
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Listings with a delimiter: the keys, what is asked, and what comes. */
const FOLDERS: [
  rule: string,
  keys: string[],
  ask: { prefix?: string; delimiter: string },
  found: [string[], string[]],
][] = [
  ['keys with the delimiter are one common prefix', ['a', 'b/1', 'b/2', 'c'], { delimiter: '/' }, [['a', 'c'], ['b/']]],
  ['a prefix is not looked for the delimiter', ['a/b/c', 'a/d'], { prefix: 'a/', delimiter: '/' }, [['a/d'], ['a/b/']]],
  ['a prefix may end within a name', ['abc/1', 'abd/2', 'x'], { prefix: 'ab', delimiter: '/' }, [[], ['abc/', 'abd/']]],
  [
    'a key that is the prefix itself is an object',
    ['a/', 'a/b'],
    { prefix: 'a/', delimiter: '/' },
    [['a/', 'a/b'], []],
  ],
  ['an empty name is a common prefix', ['a//b', 'a/c'], { prefix: 'a/', delimiter: '/' }, [['a/c'], ['a//']]],
  ['a leading delimiter is a common prefix', ['/a', '/b', 'c'], { delimiter: '/' }, [['c'], ['/']]],
  ['a delimiter may be several characters', ['a--b', 'a-b', 'c--d--e'], { delimiter: '--' }, [['a-b'], ['a--', 'c--']]],
  ['a delimiter may be a letter beyond ASCII', ['1→2', '1→3', '4'], { delimiter: '→' }, [['4'], ['1→']]],
  ['a delimiter that no key has changes nothing', ['a/b', 'c'], { delimiter: '|' }, [['a/b', 'c'], []]],
  ['a key that ends with the delimiter is a common prefix', ['dir/', 'file'], { delimiter: '/' }, [['file'], ['dir/']]],
  ['a dot may be the delimiter', ['a.b', 'a.c', 'd'], { delimiter: '.' }, [['d'], ['a.']]],
  ['a space may be the delimiter', ['a b', 'a c', 'd'], { delimiter: ' ' }, [['d'], ['a ']]],
  ['a percent sign means itself', ['a%b', 'a%c', 'ab'], { prefix: 'a%', delimiter: '/' }, [['a%b', 'a%c'], []]],
  ['an underscore in a prefix means itself', ['a_b', 'axb'], { prefix: 'a_', delimiter: '/' }, [['a_b'], []]],
];

/** What holds of listings. */
export const listingRules: StorageRule[] = [
  rule('keys come in the order of their bytes in UTF-8', async (trial) => {
    const keys = ['a', 'A', 'b', 'B', '1', '~', 'ä', 'z', '\uff5e', '😀', 'a/b', 'a b', 'a!', 'aa', '_', '日本'];
    expect(await trial.keys(await bucketOf(trial, keys))).toEqual([...keys].sort(byBytes));
  }),
  rule('letters beyond the first plane come after those in it, as in UTF-8 and not as in UTF-16', async (trial) => {
    const bucket = await bucketOf(trial, ['\u{10000}', '\uffee', '\ue000']);
    expect(await trial.keys(bucket)).toEqual(['\ue000', '\uffee', '\u{10000}']);
  }),
  rule('an entry tells what the object has', async (trial) => {
    const bucket = await trial.bucket();
    const { etag } = await trial.put(bucket, 'a', 'content');
    const { entries } = await trial.driver.listObjects(bucket);
    expect(entries).toEqual([expect.objectContaining({ key: 'a', size: 7, etag, storageClass: 'Standard' })]);
    expect(entries[0]!.lastModified).toBeInstanceOf(Date);
  }),
  rule('a prefix gives the keys that begin with it', async (trial) => {
    const bucket = await bucketOf(trial, ['a', 'ab', 'abc', 'b', 'ba']);
    expect(await trial.keys(bucket, { prefix: 'ab' })).toEqual(['ab', 'abc']);
  }),
  rule('a prefix that no key has gives nothing', async (trial) => {
    expect(await trial.page(await bucketOf(trial, ['a']), { prefix: 'b' })).toEqual({ keys: [], prefixes: [] });
  }),
  rule('an empty prefix is none', async (trial) => {
    expect(await trial.keys(await bucketOf(trial, ['a', 'b']), { prefix: '' })).toEqual(['a', 'b']);
  }),
  rule('a prefix may be the highest letter there is', async (trial) => {
    const bucket = await bucketOf(trial, ['\u{10ffff}', '\u{10ffff}a', 'a']);
    expect(await trial.keys(bucket, { prefix: '\u{10ffff}' })).toEqual(['\u{10ffff}', '\u{10ffff}a']);
  }),
  rule('a prefix may split what looks like one letter', async (trial) => {
    const bucket = await bucketOf(trial, ['e\u0301x', 'ex']);
    expect(await trial.keys(bucket, { prefix: 'e' })).toEqual(['ex', 'e\u0301x']);
  }),
  ...FOLDERS.map(([name, keys, ask, [objects, prefixes]]) =>
    rule(`${name} (${JSON.stringify(ask)})`, async (trial) => {
      const page = await trial.page(await bucketOf(trial, keys), ask);
      expect(page).toEqual({ keys: objects, prefixes });
    }),
  ),
  rule('pages of one have everything once, in order', async (trial) => {
    const keys = ['a', 'b', 'c/1', 'd', 'e'];
    expect(await trial.keys(await bucketOf(trial, keys), { limit: 1 })).toEqual(keys);
  }),
  rule('a page that is just full and the last has no next one', async (trial) => {
    const bucket = await bucketOf(trial, ['a', 'b']);
    const page = await trial.page(bucket, { limit: 2 });
    expect(page).toEqual({ keys: ['a', 'b'], prefixes: [] });
  }),
  rule('a page holds 1,000 keys at most', async (trial) => {
    const keys = Array.from({ length: 1005 }, (_, index) => `k${String(index).padStart(4, '0')}`);
    const bucket = await bucketOf(trial, keys);
    const { entries, next } = await trial.driver.listObjects(bucket);
    expect(entries).toHaveLength(1000);
    expect(next).toBeDefined();
    expect(await trial.keys(bucket)).toEqual(keys);
  }),
  rule('common prefixes count for the page, and each comes once', async (trial) => {
    const bucket = await bucketOf(trial, ['a/1', 'a/2', 'b', 'c/1', 'c/2', 'd']);
    const found: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await trial.page(bucket, { delimiter: '/', limit: 1, ...(after !== undefined && { after }) });
      expect(page.keys.length + page.prefixes.length).toBeLessThanOrEqual(1);
      found.push(...page.keys, ...page.prefixes);
      if (page.next === undefined) break;
      after = page.next;
    }
    expect(found).toEqual(['a/', 'b', 'c/', 'd']);
  }),
  rule('a listing begins after a key, whether that exists or not', async (trial) => {
    const bucket = await bucketOf(trial, ['a', 'b', 'c']);
    expect(await trial.keys(bucket, { after: 'b' })).toEqual(['c']);
    expect(await trial.keys(bucket, { after: 'aa' })).toEqual(['b', 'c']);
    expect(await trial.keys(bucket, { after: 'z' })).toEqual([]);
  }),
  rule('after a common prefix comes what follows all of it', async (trial) => {
    const bucket = await bucketOf(trial, ['a/1', 'a/2', 'b']);
    expect(await trial.page(bucket, { delimiter: '/', after: 'a/' })).toEqual({ keys: ['b'], prefixes: [] });
  }),
  rule('what begins after a key before the prefix is the prefix', async (trial) => {
    const bucket = await bucketOf(trial, ['a', 'p1', 'p2', 'z']);
    expect(await trial.keys(bucket, { prefix: 'p', after: 'b' })).toEqual(['p1', 'p2']);
  }),
  rule('a listing stays right while objects are written and deleted', async (trial) => {
    const keys = Array.from({ length: 60 }, (_, index) => `k${String(index).padStart(2, '0')}`);
    const bucket = await bucketOf(trial, keys);
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await trial.page(bucket, { limit: 10, ...(after !== undefined && { after }) });
      seen.push(...page.keys);
      if (page.next === undefined) break;
      after = page.next;
      // Behind the page and before it; what was there all the time must come once.
      await trial.driver.deleteObject(bucket, page.keys[0]!);
      await trial.put(bucket, `${page.keys[0]}-new`);
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((key) => !key.endsWith('-new'))).toEqual(keys);
  }),
  rule('a listing goes on where the last key of a page was deleted', async (trial) => {
    const bucket = await bucketOf(trial, ['a', 'b', 'c', 'd']);
    const { next } = await trial.page(bucket, { limit: 2 });
    await trial.driver.deleteObject(bucket, 'b');
    expect(await trial.keys(bucket, { after: next! })).toEqual(['c', 'd']);
  }),
  rule('many that write at once are all listed', async (trial) => {
    const keys = Array.from({ length: 100 }, (_, index) => `k${String(index).padStart(3, '0')}`);
    expect(await trial.keys(await bucketOf(trial, keys))).toEqual(keys);
  }),
  rule('a listing of a negative length is refused', async (trial) => {
    await refused(trial.driver.listObjects(await trial.bucket(), { limit: -1 }), 'InvalidInput');
  }),
];
