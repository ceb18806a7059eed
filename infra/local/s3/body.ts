import { digestOf } from '../../../shared/drivers/storage/local/digests.ts';
import { statedChecksum, statedMd5 } from './checksums.ts';
import { S3Error } from './errors.ts';
import type { S3Request } from './request.ts';
import { parseXml, type XmlElement } from './xml.ts';

/** The largest document that is read, in bytes, unless an operation says otherwise. */
const LARGEST_DOCUMENT = 1024 * 1024;

/** The document in the content of a request, which must have this root and the checksums that the request states. */
export async function documentOf(request: S3Request, root: string, limit = LARGEST_DOCUMENT): Promise<XmlElement> {
  const bytes = await bodyOf(request, limit);
  if (!bytes.length) throw new S3Error('MissingRequestBodyError');
  return parseXml(bytes, root);
}

/** The content of a request, checked against the checksums that it states. */
export async function bodyOf(request: S3Request, limit = LARGEST_DOCUMENT): Promise<Buffer> {
  const md5 = statedMd5(request.headers);
  const checksum = statedChecksum(request);
  const bytes = await request.payload.bytes(limit);
  if (md5 !== undefined)
    await check('MD5', bytes, md5, 'The Content-MD5 you specified did not match what we received.');
  const { algorithm, value } = checksum ?? {};
  const stated = typeof value === 'function' ? value() : value;
  if (algorithm && stated !== undefined) {
    await check(algorithm, bytes, stated, `The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return bytes;
}

async function check(
  algorithm: Parameters<typeof digestOf>[0],
  bytes: Buffer,
  stated: string,
  message: string,
): Promise<void> {
  const digest = await digestOf(algorithm);
  digest.update(bytes);
  const computed = Buffer.from(await digest.digest()).toString('base64');
  if (computed === stated) return;
  throw new S3Error('BadDigest', { message, details: { ExpectedDigest: stated, CalculatedDigest: computed } });
}
