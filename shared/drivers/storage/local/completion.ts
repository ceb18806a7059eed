import { createHash, randomBytes } from 'node:crypto';
import { CloudError } from '../../../core/errors.ts';
import type { Checksum, CompletedPart, CompleteOptions, ObjectVersion, Part, UploadReference } from '../port.ts';
import { checkWrite } from './conditions.ts';
import { combineCrcs, isCrc } from './crcCombination.ts';
import { nativeDigest } from './digests.ts';
import { checksumMismatch, incompleteContent, invalid, tooLarge, uploadNotFound } from './errors.ts';
import { LARGEST_OBJECT, MOST_PARTS, SMALLEST_PART } from './limits.ts';
import type { About, VersionRow } from './rows.ts';
import { commit, hasMd5Etag, type Store } from './store.ts';
import { anyUpload, partOf, type UploadRow } from './uploads.ts';
import { objectView } from './views.ts';

/**
 * Makes an object of the parts of an upload, in one commit that copies no content: the parts that are named become its segments, and the
 * others are removed. Asking again with the same parts gives the same answer while the version is there.
 */
export async function completeUpload(
  store: Store,
  reference: UploadReference,
  named: CompletedPart[],
  options: CompleteOptions = {},
): Promise<ObjectVersion> {
  checkOrder(named);
  const { row } = await commit(store, (): { row: VersionRow; files: string[] } => {
    const upload = anyUpload(store, reference);
    if (upload.completed !== undefined) return { row: completedBefore(store, upload, named), files: [] };
    return complete(store, upload, named, options);
  });
  return objectView(store.buckets.get(reference.bucket), row, store.clock.now());
}

function complete(
  store: Store,
  upload: UploadRow,
  named: CompletedPart[],
  options: CompleteOptions,
): { row: VersionRow; files: string[] } {
  const { bucket, key, about } = upload;
  const arrived = partsOf(store, upload.id);
  const parts = named.map((part) => matching(part, arrived));
  checkSizes(parts, options);
  if (options.preconditions) checkWrite(bucket.name, key, store.versions.latest(bucket, key), options.preconditions);
  const checksum = checksumOf(upload, parts);
  if (options.checksum !== undefined) checkChecksum(options.checksum, checksum);
  const superfluous = removeOthers(store, upload.id, arrived, parts);
  const { checksum: _, ...kept } = about;
  const whole: About = { ...kept, parts: true, ...(checksum && { checksum }) };
  const added = store.versions.add(bucket, key, {
    size: sizeOf(parts),
    etag: etagOf(upload, parts),
    about: whole,
    content: upload.id,
  });
  store.index.run('update uploads set completed = ? where id = ?', added.row.seq, upload.id);
  return { row: added.row, files: [...superfluous, ...added.files] };
}

/** The version that an upload became, if it is asked for with the parts that it was made of. */
function completedBefore(store: Store, upload: UploadRow, named: CompletedPart[]): VersionRow {
  const row = store.versions.bySeq(upload.completed!);
  const parts = partsOf(store, upload.id);
  const same =
    parts.size === named.length && named.every(({ partNumber, etag }) => parts.get(partNumber)?.etag === etag);
  if (row?.content !== upload.id || !same) throw uploadNotFound(upload.id);
  return row;
}

const partsOf = ({ index }: Store, uploadId: string): Map<number, Part> =>
  new Map(
    index
      .all('select number, etag, size, modified, checksum from segments where content = ? order by number', uploadId)
      .map((row) => [Number(row.number), partOf(row)]),
  );

function checkOrder(named: CompletedPart[]): void {
  if (named.length === 0 || named.length > MOST_PARTS) {
    throw invalid(`parts: 1 to ${MOST_PARTS} expected, ${named.length} were named`, { parts: named.length });
  }
  const at = named.findIndex(({ partNumber }, index) => index > 0 && partNumber <= named[index - 1]!.partNumber);
  if (at < 0) return;
  const { partNumber } = named[at]!;
  throw new CloudError(
    'StorageError.InvalidPartOrder',
    `part ${partNumber} is named after part ${named[at - 1]!.partNumber}; name each part once, in ascending order`,
    { details: { partNumber } },
  );
}

