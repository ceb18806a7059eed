import type { ObjectVersion } from '../../../shared/drivers/storage/port.ts';
import { checksumElements } from './checksums.ts';
import { checkCustomerKey, statedCustomerKey } from './encryption.ts';
import { invalidArgument, S3Error } from './errors.ts';
import { found } from './lookup.ts';
import { noteKey } from './objects.ts';
import type { Answer, ObjectRequest } from './request.ts';
import type { Services } from './services.ts';
import { storageClassName } from './storageClasses.ts';
import type { Elements } from './xml.ts';

const ATTRIBUTES: readonly string[] = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];

/** GetObjectAttributes: what of an object the request asks for, without its content. */
export async function getObjectAttributes(request: ObjectRequest, services: Services): Promise<Answer> {
  const { bucket, key, headers, parameters } = request;
  const wanted = readWanted(headers['x-amz-object-attributes']);
  const versionId = parameters.get('versionId');
  const customerKey = statedCustomerKey(headers);
  const { version } = await found(request, services, () =>
    services.storage
      .headObject(bucket, key, {
        ...(versionId !== undefined && { versionId }),
        ...(customerKey && { customerKey }),
      })
      .catch(noteKey(customerKey)),
  );
  checkCustomerKey(version.encryption, customerKey);
  const { checksum, parts } = version;
  return {
    headers: { 'last-modified': version.lastModified.toUTCString(), 'x-amz-version-id': version.versionId },
    body: {
      root: 'GetObjectAttributesResponse',
      content: {
        ETag: wanted.has('ETag') ? version.etag : undefined,
        Checksum: wanted.has('Checksum') && checksum ? checksumElements(checksum) : undefined,
        ObjectParts: wanted.has('ObjectParts') && parts ? partsElements(parts, headers) : undefined,
        StorageClass: wanted.has('StorageClass') ? storageClassName(version.storageClass) : undefined,
        ObjectSize: wanted.has('ObjectSize') ? version.size : undefined,
      },
    },
  };
}

function readWanted(header: string | undefined): Set<string> {
  const names = (header ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (!names.length)
    throw new S3Error('InvalidRequest', {
      message: 'Missing required header for this request: x-amz-object-attributes',
    });
  const unknown = names.find((name) => !ATTRIBUTES.includes(name));
  if (unknown !== undefined)
    throw invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', unknown);
  return new Set(names);
}

function partsElements(parts: NonNullable<ObjectVersion['parts']>, headers: Record<string, string>): Elements {
  const limit = Math.min(wholeNumber(headers, 'x-amz-max-parts') ?? 1_000, 1_000);
  const after = wholeNumber(headers, 'x-amz-part-number-marker') ?? 0;
  const rest = parts.filter(({ partNumber }) => partNumber > after);
  const page = rest.slice(0, limit);
  // S3 tells of single parts only where each has a checksum of its own.
  const shown = page.filter(({ checksum }) => checksum !== undefined);
  return {
    PartsCount: parts.length,
    PartNumberMarker: after,
    NextPartNumberMarker: page.at(-1)?.partNumber ?? 0,
    MaxParts: limit,
    IsTruncated: rest.length > limit,
    Part: shown.map(({ partNumber, size, checksum }) => ({
      PartNumber: partNumber,
      Size: size,
      ...checksumElements(checksum, false),
    })),
  };
}

function wholeNumber(headers: Record<string, string>, name: string): number | undefined {
  const text = headers[name];
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalidArgument(`${name} must be a whole number`, name, text);
}
