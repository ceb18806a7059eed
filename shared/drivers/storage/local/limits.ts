import { CloudError } from '../../../core/errors.ts';
import type { PutOptions } from '../port.ts';
import { invalid } from './errors.ts';

/** The limits of Amazon S3. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const LARGEST_PUT = 5 * 1024 ** 3;
export const LARGEST_OBJECT = 5 * 1024 ** 4;
export const SMALLEST_PART = 5 * 1024 ** 2;
export const MOST_PARTS = 10_000;
export const LARGEST_PAGE = 1000;
const LONGEST_KEY = 1024;
const MOST_METADATA = 2048;
const MOST_TAGS = 10;
const LONGEST_TAG_KEY = 128;
const LONGEST_TAG_VALUE = 256;

/** Refuses a key that cannot be one. */
export function checkKey(key: string): void {
  const size = Buffer.byteLength(key);
  if (size >= 1 && size <= LONGEST_KEY && key.isWellFormed()) return;
  const why = size === 0 ? 'it is empty' : size > LONGEST_KEY ? `it has ${size} bytes of UTF-8` : 'it is not Unicode';
  throw new CloudError(
    'StorageError.InvalidObjectName',
    `${JSON.stringify(key.slice(0, 80))} cannot be the key of an object: ${why}; 1 to ${LONGEST_KEY} bytes of UTF-8 expected`,
    { details: { name: key.slice(0, LONGEST_KEY).toWellFormed() } },
  );
}

/** Refuses metadata and tags beyond the limits. */
export function checkOptions({ metadata = {}, tags = {} }: Pick<PutOptions, 'metadata' | 'tags'>): void {
  checkMetadata(metadata);
  checkTags(tags);
}

function checkMetadata(metadata: Record<string, string>): void {
  const size = Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  if (size <= MOST_METADATA) return;
  throw invalid(`metadata: ${size} bytes of names and values are more than the ${MOST_METADATA} that fit; shorten it`, {
    size,
    limit: MOST_METADATA,
  });
}

export function checkTags(tags: Record<string, string>): void {
  const entries = Object.entries(tags);
  if (entries.length > MOST_TAGS) {
    throw invalid(`tags: ${entries.length} are more than the ${MOST_TAGS} that an object may have`, {
      limit: MOST_TAGS,
    });
  }
  for (const [key, value] of entries) {
    if (key.length < 1 || key.length > LONGEST_TAG_KEY) {
      throw invalid(
        `tags: a key of 1 to ${LONGEST_TAG_KEY} characters expected, "${key.slice(0, 40)}" has ${key.length}`,
        { tag: key },
      );
    }
    if (value.length > LONGEST_TAG_VALUE) {
      throw invalid(`tags.${key}: at most ${LONGEST_TAG_VALUE} characters expected, the value has ${value.length}`, {
        tag: key,
      });
    }
    if (key.startsWith('aws:'))
      throw invalid(`tags.${key}: tags that begin with "aws:" are reserved; choose another key`, { tag: key });
  }
}

/** How many entries a page may have. */
export function pageLimit(limit: number | undefined): number {
  if (limit === undefined) return LARGEST_PAGE;
  if (Number.isSafeInteger(limit) && limit >= 0) return Math.min(limit, LARGEST_PAGE);
  throw invalid(`limit: an integer of 0 or more expected (got ${limit})`, { limit });
}
