import { join } from 'node:path';
import type { Clock } from '../../../core/clock.ts';
import { CloudError } from '../../../core/errors.ts';
import { newId } from '../../../core/ids.ts';
import { decode } from '../../../core/validation.ts';
import { DeploymentConfig } from '../../../types/deploy.ts';
import type { RevisionHealth } from '../port.ts';
import type { ResolvedArtifact } from './artifacts.ts';
import { desiredReplicas } from './autoscaler.ts';
import type { DeployTables, ReplicaRow, RevisionRow } from './database.ts';
import type { ReplicaLogs } from './logs.ts';
import { programOf } from './program.ts';
import { coresOf, memoryLimitOf } from './quantities.ts';
import { Replica } from './replica.ts';
import type { TrafficPlane } from './traffic.ts';

/** How often logs are marked, memory is looked at and scaling is decided, in milliseconds. */
const TICK = 1000;

export interface SupervisorOptions {
  tables: DeployTables;
  logs: ReplicaLogs;
  traffic: TrafficPlane;
  clock: Clock;
  /** Where the fences of replicas are kept. */
  directory: string;
  /** Milliseconds between SIGTERM and SIGKILL. */
  stopGrace: number;
  secret(name: string): Promise<string>;
}

/** Makes true what the tables say: as many replicas as wanted, each restarted when it ends, and the endpoint in front of the ready ones. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #replicas = new Map<string, Replica>();
  readonly #scaledAt = new Map<string, number>();
  #cancelTick: () => void = () => undefined;
  #lastTick = 0;
  #startedAt = 0;
  #closed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Adopts what survived an earlier host, starts what did not, and opens the endpoints. */
  async start(): Promise<void> {
    const { tables, clock } = this.#options;
    this.#startedAt = clock.now().getTime();
    for (const row of tables.replicas()) this.#recover(row);
    const deployments = new Set(tables.revisions().map(({ deployment }) => deployment));
    for (const deployment of deployments) this.reconcile(deployment);
    await Promise.all([...deployments].filter((name) => tables.endpoint(name)).map((name) => this.#reopen(name)));
    this.#lastTick = clock.now().getTime();
    if (!this.#closed) this.#tickLater();
  }

  /** Starts and stops replicas until each revision has as many as wanted, and forgets retired revisions that have none. */
  reconcile(deployment: string): void {
    if (this.#closed) return;
    for (const revision of this.#options.tables.revisions(deployment)) this.#reconcileRevision(revision);
  }

  health(row: RevisionRow): RevisionHealth {
    const replicas = this.#of(row.deployment, row.revision);
    return {
      desired: row.replicas,
      running: replicas.filter((replica) => replica.running).length,
      ready: replicas.filter((replica) => replica.ready).length,
      ...(row.failed !== null && { failed: row.failed }),
    };
  }

  /** The ports of the ready replicas of a revision. */
  readyPorts(deployment: string, revision: string): number[] {
    return this.#of(deployment, revision)
      .filter((replica) => replica.ready)
      .map((replica) => replica.row.port!);
  }

  /** Opens the deployment's endpoint and keeps its port, or tells it where its traffic goes now; the answer is its port. */
  async openEndpoint(deployment: string): Promise<number> {
    const { tables } = this.#options;
    const port = await this.#setRoute(deployment);
    const removedMeanwhile = tables.revisions(deployment).every(({ retired }) => retired);
    if (!removedMeanwhile && tables.endpoint(deployment) !== port) tables.setEndpoint(deployment, port);
    return port;
  }

  /** Ends every replica of the deployment; resolves when none is left. */
  async stopAll(deployment: string): Promise<void> {
    await Promise.all(
      [...this.#replicas.values()].filter(({ row }) => row.deployment === deployment).map((replica) => replica.stop()),
    );
  }

  /** Stops supervising; the replicas go on (`leave`) or end until the next host starts them again (`suspend`). */
  async close(replicas: 'leave' | 'suspend'): Promise<void> {
    this.#closed = true;
    this.#cancelTick();
    const all = [...this.#replicas.values()];
    if (replicas === 'leave') for (const replica of all) replica.abandon();
    else await Promise.all(all.map((replica) => replica.suspend()));
  }

  /** Tells every process to end, without waiting: for a program that is ending itself this very moment. */
  endNow(): void {
    for (const replica of this.#replicas.values()) replica.endNow();
  }

  #recover(row: ReplicaRow): void {
    const replica = this.#add(row);
    replica?.recover();
    if (replica && row.stopping) void this.#stop(replica);
  }

  /** Opens an endpoint where it was; on another port when its own was taken while no host ran. */
  async #reopen(deployment: string): Promise<void> {
    const { tables } = this.#options;
    try {
      await this.openEndpoint(deployment);
    } catch (error) {
      if (!(error instanceof CloudError) || error.code !== 'DeploymentError.ResourceNotAvailable') throw error;
      tables.removeEndpoint(deployment);
      const port = await this.openEndpoint(deployment);
      process.emitWarning(`${error.message}; it is at port ${port} now`);
    }
  }

  async #setRoute(deployment: string): Promise<number> {
    const { tables, traffic } = this.#options;
    const { port } = await traffic.setRoute({
      deployment,
      port: tables.endpoint(deployment) ?? 0,
      weights: Object.fromEntries(tables.revisions(deployment).map(({ revision, weight }) => [revision, weight])),
      targets: [...this.#replicas.values()]
        .filter((replica) => replica.ready && replica.row.deployment === deployment)
        .map(({ row }) => ({ revision: row.revision, replica: row.id, port: row.port! })),
    });
    return port;
  }

  #reconcileRevision(row: RevisionRow): void {
    const { tables } = this.#options;
    const replicas = this.#of(row.deployment, row.revision);
    const staying = replicas.filter((replica) => !replica.row.stopping);
    for (let count = staying.length; count < row.replicas; count++) {
      void this.#add(tables.addReplica(newId(), row.deployment, row.revision))?.start();
    }
    const surplus = Math.max(0, staying.length - row.replicas);
    const unreadyFirst = staying.reverse().sort((a, b) => Number(a.ready) - Number(b.ready));
    for (const replica of unreadyFirst.slice(0, surplus)) void this.#stop(replica);
    if (row.retired && replicas.length === 0) tables.removeRevision(row.deployment, row.revision);
  }

  async #stop(replica: Replica): Promise<void> {
    await replica.stop();
    this.#replicas.delete(replica.row.id);
    this.reconcile(replica.row.deployment);
  }

  #of(deployment: string, revision: string): Replica[] {
    return [...this.#replicas.values()].filter(({ row }) => row.deployment === deployment && row.revision === revision);
  }

  #add(row: ReplicaRow): Replica | undefined {
    const { tables, logs, clock, directory, stopGrace, traffic, secret } = this.#options;
    const revision = tables.revision(row.deployment, row.revision);
    if (!revision) return undefined;
    const { config, artifacts } = readSpec(revision);
    const replica = new Replica(row, {
      tables,
      logs,
      clock,
      directory: join(directory, row.deployment),
      healthChecks: config.healthChecks,
      memoryLimit: memoryLimitOf(config.resources.memory),
      stopGrace,
      program: async (identity) => {
        const program = programOf(config, artifacts, identity);
        for (const { name, environmentVariable } of config.secrets)
          program.environment[environmentVariable] = await secret(name);
        return program;
      },
      onChange: () => this.#onChange(row.deployment),
      onCrashLoop: (reason) => tables.setFailed(row.deployment, row.revision, reason),
      // A proxy that cannot drain must not keep the replica from stopping.
      drain: () => traffic.drain(row.deployment, row.id, stopGrace).catch(() => false),
    });
    this.#replicas.set(row.id, replica);
    return replica;
  }

  #onChange(deployment: string): void {
    const { tables } = this.#options;
    for (const row of tables.revisions(deployment)) {
      const recovered = row.failed !== null && row.replicas > 0 && this.health(row).ready >= row.replicas;
      if (recovered) tables.setFailed(deployment, row.revision, null);
    }
    if (tables.endpoint(deployment) === undefined) return;
    this.#setRoute(deployment).catch((error: Error) => {
      process.emitWarning(`deployment "${deployment}": its endpoint could not be told of a change: ${error.message}`);
    });
  }

  #tickLater(): void {
    const { clock } = this.#options;
    this.#cancelTick = clock.at(new Date(clock.now().getTime() + TICK), () => this.#tick());
  }

  #tick(): void {
    const { clock, logs, tables } = this.#options;
    const now = clock.now().getTime();
    try {
      logs.mark(clock.now());
      for (const replica of this.#replicas.values()) replica.enforceMemory();
      for (const row of tables.revisions()) this.#autoscale(row, now - this.#lastTick, now);
    } catch (error) {
      // A full disk, say: nothing of this may end the host, and the next tick tries again.
      process.emitWarning(`deployments on this machine: ${(error as Error).message}`);
    }
    this.#lastTick = now;
    this.#tickLater();
  }

  /** Scales a revision that has all of the traffic; during a rollout the workflow decides. */
  #autoscale(row: RevisionRow, elapsed: number, now: number): void {
    const replicas = this.#of(row.deployment, row.revision).filter((replica) => replica.ready);
    const { scaling, resources } = readSpec(row).config;
    const used = replicas.reduce((sum, replica) => sum + replica.processorTime(), 0);
    const cores = coresOf(resources.cpu);
    // Without a replica or a reservation there is no utilization to scale by.
    if (replicas.length === 0 || cores === 0) return;
    if (row.weight !== 100 || replicas.length < row.replicas || scaling.minReplicas >= scaling.maxReplicas) return;
    if (
      this.#options.tables
        .revisions(row.deployment)
        .some((other) => other.revision !== row.revision && other.replicas > 0)
    )
      return;
    const utilization = (100 * used) / (elapsed * cores * replicas.length);
    const key = `${row.deployment}/${row.revision}`;
    const lastScaledAt = this.#scaledAt.get(key) ?? Math.max(row.created_at, this.#startedAt);
    const wanted = desiredReplicas(scaling, { replicas: row.replicas, lastScaledAt }, utilization, now);
    if (wanted === row.replicas) return;
    this.#scaledAt.set(key, now);
    this.#options.tables.setReplicas(row.deployment, row.revision, wanted);
    this.reconcile(row.deployment);
  }
}

function readSpec(row: RevisionRow): { config: DeploymentConfig; artifacts: ResolvedArtifact[] } {
  const { config, artifacts } = JSON.parse(row.spec);
  return { config: decode(DeploymentConfig, config, `revision "${row.revision}"`), artifacts };
}
