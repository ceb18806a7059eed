import { z } from 'zod';
import { DurationCodec, NonEmpty, Timestamp } from '../core/codecs.ts';
import { Duration } from '../core/duration.ts';
import { Credentials } from './credentials.ts';
import { DEFAULT_RESOURCES, ResourceRequirements } from './resources.ts';
import {
  Checksum,
  EnvironmentVariableName,
  EnvironmentVariables,
  HostLabel,
  HttpPath,
  HttpUrl,
  Percent,
  Port,
  PositiveDuration,
  TextMap,
} from './scalars.ts';
import { DEFAULT_ROLLING_UPDATE, DeploymentStrategy } from './strategy.ts';
import { plain, variant, variants } from './variants.ts';
import { DeploymentVolume } from './volumes.ts';

export * from './analysis.ts';
export * from './resources.ts';
export * from './strategy.ts';

/** Ours: the name of a deployment, which becomes part of its host name. */
export const DeploymentName = HostLabel;

/** Where in its life an application is deployed. */
export const Environment = variants([
  plain('Development'),
  plain('Staging'),
  plain('Production'),
  variant('Custom', { name: NonEmpty }),
]);
export type Environment = z.infer<typeof Environment>;

const ScalingFields = z
  .strictObject({
    minReplicas: z.int32().nonnegative().default(1),
    maxReplicas: z.int32().min(1).optional().describe('as many as minReplicas when absent, and at least 1'),
    targetCpuUtilization: Percent.min(1).default(80).describe('percent of the reserved CPU that scaling aims at'),
    scaleUpCooldown: DurationCodec.default(() => Duration.seconds(0)).describe('between two scalings upwards'),
    scaleDownCooldown: DurationCodec.default(() => Duration.minutes(5)).describe('between two scalings downwards'),
  })
  .check(({ value, issues }) => {
    if (value.maxReplicas === undefined || value.minReplicas <= value.maxReplicas) return;
    issues.push({
      code: 'custom',
      path: ['maxReplicas'],
      input: value.maxReplicas,
      message: `maxReplicas must be at least minReplicas, which is ${value.minReplicas}`,
    });
  });
type ScalingFields = z.infer<typeof ScalingFields>;

/** Ours: between how many replicas an application scales, and what makes it scale. */
export const ScalingConfig = z.codec(ScalingFields, z.custom<Required<ScalingFields>>(), {
  decode: (fields) => ({ ...fields, maxReplicas: fields.maxReplicas ?? Math.max(1, fields.minReplicas) }),
  encode: (scaling) => scaling,
});
export type ScalingConfig = z.infer<typeof ScalingConfig>;

/** Ours: how requests reach an application. */
export const NetworkConfig = z.strictObject({
  port: Port.optional().describe(
    'the port that the application listens on; when absent it is told one by the variable PORT',
  ),
  public: z.boolean().default(false).describe("whether the endpoint is reachable from outside the provider's network"),
});
export type NetworkConfig = z.infer<typeof NetworkConfig>;

/** Ours: the volumes of an application's replicas. */
export const StorageConfig = z.strictObject({ volumes: z.array(DeploymentVolume).default([]) });
export type StorageConfig = z.infer<typeof StorageConfig>;

/** Ours: a secret by name, and the environment variable in which replicas find its value. Never the value. */
export const SecretRef = z.strictObject({
  name: NonEmpty,
  environmentVariable: EnvironmentVariableName,
  version: NonEmpty.optional().describe('the current one when absent'),
});
export type SecretRef = z.infer<typeof SecretRef>;

/** Ours: how a replica is asked over HTTP whether it can serve; any status from 200 to 399 says yes. */
export const HealthCheckConfig = z.strictObject({
  path: HttpPath.default('/'),
  interval: PositiveDuration.default(() => Duration.seconds(10)).describe('between two checks'),
  timeout: PositiveDuration.default(() => Duration.seconds(1)).describe('after which a check has failed'),
  healthyThreshold: z.int32().min(1).default(2).describe('successes in a row that make a replica healthy'),
  unhealthyThreshold: z.int32().min(1).default(3).describe('failures in a row that make a replica unhealthy'),
  startPeriod: DurationCodec.default(() => Duration.seconds(0)).describe(
    'after the start, in which failures do not count',
  ),
});
export type HealthCheckConfig = z.infer<typeof HealthCheckConfig>;

/** Everything about one application that is to be deployed. */
export const DeploymentConfig = z.strictObject({
  name: DeploymentName,
  version: NonEmpty,
  environment: Environment.default({ kind: 'Development' }),
  resources: ResourceRequirements.default(() => structuredClone(DEFAULT_RESOURCES)),
  scaling: ScalingConfig.default(() => ScalingConfig.decode({})),
  networking: NetworkConfig.default(() => NetworkConfig.decode({})),
  storage: StorageConfig.default(() => StorageConfig.decode({})),
  secrets: z.array(SecretRef).default([]),
  envVars: EnvironmentVariables.default({}),
  healthChecks: HealthCheckConfig.default(() => HealthCheckConfig.decode({})),
  deploymentStrategy: DeploymentStrategy.default(() => ({ ...DEFAULT_ROLLING_UPDATE })),
});
export type DeploymentConfig = z.infer<typeof DeploymentConfig>;

/** What a deployment is doing; Paused and RollingBack are ours. */
export const DeploymentStatus = variants([
  plain('Pending'),
  plain('Deploying'),
  plain('Running'),
  plain('Updating'),
  variant('Failed', { reason: z.string() }),
  plain('Stopped'),
  variant('Paused', { reason: z.string() }),
  variant('RollingBack', { reason: z.string() }),
]);
export type DeploymentStatus = z.infer<typeof DeploymentStatus>;

/** A deployed application as it is now. */
export const Deployment = z.strictObject({
  id: NonEmpty,
  name: DeploymentName,
  version: NonEmpty,
  status: DeploymentStatus,
  endpoint: HttpUrl.optional(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  replicas: z.int32().nonnegative().describe('desired'),
  healthyReplicas: z.int32().nonnegative(),
  revision: NonEmpty.optional().describe('Ours: the revision that is stable'),
  weights: z.record(NonEmpty, Percent).optional().describe('Ours: percent of the requests by revision'),
});
export type Deployment = z.infer<typeof Deployment>;

/** What an artifact holds. */
export const ArtifactType = z.enum(['Model', 'Code', 'Data', 'Configuration', 'Container']);
export type ArtifactType = z.infer<typeof ArtifactType>;

/** Where an artifact is fetched from. */
export const ArtifactSource = variants([
  variant('Local', { path: NonEmpty }),
  variant('Remote', {
    url: HttpUrl,
    credentials: Credentials.optional().describe(
      'for use within one process; refused in a request, which names a secret',
    ),
    credential: NonEmpty.optional().describe('Ours: the name of the secret that is sent as a bearer token'),
  }),
  variant('Registry', { registry: NonEmpty, name: NonEmpty, tag: NonEmpty }),
  variant('Storage', { bucket: NonEmpty, key: NonEmpty }),
]);
export type ArtifactSource = z.infer<typeof ArtifactSource>;

/** A file or image that a deployment is made from: a model, code, data. */
export const Artifact = z.strictObject({
  name: z
    .string()
    .regex(
      /^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\0]+$/,
      'a relative name without ".." segments expected, such as "model.onnx"',
    ),
  type: ArtifactType,
  source: ArtifactSource,
  checksum: Checksum.optional(),
  metadata: TextMap.default({}),
});
export type Artifact = z.infer<typeof Artifact>;
