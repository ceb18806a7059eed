import { bucketRules } from './storage/buckets.ts';
import { conditionRules } from './storage/conditions.ts';
import { copyRules } from './storage/copies.ts';
import { integrityRules } from './storage/integrity.ts';
import { keyRules } from './storage/keys.ts';
import { listingRules } from './storage/listing.ts';
import { multipartRules } from './storage/multipart.ts';
import { objectRules } from './storage/objects.ts';
import { presignRules } from './storage/presigned.ts';
import { refusalRules } from './storage/refusals.ts';
import { timeRules } from './storage/time.ts';
import type { StorageRule, StorageUnderTest } from './storage/trial.ts';
import { versionRules } from './storage/versions.ts';

export { type ObjectEvent, type StorageRule, type StorageUnderTest, Trial } from './storage/trial.ts';
export { refusalRules };

/** What the storage driver of every provider holds, as far as it declares what a rule needs. */
export const storageRules: StorageRule[] = [
  ...bucketRules,
  ...keyRules,
  ...objectRules,
  ...conditionRules,
  ...listingRules,
  ...versionRules,
  ...multipartRules,
  ...copyRules,
  ...integrityRules,
  ...presignRules,
  ...timeRules,
];

/** The rules that are meant for a driver: what it declares, it must do, and what it does not declare, it must refuse. */
export function rulesFor(under: Omit<StorageUnderTest, 'close'>): StorageRule[] {
  const { capabilities } = under.driver;
  return [
    ...storageRules.filter(
      (rule) =>
        rule.needs.every((need) => capabilities.has(need)) && rule.with.every((part) => under[part] !== undefined),
    ),
    ...refusalRules.filter(({ lacks }) => !capabilities.has(lacks)),
  ];
}
