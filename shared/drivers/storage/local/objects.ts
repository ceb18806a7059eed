import { randomBytes } from 'node:crypto';
import { newId } from '../../../core/ids.ts';
import type {
  Content,
  CopyOptions,
  DeleteOptions,
  Deletion,
  ObjectReference,
  ObjectVersion,
  PutOptions,
} from '../port.ts';
import { checkDelete, checkSource, checkWrite } from './conditions.ts';
import { checkKey, checkOptions, LARGEST_PUT } from './limits.ts';
import { findVersion, openVersion } from './retrieval.ts';
import type { About } from './rows.ts';
import { commit, encryptionFor, hasMd5Etag, type Store } from './store.ts';
import { objectView } from './views.ts';
import { commitWritten, expectedOf, givenTo, writeContent } from './writing.ts';

/** Writes an object at once: its content first, then the one commit that makes it visible. */
export async function putObject(
  store: Store,
  bucketName: string,
  key: string,
  content: Content,
  options: PutOptions = {},
): Promise<ObjectVersion> {
  checkKey(key);
  checkOptions(options);
  const { buckets, versions, keys, clock } = store;
  const bucket = buckets.get(bucketName);
  // Checked here too, so that nothing is read in vain.
  if (options.preconditions) checkWrite(bucketName, key, versions.latest(bucket, key), options.preconditions);
  const wrapping = await keys.toWrite(encryptionFor(bucket, options.encryption));
  const written = await writeContent(store, content, {
    ...expectedOf(options),
    content: newId(),
    number: 1,
    wrappingKey: wrapping.key,
    limit: LARGEST_PUT,
    md5: hasMd5Etag(wrapping.encryption),
  });
  const { size, checksum } = written;
  const about: About = { ...givenTo(options, wrapping.encryption), ...(checksum && { checksum }) };
  const { row } = await commitWritten(store, written, () => {
    const now = buckets.get(bucketName);
    if (options.preconditions) checkWrite(bucketName, key, versions.latest(now, key), options.preconditions);
    const etag = written.md5 ?? randomBytes(16).toString('hex');
    versions.addSegment(written, etag);
    return versions.add(now, key, { size, etag, about, content: written.content });
  });
  return objectView(bucket, row, clock.now());
}

/** Copies an object by reading and writing it: the copy has a key, and perhaps an encryption, of its own. */
export async function copyObject(
  store: Store,
  source: ObjectReference,
  target: Omit<ObjectReference, 'versionId'>,
  options: CopyOptions = {},
): Promise<ObjectVersion> {
  const bucket = store.buckets.get(source.bucket);
  const row = findVersion(store, bucket, source.key, source.versionId);
  checkSource(row, options.sourcePreconditions);
  const { sourcePreconditions, sourceCustomerKey, replaceMetadata, replaceTags, ...put } = options;
  const { metadata, headers, tags, checksum } = row.about;
  const { content } = openVersion(store, bucket, row, { ...(sourceCustomerKey && { customerKey: sourceCustomerKey }) });
  try {
    return await putObject(store, target.bucket, target.key, content, {
      ...(checksum && { checksum: { algorithm: checksum.algorithm } }),
      ...put,
      size: row.size,
      ...(!replaceMetadata && { metadata, headers }),
      ...(!replaceTags && { tags }),
    });
  } finally {
    // Where it was refused before a byte was read, nobody else closes it.
    await content.cancel().catch(() => undefined);
  }
}

/** Deletes an object, or one version of it for good. */
export async function deleteObject(
  store: Store,
  bucketName: string,
  key: string,
  { versionId, preconditions }: DeleteOptions = {},
): Promise<Deletion> {
  checkKey(key);
  const { versions, buckets } = store;
  const { deletion } = await commit(store, (): { files: string[]; deletion: Deletion } => {
    const bucket = buckets.get(bucketName);
    const row = versions.find(bucket, key, versionId);
    const exists = row !== undefined && (versionId !== undefined || !row.marker);
    if (preconditions && !exists) return { files: [], deletion: { deleteMarker: false } };
    if (preconditions && row) checkDelete(row, preconditions);
    if (versionId !== undefined) {
      const files = row ? versions.remove(bucket, row).files : [];
      return { files, deletion: { versionId, deleteMarker: row?.marker ?? false } };
    }
    const { row: done, files } = versions.hide(bucket, key);
    return {
      files,
      deletion: done?.marker ? { versionId: done.versionId, deleteMarker: true } : { deleteMarker: false },
    };
  });
  return deletion;
}
