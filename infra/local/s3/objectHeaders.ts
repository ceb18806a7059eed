import type { ContentHeaders, ObjectVersion } from '../../../shared/drivers/storage/port.ts';
import { checksumHeaders } from './checksums.ts';
import { encryptionHeaders } from './encryption.ts';
import { invalidArgument, S3Error } from './errors.ts';
import type { Parameters } from './request.ts';
import { storageClassName } from './storageClasses.ts';

/** Bytes of an object's user metadata, names and values together. */
const LARGEST_METADATA = 2048;
const META = 'x-amz-meta-';

/** The user metadata of a request. */
export function readMetadata(headers: Record<string, string>): Record<string, string> {
  const entries = Object.entries(headers)
    .filter(([name]) => name.startsWith(META))
    .map(([name, value]): [string, string] => [name.slice(META.length), value]);
  const size = entries.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (size > LARGEST_METADATA) {
    throw new S3Error('MetadataTooLarge', {
      details: { Size: String(size), MaxSizeAllowed: String(LARGEST_METADATA) },
    });
  }
  return Object.fromEntries(entries);
}

const CONTENT_HEADERS: Record<keyof ContentHeaders, string> = {
  contentType: 'content-type',
  contentEncoding: 'content-encoding',
  contentDisposition: 'content-disposition',
  contentLanguage: 'content-language',
  cacheControl: 'cache-control',
  expires: 'expires',
};

/** The headers of a request that are kept with the object. */
export function readContentHeaders(headers: Record<string, string>): ContentHeaders {
  const kept: ContentHeaders = {};
  for (const [name, header] of Object.entries(CONTENT_HEADERS) as [keyof ContentHeaders, string][]) {
    const value = name === 'contentEncoding' ? storedEncoding(headers[header]) : headers[header];
    if (value !== undefined && value !== '') kept[name] = value;
  }
  return kept;
}

/** `aws-chunked` says how the content was sent, not what it is. */
function storedEncoding(value: string | undefined): string | undefined {
  return value
    ?.split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding.toLowerCase() !== 'aws-chunked')
    .join(',');
}

/** Headers of an answer that tell everything of a version but its length. */
export function versionHeaders(
  version: ObjectVersion,
  { withChecksum }: { withChecksum: boolean },
): Record<string, string | undefined> {
  const { headers, metadata, tags, restore, storageClass } = version;
  const tagCount = Object.keys(tags).length;
  const content = Object.entries(CONTENT_HEADERS).map(([name, header]) => [
    header,
    headers[name as keyof ContentHeaders],
  ]);
  return {
    'accept-ranges': 'bytes',
    etag: `"${version.etag}"`,
    'last-modified': version.lastModified.toUTCString(),
    ...Object.fromEntries(content),
    'content-type': headers.contentType ?? 'binary/octet-stream',
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`${META}${name}`, encodedWord(value)])),
    'x-amz-version-id': version.versionId,
    'x-amz-storage-class': storageClass === 'Standard' ? undefined : storageClassName(storageClass),
    'x-amz-tagging-count': tagCount ? String(tagCount) : undefined,
    'x-amz-restore': restore && restoreText(restore),
    ...encryptionHeaders(version.encryption),
    ...(withChecksum && checksumHeaders(version.checksum)),
  };
}

function restoreText({ ongoing, expires }: NonNullable<ObjectVersion['restore']>): string {
  return `ongoing-request="${ongoing}"${expires ? `, expiry-date="${expires.toUTCString()}"` : ''}`;
}

/** Text beyond ASCII as an encoded word (RFC 2047), as S3 returns it. */
function encodedWord(text: string): string {
  return /^[\x20-\x7e\t]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
}

const OVERRIDES = [
  'content-type',
  'content-language',
  'expires',
  'cache-control',
  'content-disposition',
  'content-encoding',
];

/** Headers that a signed request wants instead of the object's own. */
export function overriddenHeaders(parameters: Parameters, signed: boolean): Record<string, string> {
  const wanted = OVERRIDES.flatMap((name): [string, string][] => {
    const value = parameters.get(`response-${name}`);
    return value === undefined ? [] : [[name, value]];
  });
  if (wanted.length && !signed) {
    throw new S3Error('InvalidRequest', {
      message: 'Request specific response headers cannot be used for anonymous GET requests.',
    });
  }
  for (const [name, value] of wanted) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they would begin another header.
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
      throw invalidArgument('Header value cannot be represented using ISO-8859-1.', `response-${name}`, value);
    }
  }
  return Object.fromEntries(wanted);
}
