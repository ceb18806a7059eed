import type { DeleteMarker, ObjectVersion } from '../port.ts';
import type { BucketRow } from './buckets.ts';
import { isArchived } from './restoring.ts';
import type { VersionRow } from './rows.ts';
import type { Row } from './storeIndex.ts';

/** A version as callers see it. */
export function objectView(bucket: BucketRow, row: VersionRow, now: Date): ObjectVersion {
  const { storageClass, metadata, headers, tags, checksum, encryption } = row.about;
  const restore = restoreView(row, now);
  return {
    key: row.key,
    size: row.size,
    lastModified: new Date(row.modified),
    etag: row.etag,
    storageClass,
    metadata,
    ...(bucket.versioned && { versionId: row.versionId }),
    latest: row.latest,
    headers,
    tags,
    ...(checksum && { checksum }),
    encryption,
    ...(restore && { restore }),
  };
}

export function markerView({ key, versionId, latest, modified }: VersionRow): DeleteMarker {
  return { key, versionId, latest, lastModified: new Date(modified) };
}

function restoreView({ about, restore }: VersionRow, now: Date): ObjectVersion['restore'] {
  if (!restore || !isArchived(about.storageClass)) return undefined;
  if (now.getTime() < restore.ready) return { ongoing: true };
  return now.getTime() < restore.expires ? { ongoing: false, expires: new Date(restore.expires) } : undefined;
}

/** A segment of an object as one of its parts. */
export function partView({ number, size, checksum }: Row): NonNullable<ObjectVersion['parts']>[number] {
  return {
    partNumber: Number(number),
    size: Number(size),
    ...(checksum !== null && { checksum: JSON.parse(String(checksum)) }),
  };
}
