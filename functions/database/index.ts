import type { z } from 'zod';
import { CloudError } from '../../shared/core/errors.ts';
import { type Authored, author, decode, encode } from '../../shared/core/validation.ts';
import { defaultHost, type Host } from '../../shared/host.ts';
import type { Provider } from '../../shared/provider.ts';
import { DatabaseConfig, DatabaseInstance, type LogEntry, type Snapshot } from '../../shared/types/database.ts';
import type { MetricSample, MetricStream } from '../../shared/types/monitoring.ts';
import getInstanceLogs from './getInstanceLogs.ts';
import getInstanceMetrics from './getInstanceMetrics.ts';
import listSnapshots from './listSnapshots.ts';
import { SnapshotDescription } from './snapshots.ts';

/** A configuration as a person writes it: what has a default may be left out. */
export type DatabaseConfigInput = Authored<z.input<typeof DatabaseConfig>>;

/**
 * The databases of a provider.
 *
 * It talks to the host that runs on the state directory, and the databases outlive the program; where none runs it starts one inside the
 * program, and the engines end with it (the data stays). What changes a database resolves when that has come to its end: an instance that is
 * returned is `Available`. Every method rejects with a `CloudError` of the family `DatabaseError`.
 */
export class DatabaseService {
  readonly provider: Provider;
  readonly #host: () => Promise<Host>;

  constructor(provider: Provider, { host = defaultHost }: { host?: () => Promise<Host> } = {}) {
    this.provider = provider;
    this.#host = host;
  }

  /** Creates a database and resolves when it answers queries. */
  async createInstance(name: string, config: DatabaseConfigInput): Promise<DatabaseInstance> {
    await this.#invoke('database.createInstance', { name, config: configJson(config) });
    return this.#available(name);
  }

  /** Deletes a database, after a last snapshot of it unless that is skipped. */
  async deleteInstance(name: string, skipFinalSnapshot = false): Promise<void> {
    await this.#invoke('database.deleteInstance', { name, skipFinalSnapshot });
    await this.#await('database.awaitInstance', { name, until: 'Deleted' });
  }

  /** Changes the configuration; what needs a restart waits for the maintenance window where there is one. */
  async modifyInstance(name: string, config: DatabaseConfigInput): Promise<DatabaseInstance> {
    await this.#invoke('database.modifyInstance', { name, config: configJson(config) });
    return this.#available(name);
  }

  async startInstance(name: string): Promise<void> {
    await this.#invoke('database.startInstance', { name });
    await this.#available(name);
  }

  /** Stops the engine; the data stays. */
  async stopInstance(name: string): Promise<void> {
    await this.#invoke('database.stopInstance', { name });
    await this.#await('database.awaitInstance', { name, until: 'Stopped' });
  }

  /** Stops the engine and starts it again; with `forceFailover` the standby takes over. */
  async rebootInstance(name: string, forceFailover = false): Promise<void> {
    await this.#invoke('database.rebootInstance', { name, forceFailover });
    await this.#available(name);
  }

  /** Takes a snapshot: what was committed at one moment, however much is written meanwhile. */
  async createSnapshot(instanceName: string, snapshotName: string): Promise<Snapshot> {
    await this.#invoke('database.createSnapshot', { instance: instanceName, snapshot: snapshotName });
    await this.#await('database.awaitSnapshot', { snapshot: snapshotName });
    const answer = await this.#invoke('database.describeSnapshot', { snapshot: snapshotName });
    return decode(SnapshotDescription, answer, 'snapshot').snapshot;
  }

  async deleteSnapshot(snapshotName: string): Promise<void> {
    await this.#invoke('database.deleteSnapshot', { snapshot: snapshotName });
  }

  /** Creates a database with the content of a snapshot. */
  async restoreFromSnapshot(
    snapshotName: string,
    instanceName: string,
    config: DatabaseConfigInput,
  ): Promise<DatabaseInstance> {
    const request = { snapshot: snapshotName, name: instanceName, config: configJson(config) };
    await this.#invoke('database.restoreFromSnapshot', request);
    return this.#available(instanceName);
  }

  /** Creates a database with what another one held at a time, at the latest possible one when it is left out. */
  async restoreToTime(
    sourceName: string,
    instanceName: string,
    config: DatabaseConfigInput,
    time?: Date,
  ): Promise<DatabaseInstance> {
    const request = { source: sourceName, name: instanceName, config: configJson(config) };
    await this.#invoke('database.restoreToTime', { ...request, ...(time && { time: time.toISOString() }) });
    return this.#available(instanceName);
  }

  /** The snapshots of one database or of all, the oldest first. */
  async listSnapshots(instanceName?: string): Promise<Snapshot[]> {
    const input = instanceName === undefined ? {} : { instance: instanceName };
    const answer = await this.#invoke('database.listSnapshots', input);
    return decode(listSnapshots.output, answer, 'snapshots').snapshots.map(({ snapshot }) => snapshot);
  }

  /** What was measured from `start` to `end`, the oldest first. */
  async *getInstanceMetrics(
    name: string,
    metrics: string[],
    start: Date,
    end: Date,
  ): MetricStream & AsyncGenerator<MetricSample> {
    const range = { start: start.toISOString(), end: end.toISOString() };
    const answer = await this.#invoke('database.getInstanceMetrics', { name, metrics, ...range });
    yield* decode(getInstanceMetrics.output, answer, 'metrics').samples;
  }

  /** The entries of one of the engine's logs from `start` to `end`, the oldest first. */
  async getInstanceLogs(name: string, logType: string, start: Date, end: Date): Promise<LogEntry[]> {
    const range = { start: start.toISOString(), end: end.toISOString() };
    const answer = await this.#invoke('database.getInstanceLogs', { name, logType, ...range, limit: 10_000 });
    return decode(getInstanceLogs.output, answer, 'log entries').entries;
  }

  /** How to connect, with the password: not for logs. */
  async getConnectionString(instanceName: string): Promise<string> {
    const answer = await this.#invoke('database.getConnectionString', { name: instanceName });
    return (answer as { connectionString: string }).connectionString;
  }

  async testConnection(instanceName: string): Promise<boolean> {
    const answer = await this.#invoke('database.testConnection', { name: instanceName });
    return (answer as { connected: boolean }).connected;
  }

  async #available(name: string): Promise<DatabaseInstance> {
    await this.#await('database.awaitInstance', { name, until: 'Available' });
    return decode(DatabaseInstance, await this.#invoke('database.describeInstance', { name }), `database "${name}"`);
  }

  async #await(operation: string, input: object): Promise<void> {
    const host = await this.#host();
    const { execution } = (await this.#invoke(operation, input)) as { execution: string };
    const { status, error, cause } = await host.waitForExecution(execution);
    if (status === 'SUCCEEDED') return;
    throw new CloudError(error ?? status, cause ?? `execution ${execution} ended as ${status}`);
  }

  async #invoke(operation: string, input: object): Promise<unknown> {
    const host = await this.#host();
    return host.invoke(operation, input as never, { provider: this.provider.name });
  }
}

const configJson = (config: DatabaseConfigInput): object =>
  encode(DatabaseConfig, author(DatabaseConfig, config, 'database configuration'), 'config');
