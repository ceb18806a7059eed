import { z } from 'zod';
import { DurationCodec, Int32, NonEmpty, Timestamp } from '../core/codecs.ts';
import type { Credentials } from './credentials.ts';
import { Fraction, PositiveDuration } from './scalars.ts';
import { plain, variant, variants } from './variants.ts';

export * from './credentials.ts';

/** Ours: what every service of a provider has: what it can do, and the way around us to the provider's own client. */
export interface ProviderService {
  readonly capabilities: readonly string[];
  readonly native: unknown;
}

/** Ours: deployments, functions and containers of a provider. */
export type ComputeService = ProviderService;
/** Ours: object storage of a provider. */
export type StorageService = ProviderService;
/** Ours: databases of a provider. */
export type DatabaseServiceOfProvider = ProviderService;
/** Ours: load balancers and addresses of a provider. */
export type NetworkingService = ProviderService;
/** Ours: metrics, logs and traces of a provider. */
export type MonitoringService = ProviderService;
/** Ours: identities, secrets and keys of a provider. */
export type SecurityService = ProviderService;

/** One cloud, or this machine: who it is, and what makes its services; a provider narrows the types of its services. */
export interface CloudProvider {
  name(): string;
  regions(): string[];
  authenticate(credentials: Credentials): Promise<void>;
  computeService(): ComputeService;
  storageService(): StorageService;
  databaseService(): DatabaseServiceOfProvider;
  networkingService(): NetworkingService;
  monitoringService(): MonitoringService;
  securityService(): SecurityService;
}

/** Ours: how fast and dependable a place must be for a deployment. */
export const PerformanceRequirements = z.strictObject({
  maxLatency: PositiveDuration.optional(),
  minThroughput: z.number().nonnegative().optional().describe('requests per second'),
  minAvailability: Fraction.optional().describe('such as 0.999'),
});
export type PerformanceRequirements = z.infer<typeof PerformanceRequirements>;

/** What a place must offer to be given a deployment. */
export const DeploymentConstraints = z.strictObject({
  maxCost: z.number().nonnegative().optional().describe('US dollars a month'),
  requiredFeatures: z.array(NonEmpty).default([]),
  complianceRequirements: z.array(NonEmpty).default([]),
  performanceRequirements: PerformanceRequirements.default({}),
});
export type DeploymentConstraints = z.infer<typeof DeploymentConstraints>;

/** A provider that gets a share of a deployment. */
export const DeploymentTarget = z.strictObject({
  provider: NonEmpty.describe("the provider's name"),
  weight: z.number().nonnegative().describe('its share, in proportion to the other weights'),
  constraints: DeploymentConstraints.default(() => DeploymentConstraints.decode({})),
});
export type DeploymentTarget = z.infer<typeof DeploymentTarget>;

/** Ours: a function that chooses among providers. */
export type PlacementStrategy = (providers: readonly CloudProvider[]) => DeploymentTarget[];

const IN_MEMORY_ONLY = 'a function has no JSON form; give this distribution in code, or choose another kind';

const InMemoryStrategy = z.codec(
  z.never({ error: IN_MEMORY_ONLY }),
  z.custom<PlacementStrategy>((value) => typeof value === 'function', 'a function from providers to targets expected'),
  {
    decode: (value) => value,
    encode: (strategy, context) => {
      context.issues.push({ code: 'custom', input: strategy, message: IN_MEMORY_ONLY });
      return z.NEVER;
    },
  },
);

const Weights = z
  .record(NonEmpty, z.number().nonnegative())
  .refine((weights) => Object.values(weights).some((weight) => weight > 0), 'at least one weight must be above 0');

/** How deployments are spread over providers; Custom exists in memory only. */
export const DeploymentDistribution = variants([
  variant('PrimaryBackup', { primary: NonEmpty, backup: NonEmpty }).refine(
    ({ primary, backup }) => primary !== backup,
    {
      path: ['backup'],
      error: 'the backup must be another provider than the primary',
    },
  ),
  variant('LoadBalanced', { weights: Weights.describe('share by provider, in proportion to the other weights') }),
  variant('Geographically', { regions: z.record(NonEmpty, NonEmpty).describe('provider by region of the world') }),
  plain('CostOptimized'),
  variant('Custom', { strategy: InMemoryStrategy }),
]);
export type DeploymentDistribution = z.infer<typeof DeploymentDistribution>;

/** How a provider is doing. */
export const ProviderHealthStatus = z.enum(['Healthy', 'Degraded', 'Unavailable']);
export type ProviderHealthStatus = z.infer<typeof ProviderHealthStatus>;

/** How a provider and its deployments are doing. */
export const ProviderStatus = z.strictObject({
  providerName: NonEmpty,
  status: ProviderHealthStatus,
  deployments: Int32.nonnegative(),
  lastCheck: Timestamp,
  latency: DurationCodec,
  availability: Fraction,
});
export type ProviderStatus = z.infer<typeof ProviderStatus>;

/** How the deployments of all providers are doing. */
export const MultiCloudStatus = z.strictObject({
  totalDeployments: Int32.nonnegative(),
  healthyDeployments: Int32.nonnegative(),
  failedDeployments: Int32.nonnegative(),
  providerStatus: z.record(NonEmpty, ProviderStatus),
});
export type MultiCloudStatus = z.infer<typeof MultiCloudStatus>;

/** A way to pay less. */
export const CostRecommendationType = z.enum([
  'RightSizing',
  'ReservedInstances',
  'SpotInstances',
  'StorageOptimization',
  'NetworkOptimization',
  'ProviderSwitch',
]);
export type CostRecommendationType = z.infer<typeof CostRecommendationType>;

/** How much work something is. */
export const EffortLevel = z.enum(['Low', 'Medium', 'High']);
export type EffortLevel = z.infer<typeof EffortLevel>;

/** Advice on how to pay less. */
export const CostRecommendation = z.strictObject({
  type: CostRecommendationType,
  description: z.string(),
  potentialSavings: z.number().nonnegative().describe('US dollars a month'),
  effort: EffortLevel,
});
export type CostRecommendation = z.infer<typeof CostRecommendation>;

/** What everything costs, and how it could cost less; a refund can make a part negative. */
export const CostAnalysis = z.strictObject({
  totalCost: z.number().describe('US dollars'),
  costByProvider: z.record(z.string(), z.number()).describe('US dollars'),
  costByService: z.record(z.string(), z.number()).describe('US dollars'),
  recommendations: z.array(CostRecommendation),
});
export type CostAnalysis = z.infer<typeof CostAnalysis>;
