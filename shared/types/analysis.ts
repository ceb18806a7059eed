import { z } from 'zod';
import { Count, DurationCodec, Json, NonEmpty } from '../core/codecs.ts';
import { Duration } from '../core/duration.ts';
import { Fraction, HttpMethod, HttpPath, PositiveDuration, TextMap } from './scalars.ts';
import { variant, variants } from './variants.ts';

/** Ours: a request whose right answer is known, sent to the new revision to see that it still gives it. */
export const GoldenRequest = z.strictObject({
  method: HttpMethod,
  path: HttpPath,
  headers: TextMap.optional(),
  body: Json.optional(),
  expectStatus: z.int().min(100).max(599).default(200),
  expectBody: Json.optional().describe('the answer that is right; not looked at when absent'),
  tolerance: z.number().nonnegative().default(1e-3).describe('absolute, for each number in the body'),
  maxLatency: PositiveDuration.optional(),
});
export type GoldenRequest = z.infer<typeof GoldenRequest>;

const limits = {
  failureLimit: Count.optional().describe("instead of the analysis's own"),
  inconclusiveLimit: Count.optional().describe("instead of the analysis's own"),
  consecutiveErrorLimit: Count.optional().describe("instead of the analysis's own"),
  minSamples: Count.optional().describe("instead of the analysis's own"),
};

/** Ours: one thing that is measured to judge a new revision. */
export const AnalysisMetric = variants([
  variant('ErrorRate', {
    name: NonEmpty,
    max: Fraction.describe('failed requests per request'),
    maxIncrease: Fraction.optional().describe('over the error rate of the stable side'),
    ...limits,
  }),
  variant('Latency', {
    name: NonEmpty,
    percentile: z.number().gt(0).max(100),
    max: PositiveDuration.optional(),
    maxRatioToStable: z.number().positive().optional().describe('1.2 allows 20 % more than the stable side'),
    ...limits,
  }).refine((metric) => metric.max !== undefined || metric.maxRatioToStable !== undefined, {
    path: ['max'],
    error: 'a latency metric needs max, maxRatioToStable or both',
  }),
  variant('Probe', { name: NonEmpty, requests: z.array(GoldenRequest).min(1), ...limits }),
]);
export type AnalysisMetric = z.infer<typeof AnalysisMetric>;

/** Ours: how a new revision is judged: what is measured, how often, and how much may go wrong. */
export const Analysis = z.strictObject({
  metrics: z
    .array(AnalysisMetric)
    .min(1)
    .refine(
      (metrics) => new Set(metrics.map(({ name }) => name)).size === metrics.length,
      'each metric needs a name of its own',
    ),
  interval: PositiveDuration.default(() => Duration.seconds(10)).describe('between two measurements'),
  count: z.int().min(1).default(1).describe('measurements in all'),
  failureLimit: Count.default(0).describe('failed measurements that are still tolerated'),
  inconclusiveLimit: Count.default(0).describe('measurements without a verdict that are still tolerated'),
  consecutiveErrorLimit: Count.default(4).describe(
    'measurements in a row that could not be taken and are still tolerated',
  ),
  minSamples: Count.default(20).describe('requests below which a measurement is inconclusive'),
});
export type Analysis = z.infer<typeof Analysis>;

/** Ours: one step of a canary release. */
export const CanaryStep = variants([
  variant('SetWeight', {
    weight: z.number().min(0).max(100).describe('percent of the requests that the new revision gets'),
  }),
  variant('Pause', { duration: DurationCodec }),
  variant('Analysis', { analysis: Analysis }),
]);
export type CanaryStep = z.infer<typeof CanaryStep>;
