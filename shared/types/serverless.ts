import { z } from 'zod';
import { Bytes, Count, DurationCodec, Int32, Json, NonEmpty, Timestamp } from '../core/codecs.ts';
import { CorsConfig } from './cors.ts';
import { MetricStatistics } from './monitoring.ts';
import { EnvironmentVariables, HttpMethod, HttpPath, PositiveDuration, TextMap } from './scalars.ts';
import { variant, variants } from './variants.ts';

export { CorsConfig } from './cors.ts';
export { HttpMethod } from './scalars.ts';

/** Ours: the name of a function. */
export const FunctionName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, '1 to 64 letters, digits, "-" and "_" expected, a letter first');

/** The language runtime of a function; versions that the specification does not list are ours. */
export const Runtime = variants([
  variant('STARK', { version: z.enum(['stark-1.0']) }),
  variant('Python', {
    version: z.enum(['python3.9', 'python3.10', 'python3.11', 'python3.12', 'python3.13', 'python3.14']),
  }),
  variant('Node', { version: z.enum(['nodejs16.x', 'nodejs18.x', 'nodejs20.x', 'nodejs22.x', 'nodejs24.x']) }),
  variant('Java', { version: z.enum(['java11', 'java17', 'java21', 'java25']) }),
  variant('Go', { version: z.enum(['go1.x', 'provided.al2023']) }),
  variant('Rust', { version: z.enum(['rust', 'provided.al2023']) }),
  variant('Custom', { image: NonEmpty }),
]);
export type Runtime = z.infer<typeof Runtime>;

/** The private network that a function runs in. */
export const VpcConfig = z.strictObject({ subnetIds: z.array(NonEmpty).min(1), securityGroupIds: z.array(NonEmpty) });
export type VpcConfig = z.infer<typeof VpcConfig>;

/** Where events go that a function could not handle. */
export const DeadLetterConfig = z.strictObject({ targetArn: NonEmpty });
export type DeadLetterConfig = z.infer<typeof DeadLetterConfig>;

/** Whether calls of a function are traced. */
export const TracingConfig = z.enum(['Active', 'PassThrough', 'Disabled']);
export type TracingConfig = z.infer<typeof TracingConfig>;

/** Everything about one function but its code. */
export const FunctionConfig = z.strictObject({
  name: FunctionName,
  runtime: Runtime,
  handler: NonEmpty,
  memory: z.int32().min(1).describe('MB'),
  timeout: PositiveDuration,
  environment: EnvironmentVariables.default({}),
  layers: z.array(NonEmpty).default([]),
  vpcConfig: VpcConfig.optional(),
  deadLetterConfig: DeadLetterConfig.optional(),
  tracingConfig: TracingConfig.default('PassThrough'),
  tags: TextMap.default({}),
});
export type FunctionConfig = z.infer<typeof FunctionConfig>;

/** The code of a function, or where it is. */
export const FunctionCode = variants([
  variant('ZipFile', { data: Bytes }),
  variant('S3', { bucket: NonEmpty, key: NonEmpty, version: NonEmpty.optional() }),
  variant('ImageUri', { uri: NonEmpty }),
  variant('Inline', { code: z.string() }),
]);
export type FunctionCode = z.infer<typeof FunctionCode>;

/** Whether a function can be called. */
export const FunctionState = z.enum(['Pending', 'Active', 'Inactive', 'Failed']);
export type FunctionState = z.infer<typeof FunctionState>;

/** A deployed function (the specification's `Function`). */
export const CloudFunction = z.strictObject({
  arn: NonEmpty,
  name: NonEmpty,
  runtime: Runtime,
  handler: z.string(),
  state: FunctionState,
  lastModified: Timestamp,
  codeSize: Count.describe('bytes'),
  memorySize: Int32.nonnegative().describe('MB'),
  timeout: DurationCodec,
  version: z.string(),
});
export type CloudFunction = z.infer<typeof CloudFunction>;

/** What a call of a function gave. */
export const FunctionResponse = z.strictObject({
  statusCode: Int32,
  payload: Json,
  logs: z.string().optional(),
  executionDuration: DurationCodec,
  billedDuration: DurationCodec,
  memoryUsed: Int32.nonnegative().describe('MB'),
});
export type FunctionResponse = z.infer<typeof FunctionResponse>;

/** How much a function was called, and how that went. */
export const FunctionMetrics = z.strictObject({
  invocations: Count,
  errors: Count,
  duration: MetricStatistics,
  throttles: Count,
  concurrentExecutions: Count,
  unreservedConcurrentExecutions: Count,
});
export type FunctionMetrics = z.infer<typeof FunctionMetrics>;

/** What starts a function when something happens. */
export interface EventTrigger {
  triggerType(): string;
  configure(functionArn: string): Promise<void>;
  remove(functionArn: string): Promise<void>;
}

/** Starts a function for HTTP requests. */
export const HttpTrigger = z.strictObject({
  path: HttpPath,
  method: z.array(HttpMethod).min(1),
  cors: CorsConfig.optional(),
});
export type HttpTrigger = z.infer<typeof HttpTrigger>;

/** Starts a function at set times. */
export const ScheduleTrigger = z.strictObject({
  expression: NonEmpty.describe('rate(5 minutes) or cron(0 8 ? * MON *)'),
  enabled: z.boolean().default(true),
});
export type ScheduleTrigger = z.infer<typeof ScheduleTrigger>;

/** Ours: what can happen to an object of a bucket. */
export const S3Event = z.enum(['ObjectCreated', 'ObjectRemoved', 'ObjectRestored', 'ObjectTagging']);
export type S3Event = z.infer<typeof S3Event>;

/** Starts a function when objects of a bucket change. */
export const S3Trigger = z.strictObject({
  bucket: NonEmpty,
  events: z.array(S3Event).min(1),
  prefix: z.string().optional(),
  suffix: z.string().optional(),
});
export type S3Trigger = z.infer<typeof S3Trigger>;

/** Starts a function for messages of a queue. */
export const QueueTrigger = z.strictObject({
  queueArn: NonEmpty,
  batchSize: z.int32().min(1).max(10_000).describe('messages that one call gets at most'),
  maximumBatchingWindow: DurationCodec.describe('how long to wait for a full batch'),
});
export type QueueTrigger = z.infer<typeof QueueTrigger>;
