import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { Proxy as WeightedProxy } from '../../../../../infra/local/proxy/index.ts';
import { type Authored, author } from '../../../../../shared/core/validation.ts';
import { DeployTables, type ReplicaRow } from '../../../../../shared/drivers/deploy/local/database.ts';
import { LocalDeploy, type LocalDeployOptions } from '../../../../../shared/drivers/deploy/local/index.ts';
import type { TrafficPlane, TrafficRoute } from '../../../../../shared/drivers/deploy/local/traffic.ts';
import { type Artifact, DeploymentConfig } from '../../../../../shared/types/deploy.ts';

/** An endpoint that carries no traffic: it remembers where traffic was to go. */
export class RecordedTraffic implements TrafficPlane {
  readonly routes = new Map<string, TrafficRoute>();
  readonly drained: string[] = [];

  async setRoute(route: TrafficRoute): Promise<{ port: number }> {
    const port = route.port || 40_000 + this.routes.size;
    this.routes.set(route.deployment, { ...route, port });
    return { port };
  }

  async removeRoute(deployment: string): Promise<void> {
    this.routes.delete(deployment);
  }

  async drain(_deployment: string, replica: string): Promise<boolean> {
    this.drained.push(replica);
    return true;
  }

  async flush(): Promise<void> {}
}

type Options = Partial<Omit<LocalDeployOptions, 'database' | 'directory' | 'traffic'>>;

/** A state directory with its database, on which one LocalDeploy after the other may run. */
export class Machine {
  readonly directory = mkdtempSync(join(tmpdir(), 'cloudlib-deploy-'));
  readonly database = new DatabaseSync(join(this.directory, 'state.db'));
  readonly traffic = new RecordedTraffic();
  readonly tables = new DeployTables(this.database);
  readonly #open = new Set<LocalDeploy>();

  /** A driver on this machine; it is not started yet. */
  driver({ traffic = this.traffic, ...options }: Options & { traffic?: TrafficPlane } = {}): LocalDeploy {
    const { database, directory } = this;
    const secret = async (name: string) => `value of ${name}`;
    const driver = new LocalDeploy({ database, directory, traffic, secret, stopGrace: 2_000, ...options });
    this.#open.add(driver);
    return driver;
  }

  async start(options: Options & { traffic?: TrafficPlane } = {}): Promise<LocalDeploy> {
    const driver = this.driver(options);
    await driver.start();
    return driver;
  }

  /** Ends a driver as a host does that stops, or as one that leaves its replicas to the next. */
  async close(driver: LocalDeploy, replicas: 'leave' | 'suspend'): Promise<void> {
    this.#open.delete(driver);
    await driver.close(replicas);
  }

  replicas(): ReplicaRow[] {
    return this.tables.replicas();
  }

  /** The pids of the replicas that have a process. */
  pids(): number[] {
    return this.replicas().flatMap(({ pid }) => pid ?? []);
  }

  /** Ends everything that runs here and removes the directory. */
  async end(): Promise<void> {
    for (const driver of this.#open) await driver.close('suspend');
    for (const pid of this.pids()) if (isRunning(pid)) process.kill(-pid, 'SIGKILL');
    this.database.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A driver with the real endpoint in front of it. */
export async function openBehindProxy(): Promise<{ driver: LocalDeploy; machine: Machine; close(): Promise<void> }> {
  const machine = new Machine();
  let driver: LocalDeploy | undefined;
  const proxy = await WeightedProxy.start({ onSample: (samples) => driver?.addSamples(samples) });
  driver = await machine.start({ traffic: proxy });
  const close = async (): Promise<void> => {
    await machine.end();
    await proxy.close();
  };
  return { driver, machine, close };
}

export const programPath = (name: string): string =>
  fileURLToPath(new URL(`../../../../programs/${name}`, import.meta.url));

/** An artifact that is a program under test/programs. */
export function programNamed(name: string): Artifact {
  return { name, type: 'Code', source: { kind: 'Local', path: programPath(name) }, metadata: {} };
}

interface Revision {
  deployment?: string;
  revision?: string;
  program?: string;
  /** Instead of a program under test/programs. */
  artifact?: Artifact;
  config?: Partial<Authored<z.input<typeof DeploymentConfig>>>;
}

/** Creates a revision of one of the programs under test/programs. */
export async function create(
  driver: LocalDeploy,
  {
    deployment = 'app',
    revision = 'v1',
    program = 'server.mjs',
    artifact = programNamed(program),
    config,
  }: Revision = {},
): Promise<void> {
  const artifacts = await driver.fetchArtifacts([artifact]);
  const full = author(
    DeploymentConfig,
    { name: deployment, version: '1', healthChecks: quick(), ...config },
    'config of a test',
  );
  await driver.createRevision({ deployment, revision, config: full, artifacts });
}

/** Health checks in quick succession. */
export const quick = (more: object = {}) => ({
  path: '/health',
  interval: 'PT0.1S',
  timeout: 'PT0.5S',
  healthyThreshold: 1,
  ...more,
});

/** Whether there is a process of this number. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
