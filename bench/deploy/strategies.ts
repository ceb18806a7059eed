import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { LocalHost } from '../../infra/local/host.ts';
import type { Json } from '../../shared/core/codecs.ts';

const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url));

const STRATEGIES: Record<string, Json> = {
  RollingUpdate: { kind: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 },
  BlueGreen: { kind: 'BlueGreen', switchDelay: 'PT1S', rollbackWindow: 'PT1S' },
  Canary: {
    kind: 'Canary',
    steps: [
      { kind: 'SetWeight', weight: 25 },
      { kind: 'Pause', duration: 'PT1S' },
    ],
    rollbackWindow: 'PT1S',
  },
  Recreate: { kind: 'Recreate' },
};

/** What an update under load did. Times are in milliseconds. */
export interface UpdateUnderLoad {
  strategy: string;
  requests: number;
  failed: number;
  p99: number;
  /** From the first to the last failed request; 0 where none failed. */
  gap: number;
  duration: number;
}

/** Updates a deployment of `replicas` replicas from v1 to v2 by each strategy, at `perSecond` requests a second. */
export async function measureUpdates(replicas: number, perSecond: number): Promise<UpdateUnderLoad[]> {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-bench-'));
  const host = await LocalHost.start({ directory, embedded: true });
  const results: UpdateUnderLoad[] = [];
  try {
    for (const [name, strategy] of Object.entries(STRATEGIES)) {
      results.push(await measureUpdate(host, name, strategy, replicas, perSecond));
    }
    return results;
  } finally {
    await host.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureUpdate(
  host: LocalHost,
  strategyName: string,
  strategy: Json,
  replicas: number,
  perSecond: number,
): Promise<UpdateUnderLoad> {
  const name = strategyName.toLowerCase();
  await deploy(host, name, 'v1', strategy, replicas);
  const { deployment } = (await host.invoke('deploy.getStatus', { name })) as { deployment: { endpoint: string } };
  const load = new Worker(new URL('./load.ts', import.meta.url), {
    workerData: { url: deployment.endpoint, perSecond },
  });
  const startedAt = performance.now();
  await deploy(host, name, 'v2', strategy, replicas);
  const duration = performance.now() - startedAt;
  const report = await stop(load);
  await host.invoke('deploy.destroy', { name });
  return { strategy: strategyName, ...report, duration };
}

async function deploy(host: LocalHost, name: string, version: string, strategy: Json, replicas: number): Promise<void> {
  const { execution } = (await host.invoke('deploy.deploy', {
    config: {
      name,
      version,
      scaling: { minReplicas: replicas },
      healthChecks: { interval: 'PT0.2S' },
      deploymentStrategy: strategy,
    },
    artifacts: [{ name: 'server.mjs', type: 'Code', source: { kind: 'Local', path: SERVER } }],
  })) as { execution: string };
  const { status, cause } = await host.waitForExecution(execution);
  if (status !== 'SUCCEEDED') throw new Error(`${name} ${version}: ${cause}`);
}

function stop(load: Worker): Promise<Omit<UpdateUnderLoad, 'strategy' | 'duration'>> {
  return new Promise((resolve) => {
    load.once('message', resolve);
    load.postMessage('stop');
  });
}
