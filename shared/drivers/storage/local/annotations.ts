import { CloudError } from '../../../core/errors.ts';
import type { ObjectReference } from '../port.ts';
import { archived, invalid } from './errors.ts';
import { checkTags } from './limits.ts';
import { isArchived, midnightAfter } from './restoring.ts';
import { findVersion } from './retrieval.ts';
import { commit, type Store } from './store.ts';

/** How long the Local store takes to restore an archived object, in milliseconds: long enough that one has to wait for it. */
export const RESTORE_TIME = 1000;

export function getTags(store: Store, { bucket, key, versionId }: ObjectReference): Record<string, string> {
  return findVersion(store, store.buckets.get(bucket), key, versionId).about.tags;
}

/** Replaces the tags of a version. */
export async function putTags(
  store: Store,
  { bucket, key, versionId }: ObjectReference,
  tags: Record<string, string>,
): Promise<void> {
  checkTags(tags);
  await commit(store, () => {
    const row = findVersion(store, store.buckets.get(bucket), key, versionId);
    store.versions.setAbout(row, { ...row.about, tags });
    return { files: [] };
  });
}

/** Begins to restore an archived version; one that is restored already stays so for as many days from now. */
export async function restoreObject(store: Store, reference: ObjectReference, days: number): Promise<void> {
  if (!Number.isSafeInteger(days) || days < 1)
    throw invalid(`days: an integer of 1 or more expected (got ${days})`, { days });
  const { bucket, key, versionId } = reference;
  await commit(store, () => {
    const row = findVersion(store, store.buckets.get(bucket), key, versionId);
    if (!isArchived(row.about.storageClass)) throw notArchived(key, row.about.storageClass);
    const now = store.clock.now().getTime();
    if (row.restore && now < row.restore.ready) throw underWay(bucket, key);
    const restored = row.restore && now < row.restore.expires;
    const ready = restored ? row.restore!.ready : now + RESTORE_TIME;
    store.versions.setRestore(row, { ready, expires: midnightAfter(Math.max(now, ready), days) }, !restored);
    return { files: [] };
  });
}

function notArchived(key: string, storageClass: string): CloudError {
  const { code, details } = archived(key, storageClass);
  const message = `object ${JSON.stringify(key)} is not archived (${storageClass}), so there is nothing to restore; it can be read as it is`;
  return new CloudError(code, message, { details });
}

function underWay(bucket: string, key: string): CloudError {
  const reason = `object ${JSON.stringify(key)} is being restored already; wait until that is done`;
  return new CloudError('StorageError.Conflict', reason, { details: { bucket, reason } });
}
