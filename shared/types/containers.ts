import { z } from 'zod';
import { DurationCodec, Int64, NonEmpty, Timestamp } from '../core/codecs.ts';
import { HealthCheckConfig } from './deploy.ts';
import { ResourceRequirements } from './resources.ts';
import { AbsolutePath, EnvironmentVariables, HostLabel, HttpPath, Port, PositiveDuration, TextMap } from './scalars.ts';
import { DEFAULT_ROLLING_UPDATE, DeploymentStrategy } from './strategy.ts';
import { plain, variant, variants } from './variants.ts';
import { VolumeSpec } from './volumes.ts';

export { VolumeSpec } from './volumes.ts';

/** The transport of a port. */
export const Protocol = z.enum(['TCP', 'UDP']);
export type Protocol = z.infer<typeof Protocol>;

/** A port of a container and the host's port in front of it. */
export const PortMapping = z.strictObject({
  containerPort: Port,
  hostPort: Port.optional(),
  protocol: Protocol.default('TCP'),
});
export type PortMapping = z.infer<typeof PortMapping>;

/** Where a container finds a volume of its service. */
export const VolumeMount = z.strictObject({
  name: HostLabel.describe('of the volume'),
  mountPath: AbsolutePath,
  readOnly: z.boolean().default(false),
  subPath: z
    .string()
    .regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\0]+$/, 'a relative path without ".." segments expected')
    .optional(),
});
export type VolumeMount = z.infer<typeof VolumeMount>;

/** A command in the container that says by its exit code whether the container is healthy. */
export const HealthCheck = z.strictObject({
  command: z.array(z.string()).min(1),
  interval: PositiveDuration,
  timeout: PositiveDuration,
  retries: z.int32().min(1).describe('failures in a row that make a container unhealthy'),
  startPeriod: DurationCodec.describe('after the start, in which failures do not count'),
});
export type HealthCheck = z.infer<typeof HealthCheck>;

/** When a container that has ended is started again. */
export const RestartPolicy = z.enum(['Always', 'OnFailure', 'Never', 'UnlessStopped']);
export type RestartPolicy = z.infer<typeof RestartPolicy>;

/** Linux capabilities beyond the usual set, or without which a container runs. */
export const Capabilities = z.strictObject({
  add: z.array(NonEmpty).default([]),
  drop: z.array(NonEmpty).default([]),
});
export type Capabilities = z.infer<typeof Capabilities>;

/** As whom and with which rights a container runs. */
export const SecurityContext = z
  .strictObject({
    runAsUser: Int64.nonnegative().optional(),
    runAsGroup: Int64.nonnegative().optional(),
    runAsNonRoot: z.boolean().optional(),
    capabilities: Capabilities.optional(),
    privileged: z.boolean().optional(),
    readOnlyRootFilesystem: z.boolean().optional(),
  })
  .refine(({ runAsNonRoot, runAsUser }) => !(runAsNonRoot && runAsUser === 0), {
    path: ['runAsUser'],
    error: 'user 0 is root, which runAsNonRoot forbids; name another user',
  });
export type SecurityContext = z.infer<typeof SecurityContext>;

/** One container of a service. */
export const ContainerConfig = z.strictObject({
  image: NonEmpty,
  tag: NonEmpty,
  command: z.array(z.string()).min(1).optional(),
  args: z.array(z.string()).optional(),
  environment: EnvironmentVariables.default({}),
  ports: z.array(PortMapping).default([]),
  volumes: z.array(VolumeMount).default([]),
  resources: ResourceRequirements,
  healthCheck: HealthCheck.optional(),
  restartPolicy: RestartPolicy.default('Always'),
  securityContext: SecurityContext.optional(),
});
export type ContainerConfig = z.infer<typeof ContainerConfig>;

/** Ours: a secret by name, and the file in which containers find its value. */
export const SecretMount = z.strictObject({ name: NonEmpty, mountPath: AbsolutePath });
export type SecretMount = z.infer<typeof SecretMount>;

/** Ours: texts that containers find as files: the content by file name. */
export const ConfigMapMount = z.strictObject({ name: HostLabel, mountPath: AbsolutePath, data: TextMap });
export type ConfigMapMount = z.infer<typeof ConfigMapMount>;

/** A port under which a service is reached, and the container's port behind it. */
export const ServicePort = z.strictObject({
  name: HostLabel,
  port: Port,
  targetPort: Port,
  protocol: Protocol.default('TCP'),
});
export type ServicePort = z.infer<typeof ServicePort>;

/** The layer at which a load balancer works. */
export const LoadBalancerType = z.enum(['ApplicationLoadBalancer', 'NetworkLoadBalancer', 'ClassicLoadBalancer']);
export type LoadBalancerType = z.infer<typeof LoadBalancerType>;

/** The load balancer in front of a service. */
export const LoadBalancerConfig = z.strictObject({
  type: LoadBalancerType,
  healthCheck: HealthCheckConfig.default(() => HealthCheckConfig.decode({})),
  stickySessions: z.boolean().default(false),
});
export type LoadBalancerConfig = z.infer<typeof LoadBalancerConfig>;

/** Ours: which paths lead to which port of a service. */
export const IngressRule = z.strictObject({
  path: HttpPath.default('/'),
  pathType: z.enum(['Prefix', 'Exact']).default('Prefix'),
  port: HostLabel.describe('the name of a port of the service'),
});
export type IngressRule = z.infer<typeof IngressRule>;

/** Ours: under which host name and paths a service is reached over HTTP. */
export const IngressConfig = z.strictObject({
  host: z.hostname().optional().describe('every host when absent'),
  tls: z.boolean().default(true),
  rules: z.array(IngressRule).min(1),
});
export type IngressConfig = z.infer<typeof IngressConfig>;

/** How requests reach a service. */
export const ServiceNetworking = z.strictObject({
  ports: z.array(ServicePort).default([]),
  loadBalancer: LoadBalancerConfig.optional(),
  ingress: IngressConfig.optional(),
});
export type ServiceNetworking = z.infer<typeof ServiceNetworking>;

/** Containers that run together, in a number of replicas. */
export const ServiceConfig = z.strictObject({
  name: HostLabel,
  containers: z.array(ContainerConfig).min(1),
  replicas: z.int32().nonnegative().default(1),
  strategy: DeploymentStrategy.default(() => ({ ...DEFAULT_ROLLING_UPDATE })),
  networking: ServiceNetworking.default(() => ({ ports: [] })),
  storage: z.array(VolumeSpec).default([]),
  secrets: z.array(SecretMount).default([]),
  configMaps: z.array(ConfigMapMount).default([]),
});
export type ServiceConfig = z.infer<typeof ServiceConfig>;

/** What a service is doing. */
export const ServiceStatus = variants([
  plain('Pending'),
  plain('Running'),
  plain('Updating'),
  variant('Failed', { reason: z.string() }),
  plain('Stopped'),
]);
export type ServiceStatus = z.infer<typeof ServiceStatus>;

/** How many replicas of a service there should be, and are. */
export const ServiceReplicas = z.strictObject({
  desired: z.int32().nonnegative(),
  current: z.int32().nonnegative(),
  ready: z.int32().nonnegative().describe('pass their health check'),
  available: z.int32().nonnegative().describe('get requests'),
});
export type ServiceReplicas = z.infer<typeof ServiceReplicas>;

/** A service as it is now. */
export const Service = z.strictObject({
  name: NonEmpty,
  status: ServiceStatus,
  replicas: ServiceReplicas,
  endpoint: NonEmpty.optional(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Service = z.infer<typeof Service>;
