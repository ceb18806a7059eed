import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, systemClock } from '../../../core/clock.ts';
import { CloudError } from '../../../core/errors.ts';
import { encode } from '../../../core/validation.ts';
import { type Artifact, DeploymentConfig, type GoldenRequest } from '../../../types/deploy.ts';
import { cloudError } from '../../../types/errors.ts';
import type { LogLine } from '../../../types/logging.ts';
import type {
  DeployPort,
  LiveDeployment,
  LogRequest,
  ProbeAnswer,
  RevisionHealth,
  RevisionSpec,
  RevisionTraffic,
} from '../port.ts';
import { ArtifactStore, type Objects } from './artifacts.ts';
import { DeployTables, type RevisionRow } from './database.ts';
import { ReplicaLogs } from './logs.ts';
import { TrafficMetrics } from './metrics.ts';
import { probe } from './probe.ts';
import { programOf } from './program.ts';
import { Supervisor } from './supervisor.ts';
import type { TrafficPlane, TrafficSample } from './traffic.ts';

export interface LocalDeployOptions {
  /** The host's database: what is wanted is committed there before anything is done for it. */
  database: DatabaseSync;
  /** Where artifacts, logs, fences and measurements are kept. */
  directory: string;
  /** The endpoint; it hands its samples to `addSamples`. */
  traffic: TrafficPlane;
  secret(name: string): Promise<string>;
  /** Where artifacts of the source `Storage` are read. */
  objects?: Objects;
  clock?: Clock;
  /** Milliseconds that a replica gets to end by itself after SIGTERM. */
  stopGrace?: number;
  /** The largest artifact that is fetched from a URL, in bytes. */
  largestDownload?: number;
}

/**
 * Deployments on this machine: replicas are processes behind a weighted endpoint on the loopback.
 *
 * Not enforced here: disk and network limits, GPUs, and the processor limit; memory is watched once a second, on Linux.
 */
export class LocalDeploy implements DeployPort {
  readonly #tables: DeployTables;
  readonly #artifacts: ArtifactStore;
  readonly #logs: ReplicaLogs;
  readonly #metrics: TrafficMetrics;
  readonly #supervisor: Supervisor;
  readonly #traffic: TrafficPlane;
  readonly #clock: Clock;
  readonly #measurements: DatabaseSync;

