import { z } from 'zod';
import { Count, DurationCodec, Int32, NonEmpty, Timestamp } from '../core/codecs.ts';
import type { Duration } from '../core/duration.ts';
import { Fraction, TextMap } from './scalars.ts';

export { TimeRange } from './time.ts';

/** Ours: the id of a trace (W3C Trace Context). */
export const TraceId = z
  .string()
  .regex(/^(?!0{32})[0-9a-f]{32}$/, '32 lower-case hexadecimal digits expected that are not all 0');

/** Ours: the id of a span (W3C Trace Context). */
export const SpanId = z
  .string()
  .regex(/^(?!0{16})[0-9a-f]{16}$/, '16 lower-case hexadecimal digits expected that are not all 0');

/** How the work of a span ended; the names are gRPC's. */
export const SpanStatus = z.enum([
  'OK',
  'Cancelled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
]);
export type SpanStatus = z.infer<typeof SpanStatus>;

/** What travels from one service to the next, so that their spans become one trace. */
export const SpanContext = z.strictObject({
  traceId: TraceId,
  spanId: SpanId,
  baggage: TextMap.default({}),
  flags: z.int().min(0).max(255).optional().describe('Ours: W3C trace flags; bit 0 says that the trace is recorded'),
  traceState: z.string().max(512).optional().describe('Ours: the header tracestate as it came'),
});
export type SpanContext = z.infer<typeof SpanContext>;

/** Something that happened during a span. */
export const SpanLog = z.strictObject({ timestamp: Timestamp, message: z.string(), fields: TextMap });
export type SpanLog = z.infer<typeof SpanLog>;

/** A piece of work of one service, as it is recorded. */
export const Span = z.strictObject({
  id: SpanId,
  traceId: TraceId,
  parentId: SpanId.optional(),
  name: NonEmpty,
  startTime: Timestamp,
  endTime: Timestamp.optional(),
  duration: DurationCodec.optional(),
  tags: TextMap,
  logs: z.array(SpanLog),
  status: SpanStatus,
  serviceName: NonEmpty,
});
export type Span = z.infer<typeof Span>;

/** All spans of one request through all services. */
export const Trace = z.strictObject({
  id: TraceId,
  spans: z.array(Span),
  duration: DurationCodec,
  serviceNames: z.array(NonEmpty),
  rootSpan: Span.optional(),
});
export type Trace = z.infer<typeof Trace>;

/** A trace in one line. */
export const TraceSummary = z.strictObject({
  id: TraceId,
  duration: DurationCodec,
  serviceCount: Int32.nonnegative(),
  spanCount: Int32.nonnegative(),
  errorCount: Int32.nonnegative(),
  rootService: z.string(),
  rootOperation: z.string(),
  startTime: Timestamp,
});
export type TraceSummary = z.infer<typeof TraceSummary>;

/** Which traces are asked for. */
export const TraceFilter = z
  .strictObject({
    serviceName: NonEmpty.optional(),
    operationName: NonEmpty.optional(),
    tags: TextMap.optional(),
    durationMin: DurationCodec.optional(),
    durationMax: DurationCodec.optional(),
    errorOnly: z.boolean().default(false),
  })
  .refine(({ durationMin, durationMax }) => !durationMin || !durationMax || !isLonger(durationMin, durationMax), {
    path: ['durationMax'],
    error: 'durationMax must be at least durationMin',
  });
export type TraceFilter = z.infer<typeof TraceFilter>;

const isLonger = (one: Duration, other: Duration): boolean => one.milliseconds > other.milliseconds;

/** What a part of the service map is. */
export const ServiceType = z.enum(['WebService', 'Database', 'Cache', 'Queue', 'Storage', 'External', 'Unknown']);
export type ServiceType = z.infer<typeof ServiceType>;

/** Observed values by size: a bucket holds what is at most its bound and above the bound before it. */
export const Histogram = z
  .strictObject({
    buckets: z.array(z.tuple([z.number(), Count])).describe('[upper bound, count]; the bounds rise'),
    count: Count.describe('of all values, those above the last bound included'),
    sum: z.number().describe('of all values'),
  })
  .check(({ value, issues }) => {
    const falling = value.buckets.findIndex(([bound], index) => index > 0 && bound <= value.buckets[index - 1]![0]);
    if (falling > 0) {
      const message = 'each upper bound must be above the one before it';
      issues.push({ code: 'custom', path: ['buckets', falling, 0], input: value.buckets[falling]![0], message });
    }
    const inBuckets = value.buckets.reduce((total, [, count]) => total + count, 0);
    if (inBuckets > value.count) {
      const message = `count must be at least ${inBuckets}, which is what the buckets hold`;
      issues.push({ code: 'custom', path: ['count'], input: value.count, message });
    }
  });
export type Histogram = z.infer<typeof Histogram>;

/** One service of the service map. */
export const ServiceNode = z.strictObject({
  name: NonEmpty,
  type: ServiceType,
  requestCount: Count,
  errorCount: Count,
  responseTimeHistogram: Histogram.describe('seconds'),
});
export type ServiceNode = z.infer<typeof ServiceNode>;

/** The requests from one service to another. */
export const ServiceEdge = z.strictObject({
  source: NonEmpty,
  target: NonEmpty,
  requestCount: Count,
  errorCount: Count,
  responseTimeHistogram: Histogram.describe('seconds'),
});
export type ServiceEdge = z.infer<typeof ServiceEdge>;

/** Which services call which. */
export const ServiceMap = z.strictObject({ services: z.array(ServiceNode), edges: z.array(ServiceEdge) });
export type ServiceMap = z.infer<typeof ServiceMap>;

/** How one service did over a time. */
export const ServiceStatistics = z.strictObject({
  requestCount: Count,
  errorCount: Count,
  errorRate: Fraction.describe('failed requests per request'),
  responseTimeHistogram: Histogram.describe('seconds'),
  throughput: z.number().nonnegative().describe('requests per second'),
});
export type ServiceStatistics = z.infer<typeof ServiceStatistics>;

/** Ours: something around the handling of an HTTP request. */
export type HttpMiddleware = (request: Request, next: (request: Request) => Promise<Response>) => Promise<Response>;

/** Ours: something around a gRPC call, in the shape of a client interceptor. */
export type GrpcInterceptor = <Options, Call>(options: Options, nextCall: (options: Options) => Call) => Call;
