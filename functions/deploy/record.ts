import { CloudError } from '../../shared/core/errors.ts';
import type { DeployPort, LiveDeployment } from '../../shared/drivers/deploy/port.ts';
import type { OperationContext } from '../../shared/operation.ts';
import type { DeploymentRecord, RolloutRecord } from '../../shared/semantics/deployments/index.ts';
import { versionOf } from '../../shared/semantics/deployments/index.ts';
import type { Deployment } from '../../shared/types/deploy.ts';
import { cloudError } from '../../shared/types/errors.ts';

const KIND = 'deployment';
const ATTEMPTS = 5;

const keyOf = (context: OperationContext, name: string): string => `${context.provider}/${name}`;

/** What the host remembers of a deployment, or undefined. */
export async function findRecord(context: OperationContext, name: string): Promise<DeploymentRecord | undefined> {
  return (await context.host.records.get<DeploymentRecord>(KIND, keyOf(context, name)))?.value;
}

/** What the host remembers of a deployment; an unknown name is an error that lists the known ones. */
export async function readRecord(context: OperationContext, name: string): Promise<DeploymentRecord> {
  const record = await findRecord(context, name);
  if (record) return record;
  const known = (await listRecords(context)).map((other) => other.name);
  throw cloudError(
    'DeploymentError.DeploymentNotFound',
    `there is no deployment "${name}"; the deployments of provider "${context.provider}": ${known.join(', ') || 'none'}`,
    { deployment: name },
  );
}

/** What the host remembers of all deployments of the provider. */
export async function listRecords(context: OperationContext): Promise<DeploymentRecord[]> {
  const records = await context.host.records.list<DeploymentRecord>(KIND);
  return records.filter(({ key }) => key.startsWith(`${context.provider}/`)).map(({ value }) => value);
}

/** Changes a record in one step: what somebody else wrote meanwhile is read again and changed instead. */
export async function changeRecord(
  context: OperationContext,
  name: string,
  change: (record: DeploymentRecord | undefined) => DeploymentRecord | Promise<DeploymentRecord>,
): Promise<DeploymentRecord> {
  for (let attempt = 1; ; attempt++) {
    const stored = await context.host.records.get<DeploymentRecord>(KIND, keyOf(context, name));
    const changed = await change(stored?.value);
    if (changed === stored?.value) return changed;
    try {
      await context.host.records.put(KIND, keyOf(context, name), changed, stored?.version ?? 0);
      return changed;
    } catch (error) {
      if (!(error instanceof CloudError && error.code === 'Conflict') || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Throws `Aborted` when somebody asked for the rollout to be given up, so that the workflow leaves its steps. */
export async function heedAbort(context: OperationContext, name: string, execution: string): Promise<void> {
  const rollout = (await findRecord(context, name))?.rollout;
  if (rollout?.execution !== execution || rollout.abort === undefined) return;
  throw cloudError('DeploymentError.Aborted', rollout.abort, { reason: rollout.abort });
}

/** A deployment as its users see it: what the host remembers, with what the provider says of its replicas. */
export async function describeDeployment(driver: DeployPort, record: DeploymentRecord): Promise<Deployment> {
  const [live] = await driver.list(record.name);
  const revision = record.stable ?? record.rollout?.revision;
  const current = revision ? versionOf(record, revision) : undefined;
  const replicas = live?.revisions.find((candidate) => candidate.revision === revision);
  return {
    id: record.id,
    name: record.name,
    version: current?.version ?? record.versions.at(-1)?.version ?? 'none',
    status: replicas?.failed && !record.rollout ? { kind: 'Failed', reason: replicas.failed } : record.status,
    ...(live?.endpoint && { endpoint: live.endpoint }),
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
    replicas: replicas?.desired ?? 0,
    healthyReplicas: replicas?.ready ?? 0,
    ...(revision && { revision }),
    ...(live && { weights: weightsOf(live) }),
  };
}

function weightsOf({ revisions }: LiveDeployment): Record<string, number> {
  return Object.fromEntries(revisions.map(({ revision, weight }) => [revision, weight]));
}

/** Whether a rollout is recorded and the execution that drives it still runs. */
export async function isUnderWay(context: OperationContext, record: DeploymentRecord | undefined): Promise<boolean> {
  if (!record?.rollout) return false;
  return (await context.host.execution(record.rollout.execution))?.status === 'RUNNING';
}

/** Throws Conflict while a rollout of the deployment is under way. */
export async function refuseWhileRollingOut(context: OperationContext, name: string): Promise<void> {
  const record = await findRecord(context, name);
  if (!record?.rollout || !(await isUnderWay(context, record))) return;
  const { execution } = record.rollout;
  throw cloudError(
    'DeploymentError.Conflict',
    `deployment "${name}": a rollout is under way (execution ${execution}); wait for it, or abort it first`,
    { deployment: name, execution },
  );
}

/** The rollout that is under way, for what only makes sense then; promoting needs a pause besides. */
export async function rolloutOf(
  context: OperationContext,
  name: string,
  action: 'promote' | 'abort',
): Promise<RolloutRecord> {
  const record = await readRecord(context, name);
  const { rollout } = record;
  if (rollout && (rollout.token || action === 'abort')) return rollout;
  throw nothingTo(action, name, rollout ? 'its rollout does not pause now' : 'no rollout is under way');
}

/** Why a decision came too early or too late. */
export function nothingTo(action: 'promote' | 'abort', name: string, state: string): CloudError {
  return cloudError('Conflict', `deployment "${name}": there is nothing to ${action}, ${state}`, {
    resource: `deployment ${name}`,
    reason: state,
  });
}
