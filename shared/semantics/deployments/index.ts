import { createHash } from 'node:crypto';
import type { DeploymentStatus } from '../../types/deploy.ts';
import { cloudError } from '../../types/errors.ts';

/** How many versions a deployment remembers; the oldest go first, the stable one never. */
const VERSIONS_KEPT = 20;

/** A version that was deployed or tried, in JSON form. */
export interface VersionRecord {
  version: string;
  revision: string;
  /** The DeploymentConfig in JSON form. */
  config: unknown;
  /** The artifacts in JSON form, with their checksums. */
  artifacts: unknown[];
  createdAt: string;
  promotedAt?: string;
  /** Why it was rolled back. */
  failure?: string;
}

/** A rollout under way. */
export interface RolloutRecord {
  /** The workflow execution that drives it. */
  execution: string;
  revision: string;
  startedAt: string;
  /** Answers the pause that it is in. */
  token?: string;
  /** Why somebody asked for an abort; its next step heeds it. */
  abort?: string;
}

/** What a host remembers of one deployment, in JSON form: which version is stable, and the rollout that may be under way. */
export interface DeploymentRecord {
  id: string;
  name: string;
  status: DeploymentStatus;
  endpoint?: string;
  /** The revision that was promoted last. */
  stable?: string;
  rollout?: RolloutRecord;
  versions: VersionRecord[];
  createdAt: string;
  updatedAt: string;
}

/** The name of the revision that runs a version: the same configuration and artifacts always give the same one. */
export function revisionOf(version: string, config: unknown, artifacts: unknown[]): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([config, artifacts]))
    .digest('hex')
    .slice(0, 8);
  const readable = version
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 30);
  return readable ? `${readable}-${digest}` : digest;
}

export interface RolloutRequest {
  name: string;
  id: string;
  execution: string;
  version: string;
  revision: string;
  config: unknown;
  artifacts: unknown[];
  now: string;
  /** Whether the execution that drives the rollout under way still runs. */
  otherRuns: boolean;
}

/** The record with a rollout under way; a second one at the same time is a Conflict. Asking again with the same execution changes nothing. */
export function beginRollout(record: DeploymentRecord | undefined, request: RolloutRequest): DeploymentRecord {
  const { name, execution, version, revision, config, artifacts, now } = request;
  const under = record?.rollout;
  if (record && under?.execution === execution) return record;
  if (under && request.otherRuns) {
    throw cloudError(
      'DeploymentError.Conflict',
      `deployment "${name}": a rollout is under way (execution ${under.execution}); wait for it, or abort it first`,
      { deployment: name, execution: under.execution },
    );
  }
  const before = record?.versions.find((candidate) => candidate.revision === revision);
  const others = record?.versions.filter((candidate) => candidate.revision !== revision) ?? [];
  const { failure: _, ...kept } = before ?? { version, revision, config, artifacts, createdAt: now };
  return {
    id: record?.id ?? request.id,
    name,
    status: record?.stable ? { kind: 'Updating' } : { kind: 'Deploying' },
    ...(record?.endpoint && { endpoint: record.endpoint }),
    ...(record?.stable && { stable: record.stable }),
    rollout: { execution, revision, startedAt: now },
    versions: [...others, kept].filter(
      (candidate, index, all) => candidate.revision === record?.stable || index >= all.length - VERSIONS_KEPT,
    ),
    createdAt: record?.createdAt ?? now,
    updatedAt: now,
  };
}

/** The record once a rollout is decided: its revision is the stable one. */
export function promote(record: DeploymentRecord, execution: string, revision: string, now: string): DeploymentRecord {
  const { rollout, ...rest } = record;
  if (rollout?.execution !== execution) return record;
  const versions = record.versions.map((version) =>
    version.revision === revision ? { ...version, promotedAt: now } : version,
  );
  return { ...rest, versions, stable: revision, status: { kind: 'Running' }, updatedAt: now };
}

/** The record once a rollout was given up: the stable revision goes on, or the deployment has failed where there is none. */
export function failRollout(
  record: DeploymentRecord,
  execution: string,
  reason: string,
  now: string,
): DeploymentRecord {
  const { rollout, ...rest } = record;
  if (rollout?.execution !== execution) return record;
  const versions = record.versions.map((version) =>
    version.revision === rollout.revision ? { ...version, failure: reason } : version,
  );
  return {
    ...rest,
    versions,
    status: record.stable ? { kind: 'Running' } : { kind: 'Failed', reason },
    updatedAt: now,
  };
}

/** The version that a rollback goes to: the one asked for, or the one that was promoted before the stable one. */
export function rollbackTarget(record: DeploymentRecord, version?: string): VersionRecord {
  const promoted = record.versions
    .filter((candidate) => candidate.promotedAt !== undefined)
    .sort((a, b) => (a.promotedAt! < b.promotedAt! ? 1 : -1));
  const target =
    version === undefined
      ? promoted.find((candidate) => candidate.revision !== record.stable)
      : promoted.find((candidate) => candidate.version === version);
  if (target) return target;
  const known = [...new Set(promoted.map((candidate) => candidate.version))];
  const wanted = version === undefined ? 'an earlier version' : `version "${version}"`;
  throw cloudError(
    'DeploymentError.VersionNotFound',
    `deployment "${record.name}": ${wanted} was never promoted; versions to roll back to: ${known.join(', ') || 'none'}`,
    { version: version ?? '(the one before)', known },
  );
}

/** The version record of a revision. */
export function versionOf(record: DeploymentRecord, revision: string): VersionRecord | undefined {
  return record.versions.find((candidate) => candidate.revision === revision);
}

/** Whether a revision is needed by anything else than the given execution's rollout. */
export function isInUse(record: DeploymentRecord, revision: string, execution: string): boolean {
  if (record.stable === revision) return true;
  return record.rollout?.revision === revision && record.rollout.execution !== execution;
}
