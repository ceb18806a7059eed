import { resolve } from 'node:path';
import { z } from 'zod';
import { CloudError } from '../../shared/core/errors.ts';
import { type Authored, author, decode, encode } from '../../shared/core/validation.ts';
import { defaultHost, type Host } from '../../shared/host.ts';
import type { Provider } from '../../shared/provider.ts';
import { Artifact, Deployment, DeploymentConfig, type DeploymentStatus } from '../../shared/types/deploy.ts';
import type { LogLine, LogLines } from '../../shared/types/logging.ts';
import type { MetricSample, MetricStream } from '../../shared/types/monitoring.ts';
import getLogs from './getLogs.ts';
import getMetrics from './getMetrics.ts';
import getStatus from './getStatus.ts';

/** A configuration as a person writes it: what has a default may be left out, durations may be `Duration`s. */
export type DeploymentConfigInput = Authored<z.input<typeof DeploymentConfig>>;
export type ArtifactInput = Authored<z.input<typeof Artifact>>;

/** Milliseconds between two looks at the logs that are followed. */
const FOLLOW_INTERVAL = 500;

/**
 * Deploys an application: one version after another, by the strategy of its configuration.
 *
 * It talks to the host that runs on the state directory, and the deployment outlives the program; where none runs it starts one inside the
 * program, and the deployment ends with it. Every method rejects with a `CloudError` of the family `DeploymentError`.
 */
export class Deployer {
  readonly provider: Provider;
  readonly config: DeploymentConfig;
  readonly artifacts: readonly Artifact[];
  readonly #host: () => Promise<Host>;

  constructor(
    provider: Provider,
    config: DeploymentConfigInput,
    { host = defaultHost }: { host?: () => Promise<Host> } = {},
  ) {
    this.provider = provider;
    this.config = author(DeploymentConfig, config, 'deployment configuration');
    this.artifacts = [];
    this.#host = host;
  }

  /** The same deployer with one artifact more. */
  addArtifact(artifact: ArtifactInput): Deployer {
    return this.#with(this.config, [
      ...this.artifacts,
      absolute(author(Artifact, artifact, `artifact "${String(artifact.name)}"`)),
    ]);
  }

  /** Rolls the version out and resolves when it is promoted; rejects with the reason when it was rolled back. */
  async deploy(): Promise<Deployment> {
    return this.#roll('deploy.deploy', {
      config: encode(DeploymentConfig, this.config, 'config'),
      artifacts: encode(z.array(Artifact), [...this.artifacts], 'artifacts'),
    });
  }

  /** Rolls another configuration out with the artifacts that are live. */
  async update(newConfig: DeploymentConfigInput): Promise<Deployment> {
    const config = author(DeploymentConfig, newConfig, 'deployment configuration');
    return this.#roll('deploy.update', { config: encode(DeploymentConfig, config, 'config') });
  }

  /** Goes back to an earlier version; to the one that was promoted before where none is named. */
  async rollback(version?: string): Promise<Deployment> {
    return this.#roll('deploy.rollback', { name: this.config.name, ...(version !== undefined && { version }) });
  }

  /** Sets the number of replicas. */
  async scale(replicas: number): Promise<Deployment> {
    return decode(Deployment, await this.#invoke('deploy.scale', { name: this.config.name, replicas }), 'deployment');
  }

  /** Removes the deployment with everything that runs for it. */
  async destroy(): Promise<void> {
    await this.#invoke('deploy.destroy', { name: this.config.name });
  }

  async getStatus(): Promise<DeploymentStatus> {
    return (await this.#status()).deployment.status;
  }

  /** Log lines, oldest first; they end with the newest one unless `follow` is set. */
  async *getLogs(since?: Date, { follow = false }: { follow?: boolean } = {}): LogLines & AsyncGenerator<LogLine> {
    for (let from = since; ; await new Promise((wake) => setTimeout(wake, FOLLOW_INTERVAL))) {
      const answer = await this.#invoke('deploy.getLogs', {
        name: this.config.name,
        ...(from && { since: from.toISOString() }),
      });
      const { lines } = decode(getLogs.output, answer, 'log lines');
      yield* lines;
      const last = lines.at(-1);
      if (last) from = new Date(last.timestamp.getTime() + 1);
      if (!follow) return;
    }
  }

  /** What the endpoint measured in the last minute, by metric and revision. */
  async *getMetrics(metricNames?: string[]): MetricStream & AsyncGenerator<MetricSample> {
    const answer = await this.#invoke('deploy.getMetrics', {
      name: this.config.name,
      ...(metricNames && { metricNames }),
    });
    yield* decode(getMetrics.output, answer, 'metrics').samples;
  }

  async #roll(operation: string, input: object): Promise<Deployment> {
    const host = await this.#host();
    const { execution } = (await this.#invoke(operation, input)) as { execution: string };
    const { status, error, cause } = await host.waitForExecution(execution);
    if (status !== 'SUCCEEDED')
      throw new CloudError(error ?? status, cause ?? `execution ${execution} ended as ${status}`);
    return (await this.#status()).deployment;
  }

  async #status(): Promise<z.output<typeof getStatus.output>> {
    return decode(getStatus.output, await this.#invoke('deploy.getStatus', { name: this.config.name }), 'status');
  }

  async #invoke(operation: string, input: object): Promise<unknown> {
    const host = await this.#host();
    return host.invoke(operation, input as never, { provider: this.provider.name });
  }

  #with(config: DeploymentConfig, artifacts: Artifact[]): Deployer {
    const other = new Deployer(this.provider, encode(DeploymentConfig, config, 'config') as DeploymentConfigInput, {
      host: this.#host,
    });
    return Object.assign(other, { artifacts });
  }
}

/** The host may run in another folder, so a path is told from the root. */
function absolute(artifact: Artifact): Artifact {
  const { source } = artifact;
  return source.kind === 'Local' ? { ...artifact, source: { ...source, path: resolve(source.path) } } : artifact;
}
