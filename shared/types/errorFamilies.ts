import { z } from 'zod';
import { Count, DurationCodec, Int64, Timestamp } from '../core/codecs.ts';
import { plain, variant, variants } from './variants.ts';

const text = z.string();
const reason = { reason: text };

/** What can go wrong with a deployment; the last seven are ours. */
export const DeploymentError = variants([
  variant('ConfigurationInvalid', reason),
  variant('ResourceNotAvailable', { resource: text }),
  variant('QuotaExceeded', { service: text, limit: Int64 }),
  variant('PermissionDenied', { action: text }),
  variant('NetworkError', reason),
  variant('Timeout', { operation: text, duration: DurationCodec }),
  variant('RollbackFailed', reason),
  variant('ArtifactNotFound', { artifact: text }),
  variant('Conflict', { deployment: text, execution: text.describe('the one that is under way') }),
  variant('AnalysisFailed', reason),
  variant('VersionNotFound', { version: text, known: z.array(text) }),
  variant('DeploymentNotFound', { deployment: text }),
  variant('ChecksumMismatch', { artifact: text, expected: text, actual: text }),
  variant('CrashLoop', reason),
  variant('Aborted', reason),
]);
export type DeploymentError = z.infer<typeof DeploymentError>;

/** What can go wrong with object storage; those from BucketAlreadyExists on are ours. */
export const StorageError = variants([
  variant('BucketNotFound', { bucket: text }),
  variant('ObjectNotFound', { bucket: text, key: text }),
  variant('AccessDenied', { operation: text }),
  variant('QuotaExceeded', { bucket: text }),
  variant('InvalidObjectName', { name: text }),
  variant('UploadFailed', reason),
  variant('DownloadFailed', reason),
  variant('BucketAlreadyExists', { bucket: text }),
  variant('BucketNotEmpty', { bucket: text }),
  variant('InvalidBucketName', { name: text }),
  variant('UploadNotFound', { uploadId: text }),
  variant('InvalidPart', { partNumber: Count, reason: text }),
  variant('Conflict', { bucket: text, reason: text }),
  variant('VersionNotFound', { bucket: text, key: text, versionId: text }),
  variant('PreconditionFailed', { condition: text }),
  variant('NotModified', { etag: text, lastModified: Timestamp }),
  variant('InvalidRange', { range: text, size: Count }),
  variant('InvalidPartOrder', { partNumber: Count }),
  variant('PartTooSmall', { partNumber: Count, size: Count }),
  variant('ObjectTooLarge', { size: Count, limit: Count }),
  variant('IncompleteContent', { expected: Count, received: Count }),
  variant('ChecksumMismatch', { algorithm: text, expected: text, computed: text }),
  variant('InvalidObjectState', { key: text, storageClass: text }),
]);
export type StorageError = z.infer<typeof StorageError>;

/** What can go wrong with databases; those from InstanceAlreadyExists on are ours. */
export const DatabaseError = variants([
  variant('InstanceNotFound', { instance: text }),
  variant('ConnectionFailed', reason),
  variant('QueryFailed', { query: text, reason: text }),
  variant('SnapshotFailed', reason),
  variant('BackupFailed', reason),
  variant('RestoreFailed', reason),
  variant('InvalidConfiguration', { field: text, value: text }),
  variant('InstanceAlreadyExists', { instance: text }),
  variant('InvalidInstanceState', { instance: text, state: text, operation: text }),
  variant('SnapshotNotFound', { snapshot: text }),
  variant('SnapshotAlreadyExists', { snapshot: text }),
  variant('TableNotFound', { table: text }),
  variant('TableAlreadyExists', { table: text }),
  variant('DataDamaged', { resource: text, reason: text }),
]);
export type DatabaseError = z.infer<typeof DatabaseError>;

/** What can go wrong with metrics and alarms. */
export const MetricsError = variants([
  variant('MetricNotFound', { metric: text }),
  variant('InvalidQuery', { query: text, reason: text }),
  variant('AlarmNotFound', { alarm: text }),
  variant('ThresholdInvalid', { threshold: z.number(), reason: text }),
]);
export type MetricsError = z.infer<typeof MetricsError>;

/** What can go wrong with logs; those from LogGroupAlreadyExists on are ours. */
export const LoggingError = variants([
  variant('LogGroupNotFound', { group: text }),
  variant('LogStreamNotFound', { stream: text }),
  variant('QueryFailed', { query: text, reason: text }),
  variant('RetentionInvalid', { days: Int64 }),
  variant('LogGroupAlreadyExists', { group: text }),
  variant('LogStreamAlreadyExists', { stream: text }),
  variant('QueryNotFound', { queryId: text }),
  variant('QueryTooCostly', { limit: Int64, reason: text }),
]);
export type LoggingError = z.infer<typeof LoggingError>;

/** What can go wrong with traces. */
export const TracingError = variants([
  variant('TraceNotFound', { traceId: text }),
  variant('SpanNotFound', { spanId: text }),
  variant('InvalidTimeRange', { start: Timestamp, end: Timestamp }),
  variant('SamplingFailed', reason),
]);
export type TracingError = z.infer<typeof TracingError>;

