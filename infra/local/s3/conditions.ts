import type { Preconditions } from '../../../shared/drivers/storage/port.ts';
import { S3Error } from './errors.ts';

/** The conditions of a reading request, or of one on the source of a copy where the headers have that prefix. */
export function readPreconditions(headers: Record<string, string>, prefix = ''): Preconditions | undefined {
  const [match, noneMatch, modified, unmodified] = [
    'if-match',
    'if-none-match',
    'if-modified-since',
    'if-unmodified-since',
  ].map((name) => headers[`${prefix}${name}`]);
  const conditions: Preconditions = {
    ...(match !== undefined && { ifMatch: etags(match) }),
    ...(noneMatch !== undefined && { ifNoneMatch: etags(noneMatch) }),
    ...since('ifModifiedSince', modified),
    ...since('ifUnmodifiedSince', unmodified),
  };
  return Object.keys(conditions).length ? conditions : undefined;
}

/** The conditions of a write; S3 knows If-Match, and If-None-Match with `*`. */
export function writePreconditions(headers: Record<string, string>): Preconditions | undefined {
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined && noneMatch.trim() !== '*') throw notImplemented('If-None-Match');
  const match = headers['if-match'];
  if (match !== undefined && noneMatch !== undefined) throw notImplemented('If-None-Match');
  if (match !== undefined) return { ifMatch: etags(match) };
  return noneMatch === undefined ? undefined : { ifNoneMatch: ['*'] };
}

function notImplemented(header: string): S3Error {
  return new S3Error('NotImplemented', { details: { Header: header } });
}

/** ETags of a header, without their quotes. */
function etags(header: string): string[] {
  return header.split(',').map((text) => etagOf(text));
}

/** An ETag without its quotes. */
export const etagOf = (text: string): string =>
  text
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');

/** A date that cannot be read states no condition (RFC 9110, section 13.1.3). */
function since(name: 'ifModifiedSince' | 'ifUnmodifiedSince', text: string | undefined): Preconditions {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? {} : { [name]: new Date(time) };
}
