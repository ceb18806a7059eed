import type { DeleteMarker, ObjectVersion } from '../../../shared/drivers/storage/port.ts';
import { s3Error } from './errors.ts';
import type { Services } from './services.ts';

/** A version, without its content and without the key that this may be encrypted with. */
export async function describedVersion(
  { storage }: Services,
  bucket: string,
  key: string,
  versionId: string | undefined,
): Promise<ObjectVersion> {
  try {
    return (await storage.headObject(bucket, key, versionId === undefined ? {} : { versionId })).version;
  } catch (error) {
    if (s3Error(error).code !== 'InvalidArgument') throw error;
    // The store tells of an object with a customer's key only who has that; a listing tells of it too.
    for (let after: { after?: string; afterVersion?: string } = {}; ; ) {
      const page = await storage.listVersions(bucket, { prefix: key, ...after });
      const found = page.entries.find((entry): entry is ObjectVersion => isWanted(entry, key, versionId));
      if (found) return found;
      if (page.next !== key) throw error;
      after = { after: page.next, ...(page.nextVersion !== undefined && { afterVersion: page.nextVersion }) };
    }
  }
}

function isWanted(entry: ObjectVersion | DeleteMarker, key: string, versionId: string | undefined): boolean {
  if (entry.key !== key || !('etag' in entry)) return false;
  return versionId === undefined ? entry.latest : (entry.versionId ?? 'null') === versionId;
}
