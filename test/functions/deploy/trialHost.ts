import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LocalHost, type LocalHostOptions } from '../../../infra/local/host.ts';
import type { Execution, Host } from '../../../shared/host.ts';
import { eventually } from '../../eventually.ts';

/** The program that most tests deploy; its environment says how it behaves. */
export const PROGRAM = fileURLToPath(new URL('../../programs/server.mjs', import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: JSON that each test reads as what it knows it to be
export type Fields = { [key: string]: any };

export interface Revision {
  revision: string;
  version: string;
  weight: number;
  desired: number;
  running: number;
  ready: number;
}

export interface Status {
  deployment: { version: string; status: { kind: string; reason?: string }; endpoint: string; replicas: number };
  revisions: Revision[];
  versions: { version: string; promotedAt?: string; failure?: string }[];
  execution?: string;
}

/** What deploys a version of the test program: health is checked ten times a second, so that a rollout takes seconds. */
export function deployment(name: string, version: string, config: Fields = {}, artifact: Fields = {}): Fields {
  const { envVars, ...rest } = config;
  return {
    config: {
      name,
      version,
      envVars: { VERSION: version, ...envVars },
      healthChecks: { path: '/health', interval: 'PT0.1S', startPeriod: 'PT10S' },
      deploymentStrategy: { kind: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 },
      ...rest,
    },
    artifacts: [{ name: 'server.mjs', type: 'Code', source: { kind: 'Local', path: PROGRAM }, ...artifact }],
  };
}

/** A host with real processes on a state directory of its own, and what tests ask of it. */
export class TrialHost {
  readonly directory: string;
  readonly host: LocalHost;

  private constructor(directory: string, host: LocalHost) {
    this.directory = directory;
    this.host = host;
  }

  static async start(options: Partial<LocalHostOptions> = {}): Promise<TrialHost> {
    const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'cloudlib-trial-'));
    return new TrialHost(directory, await LocalHost.start({ directory, stopGrace: 2000, ...options }));
  }

  async close(): Promise<void> {
    await this.host.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Starts a rollout and answers its execution. */
  async begin(operation: string, input: Fields): Promise<string> {
    return ((await this.host.invoke(operation, input)) as { execution: string }).execution;
  }

  /** Does a rollout to its end. */
  async roll(operation: string, input: Fields): Promise<Execution> {
    return this.host.waitForExecution(await this.begin(operation, input));
  }

  /** Deploys a version that has to succeed. */
  async deploy(name: string, version: string, config: Fields = {}): Promise<void> {
    const { status, cause } = await this.roll('deploy.deploy', deployment(name, version, config));
    if (status !== 'SUCCEEDED') throw new Error(`${name} ${version} was not deployed: ${cause}`);
  }

  status(name: string): Promise<Status> {
    return statusOf(this.host, name);
  }

  /** The version that answers now, and the process that does. */
  async ask(name: string): Promise<{ version: string; pid: number }> {
    const { endpoint } = (await this.status(name)).deployment;
    return (await fetch(endpoint)).json() as Promise<{ version: string; pid: number }>;
  }

  /** Waits until the rollout of a deployment is paused for a decision, and answers why. */
  async paused(name: string): Promise<string | undefined> {
    return until(`${name} is paused`, async () => {
      const { status } = (await this.status(name)).deployment;
      return status.kind === 'Paused' && (status.reason ?? 'no reason');
    });
  }
}

export async function statusOf(host: Host, name: string): Promise<Status> {
  return (await host.invoke('deploy.getStatus', { name })) as unknown as Status;
}

/** Looks again and again until the answer is neither undefined nor false. */
export function until<T>(what: string, look: () => T | Promise<T>): Promise<Exclude<T, false | undefined>> {
  return eventually(async () => {
    const answer = await look();
    if (answer === undefined || answer === false) throw new Error(`not in time: ${what}`);
    return answer as Exclude<T, false | undefined>;
  });
}

/** The processes that run an artifact of a state directory. */
export function replicasOf(directory: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => commandOf(pid).includes(join(directory, 'deploy', 'artifacts')));
}

/** The command of a process, or nothing when it has ended. */
function commandOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return /\) [ZX]/.test(stat) ? '' : readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
