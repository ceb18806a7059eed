import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import type { ChecksumAlgorithm, PutOptions } from '../../../shared/drivers/storage/port.ts';
import { PART, patterned, refused, rule, type StorageRule } from './trial.ts';

const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

/** Checksums of "123456789", the check value of the catalogues of CRCs, and of FIPS 180 by any implementation. */
const VECTORS: [ChecksumAlgorithm, string][] = [
  ['CRC32', base64('cbf43926')],
  ['CRC32C', base64('e3069283')],
  ['CRC64NVME', base64('ae8b14860a799888')],
  ['SHA1', createHash('sha1').update('123456789').digest('base64')],
  ['SHA256', createHash('sha256').update('123456789').digest('base64')],
];

const OWN = (fill: number): { type: 'CustomerProvidedKey'; key: Uint8Array } => ({
  type: 'CustomerProvidedKey',
  key: new Uint8Array(32).fill(fill),
});

/** What holds of checksums and of encryption. */
export const integrityRules: StorageRule[] = [
  ...VECTORS.map(([algorithm, value]) =>
    rule(
      `the ${algorithm} of "123456789" is the published one, and is kept`,
      async (trial) => {
        const bucket = await trial.bucket();
        const stored = await trial.put(bucket, 'a', '123456789', { checksum: { algorithm } });
        expect(stored.checksum).toEqual({ algorithm, value, type: 'FULL_OBJECT' });
        expect((await trial.driver.headObject(bucket, 'a')).version.checksum).toEqual(stored.checksum);
      },
      ['checksums'],
    ),
  ),
  ...VECTORS.map(([algorithm, value]) =>
    rule(
      `content that has not the ${algorithm} that was announced is refused and leaves nothing`,
      async (trial) => {
        const bucket = await trial.bucket();
        await trial.put(bucket, 'a', '123456789', { checksum: { algorithm, value } });
        const call = trial.put(bucket, 'b', '123456780', { checksum: { algorithm, value } });
        await refused(call, 'StorageError.ChecksumMismatch');
        expect(await trial.keys(bucket)).toEqual(['a']);
      },
      ['checksums'],
    ),
  ),
  rule(
    'a checksum may be told when the content has come',
    async (trial) => {
      const bucket = await trial.bucket();
      let value: string | undefined;
      async function* content() {
        yield Buffer.from('12345');
        value = base64('cbf43926');
        yield Buffer.from('6789');
      }
      await trial.put(bucket, 'a', content(), { checksum: { algorithm: 'CRC32', value: () => value } });
      expect(await trial.text(bucket, 'a')).toBe('123456789');
    },
    ['checksums', 'trailingChecksums'],
  ),
  rule(
    'the composite SHA-256 of parts is that of their SHA-256',
    async (trial) => {
      const bucket = await trial.bucket();
      const contents = [patterned(PART, 6), patterned(9, 7)];
      const upload = await trial.driver.startUpload(bucket, 'a', {
        checksum: { algorithm: 'SHA256', type: 'COMPOSITE' },
      });
      const parts = [];
      for (const [index, content] of contents.entries()) {
        const { partNumber, etag, checksum } = await trial.driver.uploadPart(upload, index + 1, content, {
          checksum: { algorithm: 'SHA256' },
        });
        expect(checksum?.value).toBe(createHash('sha256').update(content).digest('base64'));
        parts.push({ partNumber, etag, checksum: checksum!.value });
      }
      const { checksum } = await trial.driver.completeUpload(upload, parts);
      const digests = contents.map((content) => createHash('sha256').update(content).digest());
      const value = `${createHash('sha256').update(Buffer.concat(digests)).digest('base64')}-2`;
      expect(checksum).toEqual({ algorithm: 'SHA256', value, type: 'COMPOSITE' });
    },
    ['checksums'],
  ),
  rule(
    'the CRC-32 of a whole object does not depend on its parts',
    async (trial) => {
      const bucket = await trial.bucket();
      const contents = [patterned(PART, 8), patterned(12_345, 9)];
      const whole = await trial.put(bucket, 'whole', Buffer.concat(contents), { checksum: { algorithm: 'CRC32' } });
      const upload = await trial.driver.startUpload(bucket, 'a', {
        checksum: { algorithm: 'CRC32', type: 'FULL_OBJECT' },
      });
      const parts = [];
      for (const [index, content] of contents.entries()) {
        const { partNumber, etag } = await trial.driver.uploadPart(upload, index + 1, content, {
          checksum: { algorithm: 'CRC32' },
        });
        parts.push({ partNumber, etag });
      }
      expect((await trial.driver.completeUpload(upload, parts)).checksum).toEqual(whole.checksum);
    },
    ['checksums'],
  ),
  rule(
    'an object that the provider encrypts is read as it was stored',
    async (trial) => {
      const bucket = await trial.bucket({ encryption: { type: 'ServerSideEncryption' } });
      const stored = await trial.put(bucket, 'a', 'content');
      expect(stored.encryption).toMatchObject({ type: 'ServerSideEncryption' });
      expect(await trial.text(bucket, 'a')).toBe('content');
      expect((await trial.driver.getBucket(bucket)).encryption).toMatchObject({ type: 'ServerSideEncryption' });
    },
    ['serverSideEncryption'],
  ),
  rule(
    'an object under a key of the customer in the provider names that key',
    async (trial) => {
      const bucket = await trial.bucket();
      const encryption = { type: 'CustomerManagedKey' as const, keyId: trial.under.managedKey! };
      const stored = await trial.put(bucket, 'a', 'content', { encryption });
      expect(stored.encryption).toMatchObject(encryption);
      expect(await trial.text(bucket, 'a')).toBe('content');
    },
    ['customerManagedKeys'],
    ['managedKey'],
  ),
  rule(
    "an object under its owner's key is read with that key, whole and in ranges",
    async (trial) => {
      const bucket = await trial.bucket();
      const content = patterned(200_000, 11);
      const stored = await trial.put(bucket, 'a', content, { encryption: OWN(1) });
      const keyMd5 = createHash('md5').update(OWN(1).key).digest('base64');
      expect(stored.encryption).toMatchObject({ type: 'CustomerProvidedKey', keyMd5 });
      const customerKey = OWN(1);
      expect((await trial.bytes(bucket, 'a', { customerKey })).equals(content)).toBe(true);
      const range = { start: 65_530, end: 131_080 };
      expect((await trial.bytes(bucket, 'a', { customerKey, range })).equals(content.subarray(65_530, 131_081))).toBe(
        true,
      );
    },
    ['customerProvidedKeys'],
  ),
  rule(
    "with another key than its owner's an object is denied",
    async (trial) => {
      const bucket = await trial.bucket();
      await trial.put(bucket, 'a', 'content', { encryption: OWN(1) });
      await refused(trial.driver.getObject(bucket, 'a', { customerKey: OWN(2) }), 'StorageError.AccessDenied');
      await refused(trial.driver.headObject(bucket, 'a', { customerKey: OWN(2) }), 'StorageError.AccessDenied');
    },
    ['customerProvidedKeys'],
  ),
  rule(
    "without its owner's key an object is not read",
    async (trial) => {
      const bucket = await trial.bucket();
      await trial.put(bucket, 'a', 'content', { encryption: OWN(1) });
      await refused(trial.driver.getObject(bucket, 'a'), /^(InvalidInput|StorageError\.AccessDenied)$/);
    },
    ['customerProvidedKeys'],
  ),
  rule(
    'a key for an object that has none is refused',
    async (trial) => {
      const bucket = await trial.bucket();
      await trial.put(bucket, 'a', 'content');
      await refused(
        trial.driver.getObject(bucket, 'a', { customerKey: OWN(1) }),
        /^(InvalidInput|StorageError\.AccessDenied)$/,
      );
    },
    ['customerProvidedKeys'],
  ),
  ...[0, 16, 31, 33].map((length) =>
    rule(
      `a key of ${length} bytes is refused`,
      async (trial) => {
        const bucket = await trial.bucket();
        const encryption = { type: 'CustomerProvidedKey' as const, key: new Uint8Array(length) };
        await refused(trial.put(bucket, 'a', 'content', { encryption }), 'InvalidInput');
        expect(await trial.keys(bucket)).toEqual([]);
      },
      ['customerProvidedKeys'],
    ),
  ),
  rule(
    "a copy is read with the source's key and written with another",
    async (trial) => {
      const bucket = await trial.bucket();
      await trial.put(bucket, 'a', 'content', { encryption: OWN(1) });
      const copy = (options: PutOptions & { sourceCustomerKey?: { key: Uint8Array } }) =>
        trial.driver.copyObject({ bucket, key: 'a' }, { bucket, key: 'b' }, options);
      await refused(copy({ sourceCustomerKey: OWN(2) }), 'StorageError.AccessDenied');
      await copy({ sourceCustomerKey: OWN(1), encryption: OWN(3) });
      expect(await trial.text(bucket, 'b', { customerKey: OWN(3) })).toBe('content');
    },
    ['customerProvidedKeys'],
  ),
  rule(
    "an upload in parts takes the same owner's key with each part",
    async (trial) => {
      const bucket = await trial.bucket();
      const upload = await trial.driver.startUpload(bucket, 'a', { encryption: OWN(1) });
      const wrong = trial.driver.uploadPart(upload, 1, Buffer.from('x'), { customerKey: OWN(2) });
      await refused(wrong, /^(InvalidInput|StorageError\.AccessDenied)$/);
      const { partNumber, etag } = await trial.driver.uploadPart(upload, 1, Buffer.from('x'), { customerKey: OWN(1) });
      await trial.driver.completeUpload(upload, [{ partNumber, etag }]);
      expect(await trial.text(bucket, 'a', { customerKey: OWN(1) })).toBe('x');
    },
    ['customerProvidedKeys'],
  ),
];
