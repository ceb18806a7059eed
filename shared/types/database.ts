import { z } from 'zod';
import { Int32, NonEmpty, Timestamp } from '../core/codecs.ts';
import { HostLabel, Port } from './scalars.ts';
import { plain, variant, variants } from './variants.ts';

export * from './nosql.ts';

/** Ours: the name of a database instance; every cloud accepts it. */
export const InstanceName = HostLabel.refine((name) => !name.includes('--'), 'two hyphens must not follow one another');
export type InstanceName = z.infer<typeof InstanceName>;

/** Ours: the name of a snapshot that is given to it; those that are taken by themselves begin with `automated:`. */
export const SnapshotName = z
  .string()
  .regex(
    /^[a-z](?:-?[a-z0-9])*$/,
    'lower-case letters, digits and single hyphens expected, a letter first and no hyphen last',
  )
  .max(255);
export type SnapshotName = z.infer<typeof SnapshotName>;

/** Which database runs, and in which version. */
export const DatabaseEngine = variants([
  variant('MySQL', { version: NonEmpty }),
  variant('PostgreSQL', { version: NonEmpty }),
  variant('MongoDB', { version: NonEmpty }),
  variant('Redis', { version: NonEmpty }),
  plain('DynamoDB'),
  plain('Cassandra'),
  variant('Custom', { name: NonEmpty, version: NonEmpty }),
]);
export type DatabaseEngine = z.infer<typeof DatabaseEngine>;

/** The kind of disk under a database. */
export const StorageType = z.enum(['GP2', 'GP3', 'IO1', 'IO2', 'Magnetic']);
export type StorageType = z.infer<typeof StorageType>;

const DailyWindow = z
  .string()
  .regex(
    /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/,
    'two times of the day in UTC expected, such as "03:00-04:00"',
  );
const WeeklyWindow = z
  .string()
  .regex(
    /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d$/,
    'two times of the week in UTC expected, such as "sun:03:00-sun:04:00"',
  );

/** How a database is to be made. */
export const DatabaseConfig = z
  .strictObject({
    engine: DatabaseEngine,
    version: NonEmpty,
    instanceClass: NonEmpty,
    allocatedStorage: z.int32().min(1).describe('GB'),
    maxAllocatedStorage: z.int32().min(1).optional().describe('GB up to which storage grows by itself'),
    storageType: StorageType.default('GP3'),
    multiAz: z.boolean().default(false),
    backupRetention: Int32.nonnegative().default(7).describe('days; 0 switches backups off'),
    backupWindow: DailyWindow.optional(),
    maintenanceWindow: WeeklyWindow.optional(),
    encryption: z.boolean().default(true),
    vpcSecurityGroups: z.array(NonEmpty).default([]),
    parameterGroup: NonEmpty.optional(),
    monitoringInterval: Int32.nonnegative().default(0).describe('seconds; 0 switches detailed monitoring off'),
  })
  .check(({ value, issues }) => {
    if (value.maxAllocatedStorage === undefined || value.allocatedStorage <= value.maxAllocatedStorage) return;
    issues.push({
      code: 'custom',
      path: ['maxAllocatedStorage'],
      input: value.maxAllocatedStorage,
      message: `maxAllocatedStorage must be at least allocatedStorage, which is ${value.allocatedStorage}`,
    });
  });
export type DatabaseConfig = z.infer<typeof DatabaseConfig>;

/** What a database is doing. */
export const DatabaseStatus = variants([
  plain('Available'),
  plain('Creating'),
  plain('Deleting'),
  plain('Modifying'),
  plain('Starting'),
  plain('Stopping'),
  plain('Stopped'),
  variant('Failed', { reason: z.string() }),
]);
export type DatabaseStatus = z.infer<typeof DatabaseStatus>;

/** Where a database is reached. */
export const DatabaseEndpoint = z.strictObject({
  address: NonEmpty,
  port: Port,
  hostedZoneId: NonEmpty.optional(),
});
export type DatabaseEndpoint = z.infer<typeof DatabaseEndpoint>;

/** A database as it is now. */
export const DatabaseInstance = z.strictObject({
  identifier: NonEmpty,
  status: DatabaseStatus,
  engine: DatabaseEngine,
  endpoint: DatabaseEndpoint.optional().describe('Ours: absent until the database has one'),
  allocatedStorage: Int32.nonnegative().describe('GB'),
  instanceClass: NonEmpty,
  multiAz: z.boolean(),
  backupRetention: Int32.nonnegative().describe('days'),
  createdTime: Timestamp,
  latestRestorableTime: Timestamp.optional().describe('Ours: absent until there is a backup'),
});
export type DatabaseInstance = z.infer<typeof DatabaseInstance>;

/** What a snapshot is doing. */
export const SnapshotStatus = z.enum(['Creating', 'Available', 'Deleting', 'Failed']);
export type SnapshotStatus = z.infer<typeof SnapshotStatus>;

/** The content of a database at one time. */
export const Snapshot = z.strictObject({
  identifier: NonEmpty,
  instanceIdentifier: NonEmpty,
  status: SnapshotStatus,
  creationTime: Timestamp,
  allocatedStorage: Int32.nonnegative().describe('GB'),
  engine: DatabaseEngine,
  encrypted: z.boolean(),
});
export type Snapshot = z.infer<typeof Snapshot>;

/** Ours: one line of a database's own log. */
export const LogEntry = z.strictObject({ timestamp: Timestamp, message: z.string() });
export type LogEntry = z.infer<typeof LogEntry>;
