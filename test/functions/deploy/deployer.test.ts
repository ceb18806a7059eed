import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { type ArtifactInput, Deployer, type DeploymentConfigInput } from '../../../functions/deploy/index.ts';
import { RemoteHost } from '../../../infra/local/client.ts';
import { readAddress } from '../../../infra/local/store/database.ts';
import { Duration } from '../../../shared/core/duration.ts';
import type { Host } from '../../../shared/host.ts';
import { local } from '../../../shared/provider.ts';
import { deployment, PROGRAM, replicasOf, TrialHost, until } from './trialHost.ts';

const HOST = fileURLToPath(new URL('../../programs/host.ts', import.meta.url));
const artifact: ArtifactInput = { name: 'server.mjs', type: 'Code', source: { kind: 'Local', path: PROGRAM } };

/** The state directory of a host in another process, and how to end it. */
async function startElsewhere(): Promise<{ directory: string; process: ChildProcess; host: RemoteHost }> {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-elsewhere-'));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', HOST, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout! })) if (line.startsWith('ready')) break;
  return { directory, process: child, host: new RemoteHost(readAddress(directory)!) };
}

const closing: (() => Promise<void>)[] = [];

afterAll(async () => {
  for (const close of closing) await close();
});

const hosts: Record<string, () => Promise<{ host: Host; directory: string }>> = {
  async 'in this process'() {
    const trial = await TrialHost.start({ embedded: true });
    closing.push(() => trial.close());
    return trial;
  },
  async 'in another process'() {
    const { host, directory, process: child } = await startElsewhere();
    closing.push(async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
      rmSync(directory, { recursive: true });
    });
    return { host, directory };
  },
};

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const config = (version: string): DeploymentConfigInput => ({
  ...(deployment('app', version).config as DeploymentConfigInput),
  healthChecks: { path: '/health', interval: Duration.milliseconds(100), startPeriod: Duration.seconds(10) },
});

describe('Deployer', () => {
  test('adding an artifact gives a new object and leaves the old one as it was', () => {
    const empty = new Deployer(local(), config('v1'));
    const one = empty.addArtifact(artifact);
    expect(one).toBeInstanceOf(Deployer);
    expect([empty.artifacts.length, one.artifacts.length]).toEqual([0, 1]);
    expect(one.addArtifact({ ...artifact, name: 'words.txt', type: 'Data' }).artifacts).toHaveLength(2);
    expect(one.config).toEqual(empty.config);
  });

  test('a relative path of an artifact is told from the root, because the host may run in another folder', () => {
    const path = relative(process.cwd(), PROGRAM);
    const { artifacts } = new Deployer(local(), config('v1')).addArtifact({
      ...artifact,
      source: { kind: 'Local', path },
    });
    expect(artifacts[0]!.source).toEqual({ kind: 'Local', path: PROGRAM });
  });

  test('a configuration that is wrong is refused at once, with the place', () => {
    const wrong = { ...config('v1'), scaling: { minReplicas: 3, maxReplicas: 1 } };
    expect(() => new Deployer(local(), wrong)).toThrow(
      expect.objectContaining({
        code: 'InvalidInput',
        message: expect.stringContaining('scaling.maxReplicas: maxReplicas must be at least minReplicas, which is 3'),
      }),
    );
  });

  test.each(Object.keys(hosts))('does the whole life of a deployment over a host %s', async (where) => {
    const { host, directory } = await hosts[where]!();
    const options = { host: async () => host };
    const deployer = new Deployer(local(), config('v1'), options).addArtifact(artifact);

    const first = await deployer.deploy();
    expect(first).toMatchObject({ name: 'app', version: 'v1', status: { kind: 'Running' }, replicas: 1 });
    expect(await (await fetch(first.endpoint!)).json()).toMatchObject({ version: 'v1' });

    const updated = await deployer.update({ ...config('v2'), envVars: { VERSION: 'v2' } });
    expect(updated).toMatchObject({ version: 'v2', endpoint: first.endpoint });
    expect(updated.createdAt).toEqual(first.createdAt);

    expect(await deployer.rollback()).toMatchObject({ version: 'v1' });
    expect(await deployer.scale(2)).toMatchObject({ replicas: 2 });
    expect(await deployer.getStatus()).toEqual({ kind: 'Running' });

    await fetch(first.endpoint!);
    const lines = await all(deployer.getLogs());
    expect(lines.map(({ message }) => message)).toEqual(expect.arrayContaining(['v1 listens', 'v2 listens']));
    expect(lines[0]!.timestamp).toBeInstanceOf(Date);
    const [requests, ...others] = await all(deployer.getMetrics(['Requests']));
    expect(others).toEqual([]);
    expect(requests).toMatchObject({ name: 'Requests', unit: 'Count', dimensions: { deployment: 'app' } });
    expect(requests!.value).toBeGreaterThan(0);

    await deployer.destroy();
    expect(await deployer.getStatus()).toEqual({ kind: 'Stopped' });
    expect(replicasOf(directory)).toEqual([]);
  });

  test('a rollout that fails rejects with its code and its reason', async () => {
    const { host } = await hosts['in this process']!();
    const missing = { ...artifact, source: { kind: 'Local' as const, path: '/nowhere.mjs' } };
    const deployer = new Deployer(local(), config('v1'), { host: async () => host }).addArtifact(missing);
    await expect(deployer.deploy()).rejects.toMatchObject({
      code: 'DeploymentError.ArtifactNotFound',
      message: expect.stringContaining('/nowhere.mjs'),
    });
    await expect(deployer.getStatus()).rejects.toMatchObject({ code: 'DeploymentError.DeploymentNotFound' });
  });

  test('followed logs go on with what is written later', async () => {
    const { host } = await hosts['in this process']!();
    const deployer = new Deployer(local(), config('v1'), { host: async () => host }).addArtifact(artifact);
    await deployer.deploy();
    const seen: string[] = [];
    for await (const { message } of deployer.getLogs(undefined, { follow: true })) {
      seen.push(message);
      if (seen.length === 1) await deployer.update({ ...config('v2'), envVars: { VERSION: 'v2' } });
      if (message === 'v2 listens') break;
    }
    expect(seen).toEqual(['v1 listens', 'v2 listens']);
  });
});

describe('a deployment on a host of its own', () => {
  test('outlives the program that deployed it', async () => {
    const { directory, process: child } = await startElsewhere();
    const script = `
      import { Deployer, local } from '${new URL('../../../index.ts', import.meta.url)}';
      const deployer = new Deployer(local(), ${JSON.stringify(deployment('app', 'v1').config)});
      console.log((await deployer.addArtifact(${JSON.stringify(artifact)}).deploy()).endpoint);`;
    const program = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
      env: { ...process.env, CLOUDLIB_STATE: directory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [endpoint, warnings] = ['', ''];
    program.stdout.on('data', (chunk) => (endpoint += chunk));
    program.stderr.on('data', (chunk) => (warnings += chunk));
    expect(await once(program, 'close')).toEqual([0, null]);
    expect(warnings).not.toContain('CLOUDLIB_EMBEDDED');
    expect(await (await fetch(endpoint.trim())).json()).toMatchObject({ version: 'v1' });
    child.kill('SIGTERM');
    await once(child, 'exit');
    await until('no replica is left', () => replicasOf(directory).length === 0);
    rmSync(directory, { recursive: true });
  });
});
