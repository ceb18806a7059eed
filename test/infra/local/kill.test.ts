import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { RemoteHost } from '../../../infra/local/client.ts';
import { readAddress } from '../../../infra/local/store/database.ts';
import type { Json } from '../../../shared/core/codecs.ts';

const HOST = fileURLToPath(new URL('../../programs/host.ts', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../../programs/server.mjs', import.meta.url));
const ROUNDS = 20;

/** Each strategy, and about how long its deployment takes here, in milliseconds: the moments are spread over it. */
const strategies: { strategy: Json; duration: number }[] = [
  { strategy: { kind: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 }, duration: 3500 },
  {
    strategy: {
      kind: 'Canary',
      steps: [
        { kind: 'SetWeight', weight: 20 },
        { kind: 'Pause', duration: 'PT1S' },
      ],
      rollbackWindow: 'PT1S',
    },
    duration: 4500,
  },
  { strategy: { kind: 'BlueGreen', switchDelay: 'PT1S', rollbackWindow: 'PT1S' }, duration: 3500 },
  { strategy: { kind: 'Recreate' }, duration: 2500 },
];

const running: ChildProcess[] = [];
const directories: string[] = [];

afterEach(() => {
  for (const host of running.splice(0)) host.kill('SIGKILL');
  for (const directory of directories.splice(0)) {
    for (const pid of replicasOf(directory)) process.kill(pid, 'SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
});

async function startHost(directory: string): Promise<{ process: ChildProcess; host: RemoteHost }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', HOST, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  for await (const line of createInterface({ input: child.stdout! })) if (line.startsWith('ready')) break;
  return { process: child, host: new RemoteHost(readAddress(directory)!) };
}

/** The processes that run an artifact of this state directory. */
function replicasOf(directory: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => commandOf(pid).includes(join(directory, 'deploy', 'artifacts')));
}

function commandOf(pid: number): string {
  try {
    const [, state] = /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return state === 'Z' ? '' : readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function deployment(version: string, deploymentStrategy: Json): Json {
  return {
    config: {
      name: 'app',
      version,
      envVars: { VERSION: version },
      scaling: { minReplicas: 2 },
      healthChecks: { path: '/health', interval: 'PT0.2S' },
      deploymentStrategy,
    },
    artifacts: [{ name: 'server.mjs', type: 'Code', source: { kind: 'Local', path: PROGRAM } }],
  };
}

async function deploy(host: RemoteHost, version: string, strategy: Json): Promise<string> {
  return ((await host.invoke('deploy.deploy', deployment(version, strategy))) as { execution: string }).execution;
}

/** Seeded, so that a moment that fails can be looked at again. */
function momentOf(round: number, duration: number): number {
  return Math.floor((Math.abs(Math.sin(round * 9301 + 49297)) % 1) * duration);
}

async function killedRound(round: number): Promise<void> {
  const { strategy, duration } = strategies[round % strategies.length]!;
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-kill-'));
  directories.push(directory);
  const first = await startHost(directory);
  await first.host.waitForExecution(await deploy(first.host, 'v1', { kind: 'Recreate' }));
  const execution = await deploy(first.host, 'v2', strategy);
  await new Promise((resolve) => setTimeout(resolve, momentOf(round, duration)));
  first.process.kill('SIGKILL');
  await once(first.process, 'exit');

  const second = await startHost(directory);
  expect(await second.host.waitForExecution(execution)).toMatchObject({ status: 'SUCCEEDED' });
  await settled(async () => (await statusOf(second.host)).deployment.healthyReplicas === 2);
  const { deployment: after, revisions } = await statusOf(second.host);
  expect(after).toMatchObject({ version: 'v2', status: { kind: 'Running' } });
  expect(revisions.filter(({ desired }) => desired > 0)).toEqual([
    expect.objectContaining({ version: 'v2', weight: 100, desired: 2 }),
  ]);
  await settled(() => replicasOf(directory).length === 2);
  expect(await startsOf(second.host, 'v2')).toBe(2);
  expect(await (await fetch(after.endpoint)).json()).toMatchObject({ version: 'v2' });
  second.process.kill('SIGTERM');
  await once(second.process, 'exit');
  expect(replicasOf(directory)).toEqual([]);
}

interface Status {
  deployment: { version: string; status: Json; endpoint: string; healthyReplicas: number };
  revisions: { version: string; weight: number; desired: number }[];
}

async function statusOf(host: RemoteHost): Promise<Status> {
  return (await host.invoke('deploy.getStatus', { name: 'app' })) as unknown as Status;
}

/** How many processes of a version said that they listen: more than its replicas means that one was started twice. */
async function startsOf(host: RemoteHost, version: string): Promise<number> {
  const { lines } = (await host.invoke('deploy.getLogs', { name: 'app' })) as { lines: { message: string }[] };
  return lines.filter(({ message }) => message === `${version} listens`).length;
}

/** The replaced replicas end a moment after the workflow, and adopted ones are checked before they count as healthy. */
async function settled(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await condition()); ) {
    if (Date.now() > deadline) throw new Error('the processes are not those that are wanted');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('a host that is killed during a deployment and started again', () => {
  const rounds = Array.from({ length: ROUNDS }, (_, index) => index);
  test.each(rounds.filter((round) => round % 4 === 0))(
    'comes to the same end, with no orphan and no replica twice (rounds from %i)',
    async (from) => {
      await Promise.all([from, from + 1, from + 2, from + 3].map(killedRound));
    },
    90_000,
  );
});
