import { expect } from '@jest/globals';
import { refused, rule, type StorageRule } from './trial.ts';

/** Keys that a careless store would take for paths, trim, normalise, decode or lose. */
const KEYS: [what: string, key: string][] = [
  ['a parent folder', '../outside'],
  ['many parent folders', '../../../../../../etc/passwd'],
  ['a parent folder in the middle', 'a/../b'],
  ['the current folder', './a'],
  ['only dots', '..'],
  ['one dot', '.'],
  ['a leading slash', '/absolute'],
  ['a trailing slash', 'folder/'],
  ['empty segments', 'a//b///c'],
  ['only a slash', '/'],
  ['a backslash', 'a\\b\\..\\c'],
  ['spaces at both ends', '  a  '],
  ['a line feed', 'line\nfeed'],
  ['a carriage return', 'carriage\rreturn'],
  ['a tab', 'tab\there'],
  ['a bell and an escape', 'bell\u0007escape\u001b'],
  ['DEL', 'del\u007f'],
  ['a percent sign that decodes', '%2e%2e%2fa'],
  ['a plus sign', 'a+b'],
  ['a question mark', 'a?versionId=1'],
  ['a number sign', 'a#b'],
  ['an ampersand and quotes', `a&b"c'd<e>`],
  ['letters beyond ASCII', 'größe/ключ/鍵'],
  ['an emoji beyond the first plane', '😀/👩‍👩‍👧'],
  ['a combining accent', 'e\u0301'],
  ['the highest code point', '\u{10ffff}'],
  ['a non-character', '\uffff'],
  ['a byte order mark', '\ufeffa'],
  ['text from right to left', '\u202eabc'],
  ['a very long segment', 's'.repeat(1000)],
  ['1,024 bytes of ASCII', 'k'.repeat(1024)],
  ['1,024 bytes of four-byte letters', '😀'.repeat(256)],
  ['a name that a system reserves', 'CON'],
  ['a name of JavaScript', '__proto__'],
  ['what looks like SQL', "'; drop table objects; --"],
  ['a wildcard', '*%_?'],
];

const INVALID: [what: string, key: string][] = [
  ['nothing', ''],
  ['1,025 bytes', 'k'.repeat(1025)],
  ['1,025 bytes in fewer letters', `${'😀'.repeat(256)}a`],
];

/** What holds of the keys of objects. */
export const keyRules: StorageRule[] = [
  ...KEYS.map(([what, key]) =>
    rule(`a key with ${what} is kept as it is`, async (trial) => {
      const bucket = await trial.bucket();
      const stored = await trial.put(bucket, key, `content of ${what}`);
      expect(stored.key).toBe(key);
      expect(await trial.text(bucket, key)).toBe(`content of ${what}`);
      expect(await trial.keys(bucket)).toEqual([key]);
      await trial.driver.deleteObject(bucket, key);
      expect(await trial.keys(bucket)).toEqual([]);
    }),
  ),
  ...INVALID.map(([what, key]) =>
    rule(`${what} cannot be a key`, async (trial) => {
      const bucket = await trial.bucket();
      await refused(trial.put(bucket, key), 'StorageError.InvalidObjectName');
      expect(await trial.keys(bucket)).toEqual([]);
    }),
  ),
  rule('keys that differ in case, in normal form or in a slash are different', async (trial) => {
    const bucket = await trial.bucket();
    const keys = ['A', 'a', 'é', 'e\u0301', 'a/', '/a', 'a//', 'a/b', 'a//b', './a', 'a/.'];
    for (const key of keys) await trial.put(bucket, key, `[${key}]`);
    for (const key of keys) expect(await trial.text(bucket, key)).toBe(`[${key}]`);
    expect(new Set(await trial.keys(bucket))).toEqual(new Set(keys));
  }),
  rule('a key may be the beginning of another one', async (trial) => {
    const bucket = await trial.bucket();
    await trial.put(bucket, 'a/b', 'longer');
    await trial.put(bucket, 'a', 'shorter');
    await trial.driver.deleteObject(bucket, 'a');
    expect(await trial.text(bucket, 'a/b')).toBe('longer');
  }),
  rule('the same key in two buckets is two objects', async (trial) => {
    const [one, two] = [await trial.bucket(), await trial.bucket()];
    await trial.put(one, 'k', 'one');
    await trial.put(two, 'k', 'two');
    await trial.driver.deleteObject(one, 'k');
    expect(await trial.text(two, 'k')).toBe('two');
  }),
];