/** What can go wrong with users, roles and policies; those from GroupNotFound on are ours. */
export const IAMError = variants([
  variant('UserNotFound', { username: text }),
  variant('RoleNotFound', { role: text }),
  variant('PolicyNotFound', { policy: text }),
  variant('InvalidPolicy', reason),
  variant('PermissionDenied', { action: text }),
  plain('AccessKeyLimitExceeded'),
  variant('GroupNotFound', { group: text }),
  variant('AccessKeyNotFound', { accessKeyId: text }),
  variant('EntityAlreadyExists', { entity: text }),
  variant('DeleteConflict', { entity: text, reason: text }),
  variant('LimitExceeded', { entity: text, limit: Int64 }),
]);
export type IAMError = z.infer<typeof IAMError>;

/** What can go wrong with secrets; those from VersionNotFound on are ours. */
export const SecretsError = variants([
  variant('SecretNotFound', { name: text }),
  variant('SecretAlreadyExists', { name: text }),
  variant('RotationFailed', reason),
  variant('DecryptionFailed', reason),
  variant('InvalidSecretValue', reason),
  variant('VersionNotFound', { name: text, version: text }),
  variant('SecretDeleted', { name: text }),
]);
export type SecretsError = z.infer<typeof SecretsError>;

/** What can go wrong with encryption keys; those from InvalidKeyState on are ours. */
export const KMSError = variants([
  variant('KeyNotFound', { keyId: text }),
  variant('KeyDisabled', { keyId: text }),
  variant('EncryptionFailed', reason),
  variant('DecryptionFailed', reason),
  variant('InvalidKeySpec', { spec: text }),
  variant('InvalidKeyState', { keyId: text, state: text }),
  variant('AliasNotFound', { alias: text }),
  variant('AliasAlreadyExists', { alias: text }),
]);
export type KMSError = z.infer<typeof KMSError>;

/** Ours: what can go wrong with serverless functions. */
export const FunctionError = variants([
  variant('FunctionNotFound', { function: text }),
  variant('FunctionAlreadyExists', { function: text }),
  variant('CodeInvalid', reason),
  variant('RuntimeNotSupported', { runtime: text, supported: z.array(text) }),
  variant('InvocationFailed', { function: text, reason: text }),
  variant('Timeout', { function: text, duration: DurationCodec }),
  variant('OutOfMemory', { function: text, limit: Count.describe('MB') }),
  variant('PayloadTooLarge', { size: Count.describe('bytes'), limit: Count.describe('bytes') }),
  variant('PermissionDenied', { action: text }),
]);
export type FunctionError = z.infer<typeof FunctionError>;

/** Ours: what can go wrong with container services. */
export const OrchestrationError = variants([
  variant('ServiceNotFound', { service: text }),
  variant('ServiceAlreadyExists', { service: text }),
  variant('ClusterNotFound', { cluster: text }),
  variant('ImagePullFailed', { image: text, reason: text }),
  variant('SchedulingFailed', { service: text, reason: text }),
  variant('ContainerCrashed', { container: text, reason: text }),
  variant('ConfigurationInvalid', reason),
  variant('PermissionDenied', { action: text }),
]);
export type OrchestrationError = z.infer<typeof OrchestrationError>;

/** Ours: what can go wrong with event triggers. */
export const TriggerError = variants([
  variant('TriggerNotFound', { trigger: text }),
  variant('TriggerAlreadyExists', { trigger: text }),
  variant('SourceNotFound', { source: text }),
  variant('FunctionNotFound', { function: text }),
  variant('ExpressionInvalid', { expression: text, reason: text }),
  variant('TargetRefused', { target: text, reason: text }),
  variant('PermissionDenied', { action: text }),
]);
export type TriggerError = z.infer<typeof TriggerError>;

/** Ours: what can go wrong when a resource moves from one provider to another. */
export const MigrationError = variants([
  variant('ResourceNotFound', { resource: text }),
  variant('NotMigratable', { resource: text, reason: text }),
  variant('SourceFailed', { provider: text, reason: text }),
  variant('TargetFailed', { provider: text, reason: text }),
  variant('VerificationFailed', { resource: text, reason: text }),
]);
export type MigrationError = z.infer<typeof MigrationError>;

/** Ours: what can go wrong when deployments of several providers are brought into agreement. */
export const SyncError = variants([
  variant('ProviderUnreachable', { provider: text, reason: text }),
  variant('Diverged', { deployment: text, providers: z.array(text) }),
  variant('PartiallySynced', { synced: z.array(text), failed: z.array(text) }),
]);
export type SyncError = z.infer<typeof SyncError>;

/** Ours: what can go wrong when a caller says who it is. */
export const AuthError = variants([
  variant('InvalidCredentials', { provider: text, reason: text }),
  variant('ExpiredCredentials', { provider: text }),
  variant('MissingCredentials', { provider: text, reason: text }),
  variant('PermissionDenied', { action: text }),
]);
export type AuthError = z.infer<typeof AuthError>;

/** Ours: what can go wrong with a provider as a whole. */
export const ProviderError = variants([
  variant('ProviderNotFound', { provider: text, known: z.array(text) }),
  variant('RegionNotFound', { provider: text, region: text }),
  variant('NotConfigured', { provider: text, reason: text }),
  variant('ServiceFailed', { provider: text, service: text, reason: text }),
]);
export type ProviderError = z.infer<typeof ProviderError>;
