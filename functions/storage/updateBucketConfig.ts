import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';
import {
  BucketConfig,
  CorsRule,
  EncryptionConfig,
  LifecycleRule,
  PublicAccessBlock,
  VersioningStatus,
} from '../../shared/types/storage.ts';

const REMOVED = 'null removes it';

/** Replaces those parts of a bucket's configuration that are given; versions can be suspended, but never disabled again. */
export default operation({
  name: 'storage.updateBucketConfig',
  summary: 'Replace parts of the configuration of a bucket',
  input: z.strictObject({
    name: NonEmpty,
    change: z
      .strictObject({
        versioning: VersioningStatus,
        encryption: EncryptionConfig.nullable().describe(REMOVED),
        lifecycleRules: z.array(LifecycleRule),
        corsRules: z.array(CorsRule),
        publicAccessBlock: PublicAccessBlock.nullable().describe(REMOVED),
      })
      .partial(),
  }),
  output: BucketConfig,
  errors: ['StorageError.BucketNotFound', 'StorageError.Conflict'],
  idempotency: 'natural',
  example: {
    name: 'models',
    change: { lifecycleRules: [{ id: 'old drafts', prefix: 'drafts/', expirationDays: 30 }], encryption: null },
  },
  async run({ name, change }, storage) {
    const entries = Object.entries(change).map(([member, value]) => [member, value ?? undefined]);
    await storage.updateBucketConfig(name, Object.fromEntries(entries));
    return storage.getBucketConfig(name);
  },
});
