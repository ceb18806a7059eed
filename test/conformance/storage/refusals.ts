import type { StorageCapability } from '../../../shared/drivers/storage/port.ts';
import { BucketConfig } from '../../../shared/types/storage.ts';
import { refused, type StorageRule, type Trial } from './trial.ts';

type Use = (trial: Trial, bucket: string) => Promise<unknown>;

const stored = (trial: Trial, bucket: string): Promise<unknown> => trial.put(bucket, 'a');

/** How each capability is used; a driver that does not declare it must refuse that. Events are only heard. */
const USES: Record<Exclude<StorageCapability, 'events'>, Use> = {
  versioning: ({ driver }, bucket) => driver.updateBucketConfig(bucket, { versioning: 'Enabled' }),
  lifecycle: ({ driver }, bucket) =>
    driver.updateBucketConfig(bucket, {
      lifecycleRules: BucketConfig.decode({ lifecycleRules: [{ id: 'r', expirationDays: 1 }] }).lifecycleRules,
    }),
  storageClasses: (trial, bucket) => trial.put(bucket, 'a', 'x', { storageClass: 'StandardIA' }),
  cors: ({ driver }, bucket) =>
    driver.updateBucketConfig(bucket, {
      corsRules: BucketConfig.decode({ corsRules: [{ allowedOrigins: ['*'], allowedMethods: ['GET'] }] }).corsRules,
    }),
  publicAccessBlock: ({ driver }, bucket) =>
    driver.updateBucketConfig(bucket, {
      publicAccessBlock: BucketConfig.decode({ publicAccessBlock: {} }).publicAccessBlock,
    }),
  serverSideEncryption: (trial, bucket) =>
    trial.put(bucket, 'a', 'x', { encryption: { type: 'ServerSideEncryption' } }),
  customerManagedKeys: (trial, bucket) =>
    trial.put(bucket, 'a', 'x', { encryption: { type: 'CustomerManagedKey', keyId: 'a-key' } }),
  customerProvidedKeys: (trial, bucket) =>
    trial.put(bucket, 'a', 'x', { encryption: { type: 'CustomerProvidedKey', key: new Uint8Array(32) } }),
  conditionalWrites: (trial, bucket) => trial.put(bucket, 'a', 'x', { preconditions: { ifNoneMatch: ['*'] } }),
  conditionalDeletes: async (trial, bucket) => {
    await stored(trial, bucket);
    return trial.driver.deleteObject(bucket, 'a', { preconditions: { ifMatch: ['any'] } });
  },
  checksums: (trial, bucket) => trial.put(bucket, 'a', 'x', { checksum: { algorithm: 'SHA256' } }),
  trailingChecksums: (trial, bucket) =>
    trial.put(bucket, 'a', 'x', { checksum: { algorithm: 'CRC32', value: () => 'jNpA0g==' } }),
  tags: async (trial, bucket) => {
    await stored(trial, bucket);
    return trial.driver.putTags({ bucket, key: 'a' }, { a: 'b' });
  },
  presignedPost: ({ driver }, bucket) => driver.presignPost(bucket, 'a', 60_000, []),
};

/** A driver refuses what it does not declare: one rule for each capability, for those drivers that lack it. */
export const refusalRules: (StorageRule & { lacks: StorageCapability })[] = Object.entries(USES).map(
  ([capability, use]) => ({
    rule: `${capability} is not declared, so it is refused`,
    lacks: capability as StorageCapability,
    needs: [],
    with: [],
    check: async (trial) => refused(use(trial, await trial.bucket()), 'Unimplemented'),
  }),
);
