import type { ObjectVersion } from '../../../shared/drivers/storage/port.ts';
import { bucketAcl } from './access/acl.ts';
import { isAllowed } from './access/authorize.ts';
import { documentOf } from './body.ts';
import { invalidArgument, S3Error } from './errors.ts';
import { versionOf } from './lookup.ts';
import type { Answer, BucketRequest, ObjectRequest } from './request.ts';
import type { Services } from './services.ts';
import { describedVersion } from './versionLookup.ts';
import { type Elements, malformedXml, type XmlElement } from './xml.ts';

type Mode = 'GOVERNANCE' | 'COMPLIANCE';

/** Until when a version may not be deleted or replaced. */
interface Retention {
  mode: Mode;
  /** RFC 3339 */
  until: string;
}

/** The lock of a bucket: what new versions are kept for, unless they say so themselves. */
export interface LockConfiguration {
  mode?: Mode;
  days?: number;
  years?: number;
}

const DAY = 24 * 3600 * 1000;
/** The longest that S3 keeps anything, in days. */
const LONGEST_DAYS = 36_500;

export async function getLockConfiguration({ bucket }: BucketRequest, { documents }: Services): Promise<Answer> {
  const lock = documents.bucket<LockConfiguration>(bucket, 'objectLock');
  if (!lock) throw new S3Error('ObjectLockConfigurationNotFoundError', { details: { BucketName: bucket } });
  const { mode, days, years } = lock;
  const rule: Elements = mode ? { Rule: { DefaultRetention: { Mode: mode, Days: days, Years: years } } } : {};
  return { body: { root: 'ObjectLockConfiguration', content: { ObjectLockEnabled: 'Enabled', ...rule } } };
}

export async function putLockConfiguration(request: BucketRequest, services: Services): Promise<Answer> {
  const { bucket } = request;
  const root = await documentOf(request, 'ObjectLockConfiguration');
  if (root.value('ObjectLockEnabled') !== 'Enabled') throw malformedXml();
  const { versioning } = await services.storage.getBucketConfig(bucket);
  if (versioning !== 'Enabled') {
    throw new S3Error('InvalidBucketState', {
      message: "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
    });
  }
  const retention = root.child('Rule')?.child('DefaultRetention');
  if (root.child('Rule') && !retention) throw malformedXml();
  services.documents.setBucket(bucket, 'objectLock', retention ? readDefault(retention) : {});
  return {};
}

function readDefault(retention: XmlElement): LockConfiguration {
  const mode = readMode(retention.value('Mode'));
  const [days, years] = [retention.value('Days'), retention.value('Years')];
  if ((days === undefined) === (years === undefined)) throw malformedXml();
  const period = Number(days ?? years);
  if (!Number.isInteger(period)) throw malformedXml();
  if (period <= 0)
    throw new S3Error('InvalidRetentionPeriod', {
      message: 'Default retention period must be a positive integer value.',
    });
  if (period * (days === undefined ? 365 : 1) > LONGEST_DAYS) {
    throw new S3Error('InvalidRetentionPeriod', { message: 'Default retention period is too large.' });
  }
  return { mode, ...(days === undefined ? { years: period } : { days: period }) };
}

export async function getRetention(request: ObjectRequest, services: Services): Promise<Answer> {
  requireLock(request, services);
  const version = await versionOf(request, services);
  const retention = retentionOf(services, request.bucket, version);
  if (!retention) throw new S3Error('NoSuchObjectLockConfiguration', { details: { Key: request.key } });
  return { body: { root: 'Retention', content: { Mode: retention.mode, RetainUntilDate: retention.until } } };
}

export async function putRetention(request: ObjectRequest, services: Services): Promise<Answer> {
  requireLock(request, services);
  const { bucket } = request;
  const root = await documentOf(request, 'Retention');
  const wanted = root.names().length
    ? {
        mode: readMode(root.value('Mode')),
        until: futureDate(root.required('RetainUntilDate'), services, 'RetainUntilDate'),
      }
    : undefined;
  const version = await versionOf(request, services);
  const current = activeRetention(services, bucket, version);
  if (current && weakens(current, wanted) && !(await mayBypass(request, services, current)))
    throw new S3Error('AccessDenied');
  services.documents.setObject(bucket, version, { retention: wanted });
  return {};
}

/** A retention may be made longer by anybody who may set it, but neither shorter nor laxer. */
function weakens(current: Retention, wanted: Retention | undefined): boolean {
  if (!wanted || wanted.until < current.until) return true;
  return current.mode !== wanted.mode;
}

export async function getLegalHold(request: ObjectRequest, services: Services): Promise<Answer> {
  requireLock(request, services);
  const version = await versionOf(request, services);
  const status = services.documents.object<string>(request.bucket, version, 'legalHold');
  if (status === undefined) throw new S3Error('NoSuchObjectLockConfiguration', { details: { Key: request.key } });
  return { body: { root: 'LegalHold', content: { Status: status } } };
}

