import { z } from 'zod';
import { Bytes, Json, NonEmpty, Timestamp } from '../core/codecs.ts';
import { PositiveDuration, TextMap } from './scalars.ts';
import { variant, variants } from './variants.ts';

export * from './keys.ts';

/** What a secret holds. */
export const SecretValue = variants([
  variant('String', { value: z.string() }),
  variant('Binary', { value: Bytes }),
  variant('JSON', { value: z.record(z.string(), Json) }),
]);
export type SecretValue = z.infer<typeof SecretValue>;

/** How a secret is to be made. */
export const SecretConfig = z.strictObject({
  description: z.string().optional(),
  kmsKeyId: NonEmpty.optional(),
  replicaRegions: z.array(NonEmpty).default([]),
  tags: TextMap.default({}),
});
export type SecretConfig = z.infer<typeof SecretConfig>;

/** When a secret is rotated; the schedule and its window are ours. */
export const RotationRules = z
  .strictObject({
    automaticallyAfterDays: z.int32().min(1).max(1000).optional(),
    scheduleExpression: NonEmpty.optional().describe('Ours: rate(10 days) or cron(0 16 1,15 * ? *)'),
    duration: PositiveDuration.optional().describe('Ours: how long the window is in which a rotation may begin'),
  })
  .refine((rules) => rules.automaticallyAfterDays === undefined || rules.scheduleExpression === undefined, {
    path: ['scheduleExpression'],
    error: 'give automaticallyAfterDays or scheduleExpression, not both',
  });
export type RotationRules = z.infer<typeof RotationRules>;

/** What rotates a secret, and when. */
export const RotationConfig = z.strictObject({ lambdaFunctionArn: NonEmpty, rules: RotationRules });
export type RotationConfig = z.infer<typeof RotationConfig>;

/** Everything about a secret but its value. */
export const Secret = z.strictObject({
  arn: NonEmpty,
  name: NonEmpty,
  description: z.string().optional(),
  kmsKeyId: NonEmpty.optional(),
  rotationEnabled: z.boolean(),
  rotationLambdaArn: NonEmpty.optional(),
  rotationRules: RotationRules.optional(),
  lastRotatedDate: Timestamp.optional(),
  lastChangedDate: Timestamp.optional(),
  lastAccessedDate: Timestamp.optional(),
  deletedDate: Timestamp.optional(),
  tags: TextMap,
  versionIdsToStages: z.record(z.string(), z.array(NonEmpty)),
});
export type Secret = z.infer<typeof Secret>;

/** A secret in one line. */
export const SecretSummary = z.strictObject({
  arn: NonEmpty,
  name: NonEmpty,
  description: z.string().optional(),
  lastChangedDate: Timestamp.optional(),
  lastAccessedDate: Timestamp.optional(),
  tags: TextMap,
});
export type SecretSummary = z.infer<typeof SecretSummary>;

/** One version of a secret and the stages that point to it, such as AWSCURRENT. */
export const SecretVersion = z.strictObject({
  versionId: NonEmpty,
  versionStages: z.array(NonEmpty),
  lastAccessedDate: Timestamp.optional(),
  createdDate: Timestamp.optional(),
});
export type SecretVersion = z.infer<typeof SecretVersion>;
