import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deployment, PROGRAM, replicasOf, TrialHost, until } from './trialHost.ts';

let trial: TrialHost;

beforeAll(async () => {
  trial = await TrialHost.start();
});

afterAll(() => trial.close());

const warm = {
  deploymentStrategy: { kind: 'BlueGreen', switchDelay: 'PT0S', rollbackWindow: 'PT4S' },
};

describe('a rollback', () => {
  test.concurrent('of blue-green within its window goes back to the processes that were kept warm', async () => {
    await trial.deploy('warm', 'v1', warm);
    const before = await trial.ask('warm');
    const first = await trial.begin('deploy.deploy', deployment('warm', 'v2', warm));
    await until('v2 is promoted', async () => (await trial.status('warm')).deployment.version === 'v2');
    expect((await trial.ask('warm')).version).toBe('v2');
    expect((await trial.roll('deploy.rollback', { name: 'warm' })).status).toBe('SUCCEEDED');
    expect(await trial.ask('warm')).toEqual(before);
    // The first rollout still means to retire v1 at the end of its window, and must not.
    expect((await trial.host.waitForExecution(first)).status).toBe('SUCCEEDED');
    expect(await trial.ask('warm')).toEqual(before);
  });

  test.concurrent('goes to the version before, or to the one that is named; an unknown one is an error that lists the known', async () => {
    for (const version of ['v1', 'v2', 'v3']) await trial.deploy('back', version);
    await trial.roll('deploy.rollback', { name: 'back' });
    expect((await trial.ask('back')).version).toBe('v2');
    await trial.roll('deploy.rollback', { name: 'back', version: 'v1' });
    expect((await trial.ask('back')).version).toBe('v1');
    await expect(trial.host.invoke('deploy.rollback', { name: 'back', version: 'v9' })).rejects.toMatchObject({
      code: 'DeploymentError.VersionNotFound',
      message: expect.stringContaining('version "v9"'),
      details: { version: 'v9', known: expect.arrayContaining(['v1', 'v2', 'v3']) },
    });
  });
});

describe('a version that cannot start', () => {
  const crashing = { envVars: { CRASH_AFTER: '50' } };

  test.concurrent('is rolled back with its last log lines in the reason', async () => {
    await trial.deploy('crash', 'v1');
    const { error, cause } = await trial.roll('deploy.deploy', deployment('crash', 'v2', crashing));
    expect(error).toBe('DeploymentError.CrashLoop');
    expect(cause).toMatch(
      /crashed 5 times in a row: it ended with exit code 3; its last lines: .*giving up on purpose/,
    );
    expect((await trial.status('crash')).deployment).toMatchObject({ version: 'v1', status: { kind: 'Running' } });
    expect((await trial.ask('crash')).version).toBe('v1');
  });

  test.concurrent('and is the first one leaves the deployment Failed with the reason', async () => {
    await trial.roll('deploy.deploy', deployment('stillborn', 'v1', crashing));
    expect((await trial.status('stillborn')).deployment.status).toEqual({
      kind: 'Failed',
      reason: expect.stringContaining('giving up on purpose'),
    });
  });

  test.concurrent('because its model is not ONNX says so', async () => {
    const path = join(trial.directory, 'model.onnx');
    writeFileSync(path, 'this is no model');
    const model = { name: 'model.onnx', type: 'Model', source: { kind: 'Local', path } };
    const { error, cause } = await trial.roll('deploy.deploy', deployment('nomodel', 'v1', {}, model));
    expect(error).toBe('DeploymentError.CrashLoop');
    expect(cause).toMatch(/its last lines: .*model/);
  });
});

describe('an artifact', () => {
  test.concurrent('with another checksum than the expected starts nothing, and the error names both', async () => {
    const actual = createHash('sha256').update(readFileSync(PROGRAM)).digest('hex');
    const expected = '0'.repeat(64);
    const input = deployment('tampered', 'v1', {}, { checksum: `sha256:${expected}` });
    const { status, error, cause } = await trial.roll('deploy.deploy', input);
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'DeploymentError.ChecksumMismatch' });
    expect(cause).toContain(actual);
    expect(cause).toContain(expected);
    await expect(trial.status('tampered')).rejects.toMatchObject({ code: 'DeploymentError.DeploymentNotFound' });
  });

  test.concurrent('that does not exist is an error with its path', async () => {
    const input = deployment('absent', 'v1', {}, { source: { kind: 'Local', path: '/nowhere/server.mjs' } });
    expect(await trial.roll('deploy.deploy', input)).toMatchObject({
      error: 'DeploymentError.ArtifactNotFound',
      cause: expect.stringContaining('/nowhere/server.mjs'),
    });
  });
});

describe('two rollouts of one deployment at once', () => {
  test.concurrent('the second is a Conflict that names the first', async () => {
    const [first, second] = await Promise.all(
      ['v1', 'v2'].map((version) =>
        trial.begin('deploy.deploy', deployment('contested', version)).then(
          (execution) => trial.host.waitForExecution(execution),
          (error) => ({ id: 'refused', status: 'FAILED', error: error.code, cause: error.message }),
        ),
      ),
    );
    const [winner, loser] = first!.status === 'SUCCEEDED' ? [first!, second!] : [second!, first!];
    expect(winner.status).toBe('SUCCEEDED');
    expect(loser).toMatchObject({
      error: 'DeploymentError.Conflict',
      cause: expect.stringContaining(`execution ${winner.id}`),
    });
  });
});

describe('a deployment that is live', () => {
  test.concurrent('gets another configuration with the artifacts that it has', async () => {
    await trial.deploy('updated', 'v1');
    const { config } = deployment('updated', 'v1.1', { envVars: { VERSION: 'configured' } });
    expect((await trial.roll('deploy.update', { config })).status).toBe('SUCCEEDED');
    expect((await trial.ask('updated')).version).toBe('configured');
    expect((await trial.status('updated')).deployment.version).toBe('v1.1');
  });

  test.concurrent('is scaled up and down', async () => {
    await trial.deploy('scaled', 'v1');
    for (const replicas of [3, 1]) {
      await trial.host.invoke('deploy.scale', { name: 'scaled', replicas });
      await until(`it has ${replicas}`, async () => {
        const [revision] = (await trial.status('scaled')).revisions;
        return revision!.ready === replicas && revision!.running === replicas;
      });
    }
  });

  test.concurrent('leaves no process and no endpoint when it is destroyed', async () => {
    await trial.deploy('gone', 'v1', { scaling: { minReplicas: 2 } });
    const { endpoint } = (await trial.status('gone')).deployment;
    const { pid } = await trial.ask('gone');
    expect(replicasOf(trial.directory)).toContain(pid);
    await trial.host.invoke('deploy.destroy', { name: 'gone' });
    expect(replicasOf(trial.directory)).not.toContain(pid);
    await expect(fetch(endpoint)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    expect(await trial.status('gone')).toMatchObject({
      deployment: { status: { kind: 'Stopped' }, replicas: 0 },
      revisions: [],
    });
  });

  test.concurrent('that was destroyed can be deployed again', async () => {
    await trial.deploy('again', 'v1');
    await trial.host.invoke('deploy.destroy', { name: 'again' });
    await trial.deploy('again', 'v1');
    expect((await trial.ask('again')).version).toBe('v1');
  });
});