export async function putLegalHold(request: ObjectRequest, services: Services): Promise<Answer> {
  requireLock(request, services);
  const root = await documentOf(request, 'LegalHold');
  const status = root.value('Status');
  if (status !== 'ON' && status !== 'OFF') throw malformedXml();
  services.documents.setObject(request.bucket, await versionOf(request, services), { legalHold: status });
  return {};
}

function requireLock({ bucket }: BucketRequest, { documents }: Services): void {
  if (documents.bucket(bucket, 'objectLock')) return;
  throw new S3Error('InvalidRequest', { message: 'Bucket is missing Object Lock Configuration' });
}

/** The lock that a write asks for, or that its bucket gives to all. */
export function statedLock(request: BucketRequest, services: Services): { retention?: Retention; legalHold?: string } {
  const { headers, bucket } = request;
  const [mode, until, hold] = ['mode', 'retain-until-date', 'legal-hold'].map(
    (name) => headers[`x-amz-object-lock-${name}`],
  );
  const configuration = services.documents.bucket<LockConfiguration>(bucket, 'objectLock');
  if ((mode ?? until ?? hold) !== undefined) requireLock(request, services);
  if ((mode === undefined) !== (until === undefined)) {
    throw invalidArgument(
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
      mode === undefined ? 'x-amz-object-lock-mode' : 'x-amz-object-lock-retain-until-date',
    );
  }
  if (hold !== undefined && hold !== 'ON' && hold !== 'OFF') {
    throw invalidArgument("Legal hold must be either of 'ON' or 'OFF'", 'x-amz-object-lock-legal-hold', hold);
  }
  const retention =
    mode === undefined ? defaultRetention(configuration, services) : statedRetention(mode, until!, services);
  return { ...(retention && { retention }), ...(hold !== undefined && { legalHold: hold }) };
}

function statedRetention(mode: string, until: string, services: Services): Retention {
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE')
    throw invalidArgument('Unknown wormMode directive.', 'x-amz-object-lock-mode', mode);
  return { mode, until: futureDate(until, services, 'x-amz-object-lock-retain-until-date') };
}

function defaultRetention(configuration: LockConfiguration | undefined, { clock }: Services): Retention | undefined {
  if (!configuration?.mode) return undefined;
  const { mode, days, years = 0 } = configuration;
  const until = clock.now();
  if (days === undefined) until.setUTCFullYear(until.getUTCFullYear() + years);
  return { mode, until: new Date(until.getTime() + (days ?? 0) * DAY).toISOString() };
}

function futureDate(text: string, { clock }: Services, name: string): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw name.startsWith('x-')
      ? invalidArgument('The retain until date must be provided in ISO 8601 format', name, text)
      : malformedXml();
  if (time <= clock.now()) throw invalidArgument('The retain until date must be in the future!', name, text);
  return time.toISOString();
}

function readMode(mode: string | undefined): Mode {
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') throw malformedXml();
  return mode;
}

function retentionOf({ documents }: Services, bucket: string, version: ObjectVersion): Retention | undefined {
  return documents.object<Retention>(bucket, version, 'retention');
}

function activeRetention(services: Services, bucket: string, version: ObjectVersion): Retention | undefined {
  const retention = retentionOf(services, bucket, version);
  return retention && new Date(retention.until) > services.clock.now() ? retention : undefined;
}

async function mayBypass(
  request: BucketRequest & { key?: string },
  services: Services,
  { mode }: Retention,
): Promise<boolean> {
  if (mode === 'COMPLIANCE' || request.headers['x-amz-bypass-governance-retention']?.toLowerCase() !== 'true')
    return false;
  const { bucket, key } = request;
  const intent = { action: 'BypassGovernanceRetention', bucket, ...(key !== undefined && { key }) };
  return request.account?.id === bucketAcl(services, bucket).owner || isAllowed(request, services, intent);
}

/** Refuses to delete a version that is locked. */
export async function checkDeletable(
  request: BucketRequest & { key: string },
  services: Services,
  versionId: string,
): Promise<void> {
  const { bucket, key } = request;
  if (!services.documents.bucket(bucket, 'objectLock')) return;
  const version = await describedVersion(services, bucket, key, versionId).catch(() => undefined);
  if (!version) return;
  const held = services.documents.object<string>(bucket, version, 'legalHold') === 'ON';
  const retention = activeRetention(services, bucket, version);
  if (!held && (!retention || (await mayBypass(request, services, retention)))) return;
  throw new S3Error('AccessDenied', { message: 'Access Denied because object protected by object lock.' });
}

/** Headers that tell how a version is locked. */
export function lockHeaders(
  services: Services,
  bucket: string,
  version: ObjectVersion,
): Record<string, string | undefined> {
  if (!services.documents.bucket(bucket, 'objectLock')) return {};
  const retention = retentionOf(services, bucket, version);
  return {
    'x-amz-object-lock-mode': retention?.mode,
    'x-amz-object-lock-retain-until-date': retention?.until,
    'x-amz-object-lock-legal-hold': services.documents.object<string>(bucket, version, 'legalHold'),
  };
}
