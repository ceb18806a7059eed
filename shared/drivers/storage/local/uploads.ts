import { newId } from '../../../core/ids.ts';
import type { Checksum, Part, Upload, UploadOptions, UploadReference } from '../port.ts';
import type { BucketRow } from './buckets.ts';
import { isCrc } from './crcCombination.ts';
import { invalid, uploadNotFound } from './errors.ts';
import { checkKey, checkOptions } from './limits.ts';
import { bytes, type Given, keyOf } from './rows.ts';
import { commit, encryptionFor, type Store } from './store.ts';
import type { Row } from './storeIndex.ts';
import { givenTo } from './writing.ts';

/** An upload in parts as the index has it; its id is that of the content which its parts become. */
export interface UploadRow {
  id: string;
  bucket: BucketRow;
  key: string;
  started: Date;
  about: Given & { checksum?: Pick<Checksum, 'algorithm' | 'type'> };
  /** The version that it became. */
  completed?: number;
}

export async function startUpload(
  store: Store,
  bucketName: string,
  key: string,
  options: UploadOptions = {},
): Promise<Upload> {
  checkKey(key);
  checkOptions(options);
  if (options.checksum) checkChecksumType(options.checksum);
  const bucket = store.buckets.get(bucketName);
  const { encryption } = await store.keys.toWrite(encryptionFor(bucket, options.encryption));
  const about = { ...givenTo(options, encryption), ...(options.checksum && { checksum: options.checksum }) };
  const row: UploadRow = { id: newId(), bucket, key, started: store.clock.now(), about };
  await commit(store, () => {
    store.index.run(
      'insert into uploads (id, bucket, key, started, about) values (?, ?, ?, ?, ?)',
      row.id,
      store.buckets.get(bucketName).id,
      bytes(key),
      row.started.getTime(),
      JSON.stringify(about),
    );
    return { files: [] };
  });
  return uploadView(row);
}

/** A whole object's checksum cannot be put together from hashes of its parts, and CRC64NVME is of whole objects alone, as S3 has it. */
function checkChecksumType({ algorithm, type }: Pick<Checksum, 'algorithm' | 'type'>): void {
  const possible = type === 'FULL_OBJECT' ? isCrc(algorithm) : algorithm !== 'CRC64NVME';
  if (possible) return;
  throw invalid(`checksum: ${algorithm} cannot be ${type} for an upload in parts; use the other type`, {
    algorithm,
    type,
  });
}

/** Ends an upload and removes its parts. */
export async function abortUpload(store: Store, reference: UploadReference): Promise<void> {
  await commit(store, () => ({ files: removeUpload(store, findUpload(store, reference).id) }));
}

/** Removes an upload that is under way, within a change; the answer names the files of its parts. */
export function removeUpload({ index, versions }: Pick<Store, 'index' | 'versions'>, id: string): string[] {
  index.run('delete from uploads where id = ?', id);
  return versions.dropContent(id);
}

/** An upload that is under way. */
export function findUpload(store: Store, reference: UploadReference): UploadRow {
  const upload = anyUpload(store, reference);
  if (upload.completed !== undefined) throw uploadNotFound(reference.uploadId);
  return upload;
}

/** An upload that is under way, or was completed. */
export function anyUpload(
  { index, buckets }: Store,
  { bucket: bucketName, key, uploadId }: UploadReference,
): UploadRow {
  const bucket = buckets.get(bucketName);
  const row = index.one(
    'select * from uploads where id = ? and bucket = ? and key = ?',
    uploadId,
    bucket.id,
    bytes(key),
  );
  if (!row) throw uploadNotFound(uploadId);
  return uploadOf(row, bucket);
}

export function uploadOf(row: Row, bucket: BucketRow): UploadRow {
  return {
    id: String(row.id),
    bucket,
    key: keyOf(row),
    started: new Date(Number(row.started)),
    about: JSON.parse(String(row.about)),
    ...(row.completed !== null && { completed: Number(row.completed) }),
  };
}

/** An upload as callers see it. */
export function uploadView({ id, bucket, key, started, about }: UploadRow): Upload {
  const { storageClass, encryption, checksum } = about;
  return {
    uploadId: id,
    bucket: bucket.name,
    key,
    initiated: started,
    storageClass,
    encryption,
    ...(checksum && { checksum }),
  };
}

/** A segment as a part of an upload. */
export function partOf({ number, etag, size, modified, checksum }: Row): Part {
  return {
    partNumber: Number(number),
    etag: String(etag),
    size: Number(size),
    lastModified: new Date(Number(modified)),
    ...(checksum !== null && { checksum: JSON.parse(String(checksum)) }),
  };
}
