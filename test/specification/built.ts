import { existsSync } from 'node:fs';

type Module = Record<string, unknown>;
type Class = { prototype: object };

const ROOT = new URL('../../', import.meta.url);

/** Where the class of each service is exported once it is built, and under which name where it has one of its own. */
const CLASSES: Record<string, string> = {
  Deployer: 'functions/deploy/index.ts',
  FunctionDeployer: 'functions/serverless/index.ts',
  ContainerOrchestrator: 'functions/containers/index.ts',
  ObjectStorage: 'functions/storage/index.ts',
  DatabaseService: 'functions/database/index.ts',
  NoSQLDatabase: 'functions/nosql/index.ts#NoSQLTables',
  MetricsService: 'functions/monitoring/index.ts',
  LoggingService: 'functions/logging/index.ts',
  LogPublisher: 'functions/logging/index.ts',
  StructuredLogger: 'functions/logging/index.ts',
  TracingService: 'functions/tracing/index.ts',
  Span: 'functions/tracing/index.ts',
  IAMService: 'functions/auth/index.ts',
  SecretsManager: 'functions/secrets/index.ts',
  KeyManagementService: 'functions/secrets/index.ts',
  MultiCloudDeployer: 'functions/providers/index.ts',
};

/** The trait of triggers is built when every one of these classes has its method. */
const TRIGGERS = ['HttpTrigger', 'ScheduleTrigger', 'S3Trigger', 'QueueTrigger'];
const TRIGGERS_MODULE = 'functions/serverless/index.ts';

/** The trait of providers is built when what every one of these factories makes has its method. */
const PROVIDERS: Record<string, unknown[]> = {
  AWSProvider: [{ accessKeyId: 'id', secretAccessKey: 'unused', region: 'us-west-2' }, 'us-west-2'],
  GCPProvider: [{ serviceAccountKey: '{}', projectId: 'project' }, 'us-central1'],
  AzureProvider: [{ clientId: 'id', clientSecret: 'unused', tenantId: 'id', subscriptionId: 'id' }, 'westus2'],
};
const PROVIDERS_MODULE = 'functions/providers/index.ts';

/** Free functions are built when this module exports them. */
const FREE_FUNCTIONS_MODULE = 'functions/tracing/index.ts';

/** Whether a function of the specification, such as `Deployer.deploy`, has its counterpart in the code. */
export async function isBuilt(name: string): Promise<boolean> {
  const [owner = '', method] = name.split('.');
  if (method === undefined) return typeof (await load(FREE_FUNCTIONS_MODULE))[owner] === 'function';
  if (owner === 'EventTrigger') {
    const module = await load(TRIGGERS_MODULE);
    return TRIGGERS.every((trigger) => hasMethod(module[trigger], method));
  }
  if (owner === 'CloudProvider') {
    const module = await load(PROVIDERS_MODULE);
    return Object.entries(PROVIDERS).every(([factory, input]) => makesMethod(module[factory], input, method));
  }
  const [path = '', own = owner] = CLASSES[owner]!.split('#');
  return hasMethod((await load(path))[own], method);
}

async function load(path: string): Promise<Module> {
  const file = new URL(path, ROOT);
  return existsSync(file) ? await import(file.pathname) : {};
}

function hasMethod(candidate: unknown, method: string): boolean {
  if (typeof candidate !== 'function') return false;
  return method === 'new' || method in ((candidate as Partial<Class>).prototype ?? {});
}

function makesMethod(factory: unknown, input: unknown[], method: string): boolean {
  return typeof factory === 'function' && typeof factory(...input)?.[method] === 'function';
}
