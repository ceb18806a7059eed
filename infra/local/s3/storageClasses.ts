import type { StorageClass } from '../../../shared/types/storage.ts';
import { S3Error } from './errors.ts';

const NAMES: Record<StorageClass, string> = {
  Standard: 'STANDARD',
  ReducedRedundancy: 'REDUCED_REDUNDANCY',
  StandardIA: 'STANDARD_IA',
  OneZoneIA: 'ONEZONE_IA',
  Glacier: 'GLACIER',
  GlacierDeepArchive: 'DEEP_ARCHIVE',
  IntelligentTiering: 'INTELLIGENT_TIERING',
};
const CLASSES = Object.fromEntries(Object.entries(NAMES).map(([ours, name]) => [name, ours as StorageClass]));

/** A storage class as S3 calls it. */
export const storageClassName = (storageClass: StorageClass): string => NAMES[storageClass];

/** The storage class that S3 calls so; InvalidStorageClass for one that there is not. */
export function readStorageClass(name: string): StorageClass {
  const found = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  if (!found) throw new S3Error('InvalidStorageClass', { details: { StorageClassRequested: name } });
  return found;
}
