import { PolicyDocument } from '../../../../shared/types/auth.ts';
import { PortMapping, SecurityContext } from '../../../../shared/types/containers.ts';
import { CorsConfig } from '../../../../shared/types/cors.ts';
import { DatabaseConfig } from '../../../../shared/types/database.ts';
import { LogEvent } from '../../../../shared/types/logging.ts';
import { AlarmConfig, Metric, MetricQuery } from '../../../../shared/types/monitoring.ts';
import { DeploymentDistribution } from '../../../../shared/types/providers.ts';
import { KeyConfig, RotationRules } from '../../../../shared/types/secrets.ts';
import { FunctionConfig, Runtime } from '../../../../shared/types/serverless.ts';
import {
  BucketName,
  EncryptionConfig,
  LifecycleRule,
  ObjectKey,
  PresignedCondition,
} from '../../../../shared/types/storage.ts';
import { Histogram, SpanContext } from '../../../../shared/types/tracing.ts';
import type { Refusal } from './refusal.ts';

const metric = { name: 'm', value: 1, unit: 'Count', timestamp: '2026-01-01T00:00:00Z' };
const alarm = {
  name: 'high-latency',
  metricName: 'ResponseTime',
  namespace: 'MyApp',
  statistic: 'Average',
  period: 'PT1M',
  evaluationPeriods: 2,
  threshold: 1000,
  comparisonOperator: 'GreaterThanThreshold',
};
const query = { metricName: 'm', startTime: '2026-01-02T00:00:00Z', period: 'PT1M', statistic: 'Sum' };
const noon = '2026-01-02T00:00:00Z';
const fn = { name: 'f', runtime: { kind: 'Node', version: 'nodejs24.x' }, handler: 'h', memory: 512, timeout: 'PT5M' };
const database = {
  engine: { kind: 'PostgreSQL', version: '17' },
  version: '17.2',
  instanceClass: 'db.t4g.micro',
  allocatedStorage: 20,
};
const context = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const histogram = { buckets: [[1, 2]], count: 2, sum: 1 };
const allowAll = { effect: 'Allow', action: ['*'], resource: ['*'] };

/** What is refused in the other domains. */
export const OTHERS: Refusal[] = [
  ['a port that is not one', PortMapping, { containerPort: 70_000 }, 'containerPort', 70_000, /<=65535/],
  [
    'root where root is forbidden',
    SecurityContext,
    { runAsNonRoot: true, runAsUser: 0 },
    'runAsUser',
    0,
    /another user/,
  ],
  ['a metric without a value', Metric, { ...metric, value: Number.NaN }, 'value', Number.NaN, /expected number/],
  ['an unknown metric unit', Metric, { ...metric, unit: 'ms' }, 'unit', 'ms', /"Seconds"/],
  [
    'a timestamp that is a date',
    LogEvent,
    { timestamp: '2026-01-01', message: '' },
    'timestamp',
    '2026-01-01',
    /ISO datetime/,
  ],
  [
    'a query that ends as it starts',
    MetricQuery,
    { ...query, endTime: noon },
    'endTime',
    noon,
    /after startTime, which is 2026-01-02/,
  ],
  [
    'a query without a period',
    MetricQuery,
    { ...query, endTime: '2026-01-03T00:00:00Z', period: 'PT0S' },
    'period',
    'PT0S',
    /greater than 0/,
  ],
  [
    'more breaches than periods',
    AlarmConfig,
    { ...alarm, datapointsToAlarm: 3 },
    'datapointsToAlarm',
    3,
    /at most evaluationPeriods, which is 2/,
  ],
  [
    'an alarm action without its topic',
    AlarmConfig,
    { ...alarm, actions: [{ kind: 'SNSNotification' }] },
    'actions[0].topicArn',
    undefined,
    /string/,
  ],
  ['a function without memory', FunctionConfig, { ...fn, memory: 0 }, 'memory', 0, />=1/],
  ['a function name with a dot', FunctionConfig, { ...fn, name: 'a.b' }, 'name', 'a.b', /1 to 64 letters/],
  ['an unknown runtime', Runtime, { kind: 'Node', version: 'nodejs12.x' }, 'version', 'nodejs12.x', /"nodejs24.x"/],
  [
    'credentials from every origin',
    CorsConfig,
    { allowOrigins: ['*'], allowMethods: ['GET'], allowCredentials: true },
    'allowOrigins',
    ['*'],
    /name the origins/,
  ],
  ['a bucket named like an address', BucketName, '10.0.0.1', '(value)', '10.0.0.1', /not an IP address/],
  ['a bucket name of 2 letters', BucketName, 'ab', '(value)', 'ab', /3 to 63/],
  ['a key above 1024 bytes', ObjectKey, 'ä'.repeat(513), '(value)', 'ä'.repeat(513), /1 to 1024 bytes/],
  [
    'a managed key without its id',
    EncryptionConfig,
    { type: 'CustomerManagedKey' },
    'keyId',
    undefined,
    /must be named/,
  ],
  ['a lifecycle rule that does nothing', LifecycleRule, { id: 'r' }, '(value)', { id: 'r' }, /expirationDays/],
  [
    'a range that ends before it starts',
    PresignedCondition,
    { kind: 'ContentLengthRange', min: 2, max: 1 },
    'max',
    1,
    /at least min/,
  ],
  [
    'a storage limit below the storage',
    DatabaseConfig,
    { ...database, maxAllocatedStorage: 10 },
    'maxAllocatedStorage',
    10,
    /allocatedStorage, which is 20/,
  ],
  [
    'a backup window in words',
    DatabaseConfig,
    { ...database, backupWindow: 'at night' },
    'backupWindow',
    'at night',
    /"03:00-04:00"/,
  ],
  ['a trace id of zeros', SpanContext, { ...context, traceId: '0'.repeat(32) }, 'traceId', '0'.repeat(32), /not all 0/],
  ['trace flags above one byte', SpanContext, { ...context, flags: 256 }, 'flags', 256, /<=255/],
  [
    'buckets that fall',
    Histogram,
    {
      ...histogram,
      buckets: [
        [2, 1],
        [1, 1],
      ],
    },
    'buckets[1][0]',
    1,
    /above the one before/,
  ],
  ['a count below its buckets', Histogram, { ...histogram, count: 1 }, 'count', 1, /at least 2/],
  [
    'an unknown version of the policy language',
    PolicyDocument,
    { version: '2020-01-01', statements: [allowAll] },
    'version',
    '2020-01-01',
    /"2012-10-17"/,
  ],
  ['a policy without statements', PolicyDocument, { statements: [] }, 'statements', [], />=1/],
  [
    'a signing key that encrypts',
    KeyConfig,
    { keySpec: 'ECC_NIST_P256' },
    'keyUsage',
    undefined,
    /only be used for SignVerify/,
  ],
  [
    'two schedules of a rotation',
    RotationRules,
    { automaticallyAfterDays: 1, scheduleExpression: 'rate(1 day)' },
    'scheduleExpression',
    'rate(1 day)',
    /not both/,
  ],
  [
    'weights that are all 0',
    DeploymentDistribution,
    { kind: 'LoadBalanced', weights: { aws: 0 } },
    'weights',
    { aws: 0 },
    /above 0/,
  ],
  [
    'a backup that is the primary',
    DeploymentDistribution,
    { kind: 'PrimaryBackup', primary: 'aws', backup: 'aws' },
    'backup',
    'aws',
    /another provider/,
  ],
];
