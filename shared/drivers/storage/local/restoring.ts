import type { StorageClass } from '../../../types/storage.ts';
import type { VersionRow } from './rows.ts';

const DAY = 24 * 3600 * 1000;

/** Whether objects of a class must be restored before they can be read. */
export const isArchived = (storageClass: StorageClass): boolean =>
  storageClass === 'Glacier' || storageClass === 'GlacierDeepArchive';

/** Whether a version's content can be read now. */
export function isReadable({ about, restore }: VersionRow, now: Date): boolean {
  if (!isArchived(about.storageClass)) return true;
  return restore !== undefined && restore.ready <= now.getTime() && now.getTime() < restore.expires;
}

/** So many days after a time, rounded up to midnight UTC, as S3 counts them. */
export const midnightAfter = (time: number, days: number): number => (Math.ceil(time / DAY) + days) * DAY;
