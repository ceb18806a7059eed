import { z } from 'zod';
import { DurationCodec, Int32, NonEmpty, Timestamp } from '../core/codecs.ts';
import { TextMap } from './scalars.ts';
import { variant, variants } from './variants.ts';

const Path = z
  .string()
  .regex(/^\/(?:[!-.0-~]+\/)*$/, 'a path that starts and ends with "/" expected, such as "/teams/models/"');

/** A person or program with credentials of its own. */
export const User = z.strictObject({
  username: NonEmpty,
  userId: NonEmpty,
  arn: NonEmpty,
  path: Path,
  createDate: Timestamp,
  passwordLastUsed: Timestamp.optional(),
  tags: TextMap,
});
export type User = z.infer<typeof User>;

/** How a user is to be made. */
export const UserConfig = z.strictObject({
  path: Path.optional(),
  tags: TextMap.default({}),
  permissionsBoundary: NonEmpty.optional().describe('the ARN of the policy that bounds what the user may ever do'),
});
export type UserConfig = z.infer<typeof UserConfig>;

/** Users that get permissions together. */
export const Group = z.strictObject({
  groupName: NonEmpty,
  groupId: NonEmpty,
  arn: NonEmpty,
  path: Path,
  createDate: Timestamp,
});
export type Group = z.infer<typeof Group>;

/** Whether a statement allows or denies. */
export const Effect = z.enum(['Allow', 'Deny']);
export type Effect = z.infer<typeof Effect>;

/** Whom a statement speaks about. */
export const Principal = variants([
  variant('AWS', { identifiers: z.array(NonEmpty).min(1).describe('account ids, ARNs or "*"') }),
  variant('Service', { identifiers: z.array(NonEmpty).min(1).describe('such as "lambda.amazonaws.com"') }),
  variant('Federated', { identifiers: z.array(NonEmpty).min(1).describe('identity providers') }),
  variant('CanonicalUser', { identifiers: z.array(NonEmpty).min(1).describe('canonical user ids') }),
]);
export type Principal = z.infer<typeof Principal>;

/** One rule of a policy. */
export const PolicyStatement = z.strictObject({
  sid: z
    .string()
    .regex(/^[A-Za-z0-9]*$/, 'letters and digits expected')
    .optional(),
  effect: Effect,
  principal: Principal.optional(),
  action: z.array(NonEmpty).min(1),
  resource: z.array(NonEmpty).describe('empty in a trust policy, which is attached to what it speaks about'),
  condition: z
    .record(z.string(), z.record(z.string(), z.array(z.string())))
    .optional()
    .describe('operator, then condition key, then the values of which one must fit'),
});
export type PolicyStatement = z.infer<typeof PolicyStatement>;

/** Who may do what, as a list of statements. */
export const PolicyDocument = z.strictObject({
  version: z.enum(['2012-10-17', '2008-10-17']).default('2012-10-17').describe('of the policy language'),
  statements: z.array(PolicyStatement).min(1),
});
export type PolicyDocument = z.infer<typeof PolicyDocument>;

/** Permissions that can be taken on for a time. */
export const Role = z.strictObject({
  roleName: NonEmpty,
  roleId: NonEmpty,
  arn: NonEmpty,
  path: Path,
  createDate: Timestamp,
  assumeRolePolicyDocument: PolicyDocument,
  maxSessionDuration: DurationCodec,
});
export type Role = z.infer<typeof Role>;

/** Credentials that end by themselves. */
export const TemporaryCredentials = z.strictObject({
  accessKeyId: NonEmpty,
  secretAccessKey: NonEmpty,
  sessionToken: NonEmpty,
  expiration: Timestamp,
});
export type TemporaryCredentials = z.infer<typeof TemporaryCredentials>;

/** Who a session of a role is. */
export const AssumedRoleUser = z.strictObject({ assumedRoleId: NonEmpty, arn: NonEmpty });
export type AssumedRoleUser = z.infer<typeof AssumedRoleUser>;

/** A role that was taken on. */
export const AssumedRole = z.strictObject({
  credentials: TemporaryCredentials,
  assumedRoleUser: AssumedRoleUser,
  packedPolicySize: Int32.nonnegative().optional().describe('percent of the size that a session policy may have'),
});
export type AssumedRole = z.infer<typeof AssumedRole>;

/** A policy that users and roles can be given. */
export const Policy = z.strictObject({
  policyName: NonEmpty,
  policyId: NonEmpty,
  arn: NonEmpty,
  path: Path,
  defaultVersionId: NonEmpty,
  attachmentCount: Int32.nonnegative(),
  permissionsBoundaryUsageCount: Int32.nonnegative(),
  isAttachable: z.boolean(),
  description: z.string().optional(),
  createDate: Timestamp,
  updateDate: Timestamp,
});
export type Policy = z.infer<typeof Policy>;

/** Whether an access key can be used. */
export const AccessKeyStatus = z.enum(['Active', 'Inactive']);
export type AccessKeyStatus = z.infer<typeof AccessKeyStatus>;

/** An access key with its secret, which is given once. */
export const AccessKey = z.strictObject({
  accessKeyId: NonEmpty,
  secretAccessKey: NonEmpty,
  status: AccessKeyStatus,
  createDate: Timestamp,
});
export type AccessKey = z.infer<typeof AccessKey>;

/** An access key without its secret. */
export const AccessKeyMetadata = z.strictObject({
  accessKeyId: NonEmpty,
  status: AccessKeyStatus,
  createDate: Timestamp,
});
export type AccessKeyMetadata = z.infer<typeof AccessKeyMetadata>;
