import { CloudError } from '../shared/core/errors.ts';
import type { Host } from '../shared/host.ts';
import type { Paint } from './terminal.ts';

/** A database as `database.describeInstance` tells it, in JSON form. */
export interface DatabaseView {
  identifier: string;
  status: { kind: string; reason?: string };
  engine: { kind: string; version?: string };
  endpoint?: { address: string; port: number };
  allocatedStorage: number;
  instanceClass: string;
  multiAz: boolean;
  backupRetention: number;
  createdTime: string;
  latestRestorableTime?: string;
}

/** A snapshot as `database.listSnapshots` tells it, in JSON form. */
export interface SnapshotView {
  snapshot: { identifier: string; instanceIdentifier: string; status: string; creationTime: string };
  type: string;
  failure?: string;
}

export interface ProviderOption {
  provider?: string;
}

/** Calls an operation of databases on the chosen provider. */
export async function askDatabase<T>(host: Host, operation: string, input: object, { provider }: ProviderOption) {
  return (await host.invoke(`database.${operation}`, input as never, provider ? { provider } : {})) as T;
}

/** Waits until a database is in a state, or a snapshot is there. */
export async function awaitDatabase(
  host: Host,
  target: { name: string; until: string } | { snapshot: string },
  options: ProviderOption,
): Promise<void> {
  const operation = 'name' in target ? 'awaitInstance' : 'awaitSnapshot';
  const { execution } = await askDatabase<{ execution: string }>(host, operation, target, options);
  const { status, error, cause } = await host.waitForExecution(execution);
  if (status !== 'SUCCEEDED')
    throw new CloudError(error ?? status, cause ?? `execution ${execution} ended as ${status}`);
}

const COLORS: Record<string, 'green' | 'red' | 'yellow' | 'dim'> = {
  Available: 'green',
  Failed: 'red',
  Stopped: 'dim',
};

/** The status of a database or a snapshot in its colour. */
export const stateText = (state: string, paint: Paint): string => paint[COLORS[state] ?? 'yellow'](state);