function matching({ partNumber, etag, checksum }: CompletedPart, arrived: Map<number, Part>): Part {
  const part = arrived.get(partNumber);
  if (!part) throw invalidPart(partNumber, 'it was never uploaded');
  if (part.etag !== etag) throw invalidPart(partNumber, `its ETag is ${part.etag} and not ${etag}`);
  if (checksum !== undefined && part.checksum?.value !== checksum) {
    throw invalidPart(partNumber, `its checksum is ${part.checksum?.value ?? 'not known'} and not ${checksum}`);
  }
  return part;
}

function checkSizes(parts: Part[], { size: expected }: CompleteOptions): void {
  const small = parts.slice(0, -1).find(({ size }) => size < SMALLEST_PART);
  if (small) {
    const { partNumber, size } = small;
    throw new CloudError(
      'StorageError.PartTooSmall',
      `part ${partNumber} has ${size} bytes; each part but the last must have at least ${SMALLEST_PART}`,
      { details: { partNumber, size } },
    );
  }
  const size = sizeOf(parts);
  if (size > LARGEST_OBJECT) throw tooLarge(size, LARGEST_OBJECT);
  if (expected !== undefined && expected !== size) throw incompleteContent(expected, size);
}

const sizeOf = (parts: Part[]): number => parts.reduce((sum, { size }) => sum + size, 0);

/** The MD5 of the parts' MD5s and their number, as S3 computes it. */
function etagOf({ about }: UploadRow, parts: Part[]): string {
  const hash = hasMd5Etag(about.encryption)
    ? createHash('md5')
        .update(Buffer.from(parts.map(({ etag }) => etag).join(''), 'hex'))
        .digest('hex')
    : randomBytes(16).toString('hex');
  return `${hash}-${parts.length}`;
}

function checksumOf({ about }: UploadRow, parts: Part[]): Checksum | undefined {
  if (!about.checksum) return undefined;
  const { algorithm, type } = about.checksum;
  const values = parts.map(({ checksum, size }) => ({ checksum: checksum!.value, size }));
  if (type === 'FULL_OBJECT' && isCrc(algorithm)) return { algorithm, type, value: combineCrcs(algorithm, values) };
  if (algorithm === 'CRC64NVME') throw invalid('checksum: CRC64NVME cannot be COMPOSITE', { algorithm, type });
  const digest = nativeDigest(algorithm);
  for (const { checksum } of values) digest.update(Buffer.from(checksum, 'base64'));
  return { algorithm, type, value: `${Buffer.from(digest.digest()).toString('base64')}-${parts.length}` };
}

function checkChecksum(expected: string, checksum: Checksum | undefined): void {
  if (!checksum) throw invalid('checksum: the upload was started without one; leave it out', { checksum: expected });
  const computed = checksum.value;
  // The number of parts may be left out of a composite one.
  if (expected === computed || (checksum.type === 'COMPOSITE' && expected === computed.split('-')[0])) return;
  throw checksumMismatch(checksum.algorithm, expected, computed);
}

/** Removes the parts that were not named; the answer names their files. */
function removeOthers({ index }: Store, uploadId: string, arrived: Map<number, Part>, parts: Part[]): string[] {
  if (arrived.size === parts.length) return [];
  const wanted = new Set(parts.map(({ partNumber }) => partNumber));
  return [...arrived.keys()]
    .filter((number) => !wanted.has(number))
    .flatMap((number) => {
      const row = index.one('select file from segments where content = ? and number = ?', uploadId, number);
      index.run('delete from segments where content = ? and number = ?', uploadId, number);
      return row?.file ? [String(row.file)] : [];
    });
}

const invalidPart = (partNumber: number, reason: string): CloudError =>
  new CloudError(
    'StorageError.InvalidPart',
    `part ${partNumber} cannot be used: ${reason}; list the parts to see those that arrived`,
    {
      details: { partNumber, reason },
    },
  );
