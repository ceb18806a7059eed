import { z } from 'zod';
import { Count, Int32, NonEmpty, Timestamp } from '../core/codecs.ts';
import { TextMap } from './scalars.ts';

/** A set of log streams that are kept equally long. */
export const LogGroup = z.strictObject({
  name: NonEmpty,
  arn: NonEmpty,
  creationTime: Timestamp,
  retentionInDays: z.int32().min(1).optional().describe('for ever when absent'),
  metricFilterCount: Int32.nonnegative(),
  storedBytes: Count,
});
export type LogGroup = z.infer<typeof LogGroup>;

/** The log events of one source, in order. */
export const LogStream = z.strictObject({
  name: NonEmpty,
  arn: NonEmpty,
  creationTime: Timestamp,
  firstEventTime: Timestamp.optional(),
  lastEventTime: Timestamp.optional(),
  lastIngestionTime: Timestamp.optional(),
  uploadSequenceToken: NonEmpty.optional(),
  storedBytes: Count,
});
export type LogStream = z.infer<typeof LogStream>;

/** One message and when it was written. */
export const LogEvent = z.strictObject({
  timestamp: Timestamp,
  message: z.string(),
  ingestionTime: Timestamp.optional(),
});
export type LogEvent = z.infer<typeof LogEvent>;

/** A log event that a filter let through, and the stream it comes from. */
export const FilteredLogEvent = z.strictObject({
  logStreamName: NonEmpty,
  timestamp: Timestamp,
  message: z.string(),
  ingestionTime: Timestamp,
  eventId: NonEmpty,
});
export type FilteredLogEvent = z.infer<typeof FilteredLogEvent>;

/** What a publisher of log events knows: where it writes. */
export const LogPublisher = z.strictObject({
  groupName: NonEmpty,
  streamName: NonEmpty,
  sequenceToken: NonEmpty.optional(),
});
export type LogPublisher = z.infer<typeof LogPublisher>;

/** Ours: one line that a replica or a function has written. */
export const LogLine = z.strictObject({
  timestamp: Timestamp,
  message: z.string(),
  stream: z.enum(['stdout', 'stderr']),
  revision: NonEmpty.optional(),
  replica: NonEmpty.optional(),
});
export type LogLine = z.infer<typeof LogLine>;

/** Ours: lines as they are written; what the specification calls LogStream where it is the result of a `get_logs`. */
export type LogLines = AsyncIterable<LogLine>;

/** What a log query is doing. */
export const QueryStatus = z.enum(['Scheduled', 'Running', 'Complete', 'Failed', 'Cancelled']);
export type QueryStatus = z.infer<typeof QueryStatus>;

/** What a log query cost. */
export const QueryStatistics = z.strictObject({
  recordsMatched: z.number().nonnegative(),
  recordsScanned: z.number().nonnegative(),
  bytesScanned: z.number().nonnegative(),
});
export type QueryStatistics = z.infer<typeof QueryStatistics>;

/** What a log query has found so far. */
export const QueryResult = z.strictObject({
  status: QueryStatus,
  results: z.array(TextMap).describe('one map of field to value for each row'),
  statistics: QueryStatistics,
});
export type QueryResult = z.infer<typeof QueryResult>;

/** A log query that was started. */
export const QueryInfo = z.strictObject({
  queryId: NonEmpty,
  queryString: z.string(),
  status: QueryStatus,
  createTime: Timestamp,
  logGroups: z.array(NonEmpty),
});
export type QueryInfo = z.infer<typeof QueryInfo>;

/** How important a message is. */
export const LogLevel = z.enum(['Trace', 'Debug', 'Info', 'Warn', 'Error']);
export type LogLevel = z.infer<typeof LogLevel>;

/** The order of the levels: a logger writes what is at or above its own. */
export const LOG_LEVEL_ORDER = { Trace: 0, Debug: 1, Info: 2, Warn: 3, Error: 4 } as const satisfies Record<
  LogLevel,
  number
>;
