import { randomBytes } from 'node:crypto';
import type {
  ByteRange,
  Content,
  CustomerKey,
  ObjectReference,
  Part,
  PartOptions,
  Preconditions,
  Upload,
  UploadReference,
} from '../port.ts';
import { checkSource } from './conditions.ts';
import { invalid } from './errors.ts';
import { LARGEST_PUT, MOST_PARTS, pageLimit } from './limits.ts';
import { findVersion, openVersion } from './retrieval.ts';
import { hasMd5Etag, type Store } from './store.ts';
import { findUpload, partOf, type UploadRow, uploadView } from './uploads.ts';
import { commitWritten, expectedOf, writeContent } from './writing.ts';

/** Writes one part; it replaces the one with its number, and is no part of anything if the upload ended meanwhile. */
export async function uploadPart(
  store: Store,
  reference: UploadReference,
  partNumber: number,
  content: Content,
  options: PartOptions = {},
): Promise<Part> {
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MOST_PARTS) {
    throw invalid(`partNumber: an integer from 1 to ${MOST_PARTS} expected (got ${partNumber})`, { partNumber });
  }
  const upload = findUpload(store, reference);
  const { encryption } = upload.about;
  const checksum = checksumOf(upload, options);
  const written = await writeContent(store, content, {
    ...expectedOf(options),
    ...(checksum && { checksum }),
    content: upload.id,
    number: partNumber,
    wrappingKey: store.keys.toRead(encryption, options.customerKey, `upload "${upload.id}"`),
    limit: LARGEST_PUT,
    md5: hasMd5Etag(encryption),
  });
  const { part } = await commitWritten(store, written, () => {
    const { id } = findUpload(store, reference);
    const before = store.index.one('select file from segments where content = ? and number = ?', id, partNumber);
    store.index.run('delete from segments where content = ? and number = ?', id, partNumber);
    store.versions.addSegment(written, written.md5 ?? randomBytes(16).toString('hex'));
    const row = store.index.one('select * from segments where content = ? and number = ?', id, partNumber)!;
    return { part: partOf(row), files: before?.file ? [String(before.file)] : [] };
  });
  return part;
}

function checksumOf({ about }: UploadRow, { checksum }: PartOptions): PartOptions['checksum'] {
  const wanted = about.checksum?.algorithm;
  if (wanted && checksum && checksum.algorithm !== wanted) {
    throw invalid(
      `checksum: the upload was started with ${wanted} and the part came with ${checksum.algorithm}; send ${wanted}`,
      {
        algorithm: checksum.algorithm,
      },
    );
  }
  return checksum ?? (wanted && { algorithm: wanted });
}

export interface PartCopyOptions {
  range?: ByteRange;
  sourcePreconditions?: Preconditions;
  sourceCustomerKey?: CustomerKey;
  customerKey?: CustomerKey;
}

/** Writes one part from bytes of an object that is there. */
export async function uploadPartCopy(
  store: Store,
  reference: UploadReference,
  partNumber: number,
  source: ObjectReference,
  { range, sourcePreconditions, sourceCustomerKey, customerKey }: PartCopyOptions = {},
): Promise<Part> {
  const bucket = store.buckets.get(source.bucket);
  const row = findVersion(store, bucket, source.key, source.versionId);
  checkSource(row, sourcePreconditions);
  const { content } = openVersion(store, bucket, row, {
    ...(range && { range }),
    ...(sourceCustomerKey && { customerKey: sourceCustomerKey }),
  });
  try {
    return await uploadPart(store, reference, partNumber, content, { ...(customerKey && { customerKey }) });
  } finally {
    await content.cancel().catch(() => undefined);
  }
}

/** The parts that have arrived, in the order of their numbers. */
export function listParts(
  store: Store,
  reference: UploadReference,
  { after = 0, limit }: { after?: number; limit?: number } = {},
): { upload: Upload; parts: Part[]; next?: number } {
  const upload = findUpload(store, reference);
  const most = pageLimit(limit);
  const rows = store.index.all(
    `select number, etag, size, modified, checksum from segments where content = ? and number > ? order by number limit ?`,
    upload.id,
    after,
    most + 1,
  );
  const parts = rows.slice(0, most).map(partOf);
  const next = rows.length > most ? parts.at(-1)?.partNumber : undefined;
  return { upload: uploadView(upload), parts, ...(next !== undefined && { next }) };
}
