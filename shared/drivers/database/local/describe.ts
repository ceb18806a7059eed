import type { CloudError } from '../../../core/errors.ts';
import type { DatabaseEndpoint, DatabaseInstance, DatabaseStatus } from '../../../types/database.ts';
import { cloudError } from '../../../types/errors.ts';
import type { SnapshotDescription } from '../port.ts';
import type { SnapshotRow } from './database.ts';
import type { Instance } from './instance.ts';

/** An instance as the specification shows it. */
export function describeInstance(instance: Instance): DatabaseInstance {
  const { name, status, config, createdAt, restorableAt } = instance.row;
  const endpoint = endpointOf(instance);
  return {
    identifier: name,
    status,
    engine: config.engine,
    ...(endpoint && { endpoint }),
    allocatedStorage: config.allocatedStorage,
    instanceClass: config.instanceClass,
    multiAz: config.multiAz,
    backupRetention: config.backupRetention,
    createdTime: createdAt,
    ...(restorableAt && { latestRestorableTime: restorableAt }),
  };
}

/** Where clients connect, once there is somebody to connect as. */
export function endpointOf({ port, row }: Instance): DatabaseEndpoint | undefined {
  return port === undefined || !row.prepared ? undefined : { address: '127.0.0.1', port };
}

/** A snapshot as the specification and the port show it. */
export function describeSnapshot(row: SnapshotRow): SnapshotDescription {
  const { name, instance, type, status, failure, config, createdAt } = row;
  return {
    snapshot: {
      identifier: name,
      instanceIdentifier: instance,
      status,
      creationTime: createdAt,
      allocatedStorage: config.allocatedStorage,
      engine: config.engine,
      encrypted: config.encryption,
    },
    type,
    ...(failure !== null && { failure }),
  };
}

/** Something is asked of an instance that is not possible while it is what it is. */
export function wrongState(instance: string, { kind }: DatabaseStatus, operation: string, advice: string): CloudError {
  return cloudError(
    'DatabaseError.InvalidInstanceState',
    `database "${instance}": it is ${kind}, so it is not possible to ${operation} it now; ${advice}`,
    { instance, state: kind, operation },
  );
}
