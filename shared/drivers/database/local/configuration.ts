import { CloudError } from '../../../core/errors.ts';
import { type DatabaseConfig, type DatabaseEngine, InstanceName, SnapshotName } from '../../../types/database.ts';
import { cloudError } from '../../../types/errors.ts';
import type { DatabaseCapability } from '../port.ts';
import type { Engine, Installation } from './engines/engine.ts';

/** Megabytes of cache by the size in the name of an instance class: a laptop's share of what a cloud gives. */
const CACHES: Record<string, number> = { nano: 16, micro: 32, small: 64, medium: 128, large: 256, xlarge: 512 };
const LARGEST_CACHE = 4096;
const SIZE = /(?:^|[._-])(?:(\d+)(xlarge)|(nano|micro|small|medium|large|xlarge))\b/i;

/** Megabytes of cache for an instance class such as `db.t4g.medium`; one whose name has no size is taken for a medium one. */
export function cacheOf(instanceClass: string): number {
  const [, factor = '1', multiplied, simple] = SIZE.exec(instanceClass) ?? [];
  const size = (multiplied ?? simple ?? 'medium').toLowerCase();
  return Math.min(LARGEST_CACHE, Number(factor) * CACHES[size]!);
}

/** The version that an engine of the specification names, or that of the configuration where it names none. */
export const versionAsked = ({ engine, version }: DatabaseConfig): string =>
  'version' in engine ? engine.version : version;

/** Refuses a name that could not be that of an instance on every cloud. */
export function checkInstanceName(name: string): void {
  const checked = InstanceName.safeParse(name);
  if (!checked.success) throw invalid('name', name, `instance name "${name}": ${checked.error.issues[0]!.message}`);
}

/** Refuses a name that could not be that of a snapshot on every cloud. */
export function checkSnapshotName(name: string): void {
  const checked = SnapshotName.safeParse(name);
  if (!checked.success) throw invalid('snapshot', name, `snapshot name "${name}": ${checked.error.issues[0]!.message}`);
}

/** Refuses a configuration of which this machine would have to leave something out. */
export function checkConfiguration(name: string, config: DatabaseConfig, engine: Engine, found: Installation): void {
  const asked = versionAsked(config);
  if (asked !== config.version) {
    throw invalid(
      'version',
      config.version,
      `database "${name}": version is "${config.version}" and engine.version is "${asked}"; give both the same`,
    );
  }
  if (found.container ? !/^\w[\w.-]{0,127}$/.test(asked) : !isVersion(asked, found.version)) {
    throw invalid(
      'version',
      asked,
      `database "${name}": ${engine.kind} ${asked} is asked for, and ${found.flavour ?? engine.kind} ${found.version} is installed here; ask for "${found.version.split('.')[0]}", or install the other one`,
    );
  }
  const { multiAz, encryption, vpcSecurityGroups, parameterGroup } = config;
  if (multiAz) need('standby', engine, name, `multiAz is set, and ${engine.kind} has no standby on this machine`);
  if (encryption) {
    need(
      'encryption',
      engine,
      name,
      'encryption is set (it is the default), and engines do not encrypt on this machine',
    );
  }
  if (vpcSecurityGroups.length) need('securityGroups', engine, name, 'there are no security groups on this machine');
  if (parameterGroup) need('parameterGroups', engine, name, 'there are no parameter groups on this machine');
}

/** Refuses what an engine cannot do here. */
export function need(capability: DatabaseCapability, engine: Engine, name: string, reason: string): void {
  if (engine.capabilities.has(capability)) return;
  const advice = { encryption: 'set encryption to false', standby: 'set multiAz to false' }[capability as string];
  throw new CloudError('Unimplemented', `database "${name}": ${reason}${advice ? `; ${advice}` : ''}`, {
    details: { provider: 'local', capability, reason },
  });
}

/** Refuses a change of what an instance stays from its creation on. */
export function checkChange(name: string, before: DatabaseConfig, after: DatabaseConfig): void {
  if (before.engine.kind !== after.engine.kind) {
    throw invalid(
      'engine',
      after.engine.kind,
      `database "${name}": it is ${before.engine.kind} and cannot become ${after.engine.kind}; create another one`,
    );
  }
  if (after.allocatedStorage >= before.allocatedStorage) return;
  throw invalid(
    'allocatedStorage',
    String(after.allocatedStorage),
    `database "${name}": it has ${before.allocatedStorage} GB and cannot have less (${after.allocatedStorage}); leave it, or create another one`,
  );
}

/** The settings for which an engine has to be started again. */
export function restartReasons(before: DatabaseConfig, after: DatabaseConfig): string[] {
  return cacheOf(before.instanceClass) === cacheOf(after.instanceClass) ? [] : ['instanceClass'];
}

/** A wrong value of a configuration. */
export function invalid(field: string, value: string, message: string): CloudError {
  return cloudError('DatabaseError.InvalidConfiguration', message, { field, value });
}

/** Why an engine of the specification is none of this machine's. */
export function noSuchEngine(engine: DatabaseEngine): CloudError {
  const what = engine.kind === 'Custom' ? `Custom "${engine.name}"` : engine.kind;
  const advice =
    engine.kind === 'DynamoDB'
      ? 'its tables need no instance: make them with nosql.createTable'
      : 'choose PostgreSQL, MySQL, Redis or MongoDB';
  return invalid('engine', engine.kind, `the engine ${what} cannot run as an instance on this machine; ${advice}`);
}

/** `18` and `18.4` are both 18.4. */
function isVersion(asked: string, installed: string): boolean {
  const parts = installed.split('.');
  return asked.split('.').every((part, index) => part === parts[index]);
}
