/** Names that would hide one of JavaScript's own, and what they are called here. */
export const NAMES: Record<string, string> = { Object: 'StorageObject', Function: 'CloudFunction' };

/** Structs that are services: classes over the operations of a domain, whose methods `built.ts` looks for. */
export const SERVICE_CLASSES = [
  'Deployer',
  'FunctionDeployer',
  'ContainerOrchestrator',
  'ObjectStorage',
  'DatabaseService',
  'MetricsService',
  'LoggingService',
  'StructuredLogger',
  'TracingService',
  'IAMService',
  'SecretsManager',
  'KeyManagementService',
  'MultiCloudDeployer',
];

/** Structs that are providers: made by factories, which `built.ts` calls. */
export const PROVIDER_FACTORIES = ['AWSProvider', 'GCPProvider', 'AzureProvider'];

/** The field that carries what a variant such as `Custom(str)` carries. */
export const TUPLE_FIELDS: Record<string, string> = {
  'Environment.Custom': 'name',
  'ResourceUnit.CPU': 'unit',
  'ResourceUnit.Memory': 'unit',
  'ResourceUnit.Storage': 'unit',
  'ResourceUnit.Network': 'unit',
  'Runtime.STARK': 'version',
  'Runtime.Python': 'version',
  'Runtime.Node': 'version',
  'Runtime.Java': 'version',
  'Runtime.Go': 'version',
  'Runtime.Rust': 'version',
  'DatabaseEngine.MySQL': 'version',
  'DatabaseEngine.PostgreSQL': 'version',
  'DatabaseEngine.MongoDB': 'version',
  'DatabaseEngine.Redis': 'version',
  'Principal.AWS': 'identifiers',
  'Principal.Service': 'identifiers',
  'Principal.Federated': 'identifiers',
  'Principal.CanonicalUser': 'identifiers',
  'SecretValue.String': 'value',
  'SecretValue.Binary': 'value',
  'SecretValue.JSON': 'value',
  'Credentials.AWS': 'credentials',
  'Credentials.GCP': 'credentials',
  'Credentials.Azure': 'credentials',
  'Credentials.Local': 'credentials',
};

/** Fields that may be absent here although the specification always has them, and why. */
export const MAY_BE_ABSENT: Record<string, string> = {
  'DatabaseInstance.endpoint': 'a database that is being created has none yet',
  'DatabaseInstance.latestRestorableTime': 'a database without a backup has none',
};

/** Fields whose type here is another one than the specification writes, and which: an exported schema, or a JSON type. */
export const OTHER_TYPES: Record<string, string> = {
  'ResourceRequirements.cpu': 'CpuResource',
  'ResourceRequirements.memory': 'MemoryResource',
  'ResourceRequirements.disk': 'StorageResource',
  'ResourceRequirements.networkBandwidth': 'NetworkResource',
  'GpuRequirement.memory': 'MemoryResource',
  'DeploymentStrategy.RollingUpdate.maxSurge': 'i32 or str',
  'DeploymentStrategy.RollingUpdate.maxUnavailable': 'i32 or str',
  'DeploymentDistribution.Custom.strategy': 'in memory only',
  'DeploymentTarget.provider': 'str',
  'QueryCondition.KeyEquals.value': 'AttributeValue',
  'QueryCondition.KeyBetween.start': 'AttributeValue',
  'QueryCondition.KeyBetween.end': 'AttributeValue',
  'QueryCondition.Contains.value': 'AttributeValue',
  'BatchOperation.Put.item': 'Item',
  'BatchOperation.Delete.key': 'Item',
};

/** Variants that the specification does not have. Those of errors are listed where they are defined. */
export const OWN_VARIANTS: Record<string, string[]> = { DeploymentStatus: ['Paused', 'RollingBack'] };

/** Types of the specification's notation that TypeScript, or shared/core, has already. */
export const BUILT_IN = ['Any', 'DateTime', 'Duration', 'Error', 'Map', 'Result', 'Self', 'T'];

/** Types that the specification uses and never defines, and that have no JSON form: types of TypeScript, without a schema. */
export const IN_MEMORY_TYPES = [
  'ComputeService',
  'StorageService',
  'NetworkingService',
  'MonitoringService',
  'SecurityService',
  'GrpcInterceptor',
  'HttpMiddleware',
  'InputStream',
  'OutputStream',
  'MetricStream',
];
