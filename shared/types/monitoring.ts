import { z } from 'zod';
import { NonEmpty, Timestamp } from '../core/codecs.ts';
import { PositiveDuration, TextMap } from './scalars.ts';
import { inOrder } from './time.ts';
import { variant, variants } from './variants.ts';

/** What a metric's value is measured in. */
export const MetricUnit = z.enum([
  'None',
  'Count',
  'Percent',
  'Seconds',
  'Microseconds',
  'Milliseconds',
  'Bytes',
  'Kilobytes',
  'Megabytes',
  'Gigabytes',
  'Terabytes',
  'BytesPerSecond',
  'KilobytesPerSecond',
  'MegabytesPerSecond',
  'GigabytesPerSecond',
  'CountPerSecond',
]);
export type MetricUnit = z.infer<typeof MetricUnit>;

/** How the values of one period become one. */
export const Statistic = z.enum(['Average', 'Sum', 'Maximum', 'Minimum', 'SampleCount']);
export type Statistic = z.infer<typeof Statistic>;

/** One measured value. */
export const Metric = z.strictObject({
  name: NonEmpty,
  value: z.number(),
  unit: MetricUnit,
  timestamp: Timestamp,
  dimensions: TextMap.default({}),
  namespace: NonEmpty.optional().describe("the service's own when absent"),
});
export type Metric = z.infer<typeof Metric>;

/** The value of a statistic over one period, which begins at its timestamp. */
export const DataPoint = z.strictObject({ timestamp: Timestamp, value: z.number(), unit: MetricUnit });
export type DataPoint = z.infer<typeof DataPoint>;

/** The values of a metric over a time. */
export const MetricStatistics = z.strictObject({ datapoints: z.array(DataPoint), label: z.string() });
export type MetricStatistics = z.infer<typeof MetricStatistics>;

/** A question about a metric. */
export const MetricQuery = z
  .strictObject({
    metricName: NonEmpty,
    startTime: Timestamp,
    endTime: Timestamp,
    period: PositiveDuration.describe('that one value stands for'),
    dimensions: TextMap.optional(),
    statistic: Statistic,
  })
  .check(inOrder('startTime', 'endTime'));
export type MetricQuery = z.infer<typeof MetricQuery>;

/** The answer to a MetricQuery, or one page of it. */
export const MetricQueryResult = z.strictObject({
  metricName: NonEmpty,
  datapoints: z.array(DataPoint),
  nextToken: NonEmpty.optional(),
});
export type MetricQueryResult = z.infer<typeof MetricQueryResult>;

/** Ours: one item of a live stream of metrics. */
export const MetricSample = z.strictObject({
  timestamp: Timestamp,
  name: NonEmpty,
  value: z.number(),
  unit: MetricUnit,
  dimensions: TextMap.default({}),
});
export type MetricSample = z.infer<typeof MetricSample>;

/** Ours: metrics as they come in. */
export type MetricStream = AsyncIterable<MetricSample>;

/** How an alarm compares a value with its threshold. */
export const ComparisonOperator = z.enum([
  'GreaterThanThreshold',
  'GreaterThanOrEqualToThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
]);
export type ComparisonOperator = z.infer<typeof ComparisonOperator>;

/** What a period without values counts as. */
export const TreatMissingData = z.enum(['Breaching', 'NotBreaching', 'Ignore', 'Missing']);
export type TreatMissingData = z.infer<typeof TreatMissingData>;

/** What can be done to a virtual machine. */
export const EC2Action = z.enum(['Stop', 'Terminate', 'Reboot', 'Recover']);
export type EC2Action = z.infer<typeof EC2Action>;

/** What an alarm sets off. */
export const AlarmAction = variants([
  variant('SNSNotification', { topicArn: NonEmpty }),
  variant('AutoScaling', { policyArn: NonEmpty }),
  variant('EC2Action', { action: EC2Action, instanceId: NonEmpty }),
  variant('Lambda', { functionArn: NonEmpty }),
]);
export type AlarmAction = z.infer<typeof AlarmAction>;

/** A rule that watches one metric. */
export const AlarmConfig = z
  .strictObject({
    name: NonEmpty,
    description: z.string().optional(),
    metricName: NonEmpty,
    namespace: NonEmpty,
    statistic: Statistic,
    period: PositiveDuration.describe('that one value stands for'),
    evaluationPeriods: z.int32().min(1).describe('the latest periods that are looked at'),
    datapointsToAlarm: z
      .int32()
      .min(1)
      .optional()
      .describe('Ours: how many of them must breach; all of them when absent'),
    threshold: z.number(),
    comparisonOperator: ComparisonOperator,
    dimensions: TextMap.optional(),
    actions: z.array(AlarmAction).default([]),
    treatMissingData: TreatMissingData.default('Missing'),
  })
  .check(({ value, issues }) => {
    if (value.datapointsToAlarm === undefined || value.datapointsToAlarm <= value.evaluationPeriods) return;
    issues.push({
      code: 'custom',
      path: ['datapointsToAlarm'],
      input: value.datapointsToAlarm,
      message: `datapointsToAlarm must be at most evaluationPeriods, which is ${value.evaluationPeriods}`,
    });
  });
export type AlarmConfig = z.infer<typeof AlarmConfig>;

/** What an alarm says at the moment. */
export const AlarmState = z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']);
export type AlarmState = z.infer<typeof AlarmState>;

/** An alarm and its state. */
export const Alarm = z.strictObject({
  name: NonEmpty,
  arn: NonEmpty,
  description: z.string().optional(),
  state: AlarmState,
  stateReason: z.string(),
  stateUpdatedTimestamp: Timestamp,
  config: AlarmConfig,
});
export type Alarm = z.infer<typeof Alarm>;