  constructor(options: LocalDeployOptions) {
    const { database, directory, traffic, secret, objects, clock = systemClock } = options;
    const { stopGrace = 10_000, largestDownload } = options;
    this.#measurements = new DatabaseSync(join(directory, 'measurements.db'));
    this.#measurements.exec('pragma journal_mode = wal; pragma synchronous = normal');
    this.#tables = new DeployTables(database);
    this.#artifacts = new ArtifactStore({ directory: join(directory, 'artifacts'), secret, objects, largestDownload });
    this.#logs = new ReplicaLogs(join(directory, 'logs'), this.#measurements);
    this.#metrics = new TrafficMetrics(this.#measurements);
    this.#traffic = traffic;
    this.#clock = clock;
    this.#supervisor = new Supervisor({
      tables: this.#tables,
      logs: this.#logs,
      traffic,
      clock,
      directory: join(directory, 'replicas'),
      stopGrace,
      secret,
    });
  }

  start(): Promise<void> {
    return this.#supervisor.start();
  }

  /** Keeps what the endpoint measured; what cannot be kept is lost, because samples are worth less than a host that runs. */
  addSamples(samples: TrafficSample[]): void {
    if (!this.#measurements.isOpen) return;
    try {
      this.#metrics.add(samples);
    } catch (error) {
      process.emitWarning(`measurements were lost: ${(error as Error).message}`);
    }
  }

  async close(replicas: 'leave' | 'suspend'): Promise<void> {
    await this.#supervisor.close(replicas);
    this.#measurements.close();
  }

  /** Tells every replica to end, without waiting: for a program that is ending itself this very moment. */
  endNow(): void {
    this.#supervisor.endNow();
  }

  fetchArtifacts(artifacts: Artifact[]): Promise<Artifact[]> {
    return Promise.all(artifacts.map((artifact) => this.#artifacts.fetch(artifact)));
  }

  async createRevision({ deployment, revision, config, artifacts }: RevisionSpec): Promise<void> {
    refuseWhatIsNotDoneHere(config, artifacts);
    const resolved = await Promise.all(artifacts.map((artifact) => this.#artifacts.resolve(artifact)));
    programOf(config, resolved, { id: revision, port: 0 });
    const spec = JSON.stringify({
      config: encode(DeploymentConfig, config, `revision "${revision}"`),
      artifacts: resolved,
    });
    this.#tables.addRevision({
      deployment,
      revision,
      version: config.version,
      spec,
      created_at: this.#clock.now().getTime(),
    });
  }

  async scale(deployment: string, revision: string, replicas: number): Promise<void> {
    this.#revision(deployment, revision);
    this.#tables.setReplicas(deployment, revision, replicas);
    this.#supervisor.reconcile(deployment);
  }

  async health(deployment: string, revision: string): Promise<RevisionHealth> {
    return this.#supervisor.health(this.#revision(deployment, revision));
  }

  async shiftTraffic(deployment: string, weights: Record<string, number>): Promise<string> {
    for (const revision of Object.keys(weights)) this.#revision(deployment, revision);
    this.#tables.setWeights(deployment, weights);
    return endpointUrl(await this.#supervisor.openEndpoint(deployment));
  }

  async retire(deployment: string, revision: string): Promise<void> {
    if (!this.#tables.revision(deployment, revision)) return;
    this.#tables.setRetired(deployment, revision);
    this.#supervisor.reconcile(deployment);
  }

  async list(deployment?: string): Promise<LiveDeployment[]> {
    const byName = Map.groupBy(this.#tables.revisions(deployment), (row) => row.deployment);
    return [...byName].map(([name, rows]) => this.#describe(name, rows));
  }

  async logs(deployment: string, request: LogRequest): Promise<LogLine[]> {
    this.#logs.mark(this.#clock.now());
    return this.#logs.read(deployment, request);
  }

  async metrics(deployment: string, revision: string, since: Date, until: Date): Promise<RevisionTraffic> {
    await this.#traffic.flush();
    return this.#metrics.read(deployment, revision, since, until);
  }

  async probe(deployment: string, revision: string, requests: GoldenRequest[]): Promise<ProbeAnswer[]> {
    const [port] = this.#supervisor.readyPorts(deployment, revision);
    if (port === undefined) return requests.map(() => ({ error: `revision "${revision}" has no ready replica` }));
    const answers: ProbeAnswer[] = [];
    for (const request of requests) answers.push(await probe(port, request));
    return answers;
  }

  async remove(deployment: string): Promise<void> {
    for (const { revision } of this.#tables.revisions(deployment)) await this.retire(deployment, revision);
    this.#tables.removeEndpoint(deployment);
    await this.#supervisor.stopAll(deployment);
    await this.#traffic.removeRoute(deployment);
    this.#logs.remove(deployment);
  }

  #revision(deployment: string, revision: string): RevisionRow {
    const row = this.#tables.revision(deployment, revision);
    if (row && !row.retired) return row;
    throw cloudError(
      'DeploymentError.DeploymentNotFound',
      `deployment "${deployment}" has no revision "${revision}" on this machine`,
      {
        deployment,
      },
    );
  }

  #describe(deployment: string, rows: RevisionRow[]): LiveDeployment {
    const port = this.#tables.endpoint(deployment);
    return {
      deployment,
      ...(port !== undefined && { endpoint: endpointUrl(port) }),
      revisions: rows
        .filter((row) => !row.retired)
        .map((row) => ({
          ...this.#supervisor.health(row),
          revision: row.revision,
          version: row.version,
          weight: row.weight,
          createdAt: new Date(row.created_at),
        })),
    };
  }
}

const endpointUrl = (port: number): string => `http://127.0.0.1:${port}`;

/** What this driver would have to leave out is refused instead. */
function refuseWhatIsNotDoneHere({ name, secrets, networking }: DeploymentConfig, artifacts: Artifact[]): void {
  const versioned = secrets.find(({ version }) => version !== undefined);
  if (versioned) {
    throw new CloudError(
      'Unimplemented',
      `deployment "${name}": secret "${versioned.name}" names a version, and secrets have one version on this machine; leave it out`,
    );
  }
  if (networking.port === undefined || artifacts.some(({ type }) => type === 'Container')) return;
  throw cloudError(
    'DeploymentError.ConfigurationInvalid',
    `deployment "${name}": networking.port is ${networking.port}, but on this machine each replica is told its own port by PORT; leave it out`,
    { reason: 'networking.port is for containers' },
  );
}
