import type { Checksum, ChecksumAlgorithm, PutOptions } from '../../../shared/drivers/storage/port.ts';
import { invalidArgument, S3Error } from './errors.ts';
import type { S3Request } from './request.ts';
import type { Elements, XmlElement } from './xml.ts';

/** Bytes of each checksum. */
const LENGTHS: Record<ChecksumAlgorithm, number> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 };
export const ALGORITHMS = Object.keys(LENGTHS) as ChecksumAlgorithm[];

const headerOf = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;
const elementOf = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm}`;

/** The algorithm that a header or a document names. */
export function readAlgorithm(text: string | undefined, header: string): ChecksumAlgorithm | undefined {
  if (text === undefined) return undefined;
  const algorithm = ALGORITHMS.find((known) => known === text.toUpperCase());
  if (algorithm) return algorithm;
  throw new S3Error('InvalidRequest', {
    message: `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${ALGORITHMS.join(', ')}] (${header}: ${text})`,
  });
}

/** The checksum that a request states in a header, or announces as a trailer. */
export function statedChecksum(request: S3Request): PutOptions['checksum'] {
  const { headers, payload } = request;
  const stated = ALGORITHMS.filter((algorithm) => headers[headerOf(algorithm)] !== undefined);
  const announced = trailerAlgorithm(headers['x-amz-trailer']);
  const named = readAlgorithm(headers['x-amz-sdk-checksum-algorithm'], 'x-amz-sdk-checksum-algorithm');
  if (stated.length + (announced ? 1 : 0) > 1) {
    throw new S3Error('InvalidRequest', {
      message: 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    });
  }
  const algorithm = stated[0] ?? announced;
  if (named && !algorithm) {
    throw new S3Error('InvalidRequest', {
      message:
        'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    });
  }
  if (!algorithm) return undefined;
  if (named && named !== algorithm) {
    throw new S3Error('InvalidRequest', { message: 'Value for x-amz-sdk-checksum-algorithm header is invalid.' });
  }
  const name = headerOf(algorithm);
  if (stated[0]) return { algorithm, value: checkedValue(algorithm, headers[name]!, name) };
  return {
    algorithm,
    value: () => {
      const value = payload.trailer(name);
      if (value === undefined) throw new S3Error('MalformedTrailerError');
      return checkedValue(algorithm, value, name);
    },
  };
}

function trailerAlgorithm(header: string | undefined): ChecksumAlgorithm | undefined {
  const name = header?.trim().toLowerCase();
  if (name === undefined) return undefined;
  const algorithm = ALGORITHMS.find((known) => headerOf(known) === name);
  if (algorithm) return algorithm;
  throw new S3Error('InvalidRequest', { message: 'The value specified in the x-amz-trailer header is not supported' });
}

/** A checksum of the whole object in a header; one over those of the parts may end with their number. */
export function statedObjectChecksum(
  headers: Record<string, string>,
): { algorithm: ChecksumAlgorithm; value: string } | undefined {
  const algorithm = ALGORITHMS.find((known) => headers[headerOf(known)] !== undefined);
  if (!algorithm) return undefined;
  const value = headers[headerOf(algorithm)]!;
  checkedValue(algorithm, value.replace(/-\d{1,5}$/, ''), headerOf(algorithm));
  return { algorithm, value };
}

function checkedValue(algorithm: ChecksumAlgorithm, value: string, name: string): string {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length === LENGTHS[algorithm] && bytes.toString('base64') === value) return value;
  throw new S3Error('InvalidRequest', { message: `Value for ${name} header is invalid.` });
}

/** The MD5 that a request states; InvalidDigest for what is none. */
export function statedMd5(headers: Record<string, string>): string | undefined {
  const value = headers['content-md5'];
  if (value === undefined) return undefined;
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length === 16 && bytes.toString('base64') === value) return value;
  throw new S3Error('InvalidDigest', { details: { 'Content-MD5': value } });
}

/** The type of a checksum over the parts of an upload; some algorithms cannot do the one or the other. */
export function readChecksumType(text: string | undefined, algorithm: ChecksumAlgorithm): Checksum['type'] {
  if (text === undefined) return algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
  const type = text.toUpperCase();
  if (type !== 'FULL_OBJECT' && type !== 'COMPOSITE')
    throw invalidArgument('Value for x-amz-checksum-type header is invalid.', 'x-amz-checksum-type', text);
  const impossible = type === 'FULL_OBJECT' ? algorithm.startsWith('SHA') : algorithm === 'CRC64NVME';
  if (impossible) {
    throw new S3Error('InvalidRequest', {
      message: `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    });
  }
  return type;
}

/** Checksum headers of an answer. */
export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (!checksum) return {};
  return { [headerOf(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** Checksum elements of a document, with the type where it is about a whole object. */
export function checksumElements(checksum: Checksum | undefined, withType = true): Elements {
  if (!checksum) return {};
  return { [elementOf(checksum.algorithm)]: checksum.value, ...(withType && { ChecksumType: checksum.type }) };
}

/** The checksum that an element of a document states. */
export function checksumOfElement(element: XmlElement): string | undefined {
  return ALGORITHMS.map((algorithm) => element.value(elementOf(algorithm))).find((value) => value !== undefined);
}
