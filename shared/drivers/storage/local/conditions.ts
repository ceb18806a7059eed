import { CloudError } from '../../../core/errors.ts';
import type { ByteRange, Preconditions } from '../port.ts';
import { objectNotFound, preconditionFailed } from './errors.ts';
import type { VersionRow } from './rows.ts';

/** Checks what a reader asks of an object, in the order of RFC 9110, section 13.2.2. */
export function checkRead(row: VersionRow, conditions: Preconditions = {}): void {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  const modified = wholeSeconds(row.modified);
  if (ifMatch) {
    if (!matches(row, ifMatch)) throw preconditionFailed('If-Match');
  } else if (ifUnmodifiedSince && modified > wholeSeconds(ifUnmodifiedSince.getTime())) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  if (ifNoneMatch) {
    if (matches(row, ifNoneMatch)) throw notModified(row);
  } else if (ifModifiedSince && modified <= wholeSeconds(ifModifiedSince.getTime())) {
    throw notModified(row);
  }
}

/** The same of the source of a copy: an object that did not change is a condition that failed, as S3 has it. */
export function checkSource(row: VersionRow, conditions: Preconditions = {}): void {
  try {
    checkRead(row, conditions);
  } catch (error) {
    if ((error as CloudError).code !== 'StorageError.NotModified') throw error;
    throw preconditionFailed(conditions.ifNoneMatch ? 'If-None-Match' : 'If-Modified-Since');
  }
}

/** Checks what a writer asks of the object that is there now. */
export function checkWrite(
  bucket: string,
  key: string,
  row: VersionRow | undefined,
  { ifMatch, ifNoneMatch }: Preconditions = {},
): void {
  const object = row?.marker ? undefined : row;
  if (ifMatch && !object) throw objectNotFound(bucket, key, row?.versionId);
  if (ifMatch && !matches(object!, ifMatch)) throw preconditionFailed('If-Match');
  if (ifNoneMatch && object && matches(object, ifNoneMatch)) throw preconditionFailed('If-None-Match');
}

/** Checks what the one who deletes asks of an object that is there. */
export function checkDelete(row: VersionRow, { ifMatch, ifUnmodifiedSince }: Preconditions = {}): void {
  if (ifMatch && !matches(row, ifMatch)) throw preconditionFailed('If-Match');
  if (ifUnmodifiedSince && wholeSeconds(row.modified) > wholeSeconds(ifUnmodifiedSince.getTime())) {
    throw preconditionFailed('If-Unmodified-Since');
  }
}

/** The bytes that a range means, `end` excluded; the whole of it without one. */
export function bytesOf(range: ByteRange | undefined, size: number): { start: number; end: number } {
  if (!range) return { start: 0, end: size };
  const { start, end } = range;
  const text = `bytes=${start ?? ''}-${end ?? ''}`;
  if (start === undefined) {
    if (!end || size === 0) throw invalidRange(text, size);
    return { start: Math.max(0, size - end), end: size };
  }
  if (start >= size || (end !== undefined && end < start)) throw invalidRange(text, size);
  return { start, end: end === undefined ? size : Math.min(size, end + 1) };
}

export const invalidRange = (range: string, size: number): CloudError =>
  new CloudError('StorageError.InvalidRange', `${range} is outside of the object, which has ${size} bytes`, {
    details: { range, size },
  });

const matches = (row: VersionRow, etags: string[]): boolean => etags.includes('*') || etags.includes(row.etag);

/** HTTP dates have no milliseconds. */
const wholeSeconds = (time: number): number => Math.floor(time / 1000);

function notModified({ etag, modified }: VersionRow): CloudError {
  const lastModified = new Date(modified).toISOString();
  return new CloudError('StorageError.NotModified', `the object is still the one with ETag ${etag}`, {
    details: { etag, lastModified },
  });
}
