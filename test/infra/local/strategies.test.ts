import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Execution } from '../../../shared/host.ts';
import { Load } from '../../functions/deploy/load.ts';
import { deployment, type Fields, type Status, TrialHost, until } from '../../functions/deploy/trialHost.ts';

let trial: TrialHost;

beforeAll(async () => {
  trial = await TrialHost.start();
});

afterAll(() => trial.close());

const analysis = {
  metrics: [{ kind: 'ErrorRate', name: 'errors', max: 0.05 }],
  minSamples: 10,
  interval: 'PT1S',
};

/** A canary with two fifths of the traffic for two seconds, then judged. */
function canary(judged: Fields): Fields {
  return {
    kind: 'Canary',
    steps: [
      { kind: 'SetWeight', weight: 40 },
      { kind: 'Pause', duration: 'PT2S' },
      { kind: 'Analysis', analysis: judged },
    ],
    abortScaleDownDelay: 'PT0S',
    rollbackWindow: 'PT0S',
  };
}

const golden = (expectBody: Fields): Fields => ({
  metrics: [{ kind: 'Probe', name: 'golden', requests: [{ method: 'GET', path: '/', expectBody }] }],
  interval: 'PT1S',
});

interface Watched {
  execution: Execution;
  load: Load;
  samples: Status[];
}

/** Deploys v1 and then v2 under a constant load, and looks at the state all the while. */
async function underLoad(name: string, deploymentStrategy: Fields, v2: Fields = {}): Promise<Watched> {
  const config = { deploymentStrategy, scaling: { minReplicas: 2 } };
  await trial.deploy(name, 'v1', config);
  const load = new Load((await trial.status(name)).deployment.endpoint);
  try {
    const execution = await trial.begin('deploy.deploy', deployment(name, 'v2', { ...config, ...v2 }));
    const samples: Status[] = [];
    const ended = await until(`${name} v2 is decided`, async () => {
      samples.push(await trial.status(name));
      const found = await trial.host.execution(execution);
      if (found?.status !== 'RUNNING') return found;
      const { status } = samples.at(-1)!.deployment;
      if (status.kind === 'Paused') throw new Error(`${name} is paused: ${status.reason}`);
    });
    return { execution: ended, load, samples };
  } finally {
    await load.stop();
  }
}

const total = ({ revisions }: Status, count: 'desired' | 'ready'): number =>
  revisions.reduce((sum, revision) => sum + revision[count], 0);

const range = (numbers: number[]): [least: number, most: number] => [Math.min(...numbers), Math.max(...numbers)];

describe('under a constant load', () => {
  test.concurrent('a rolling update loses no request, and its capacity stays between its bounds', async () => {
    const { execution, load, samples } = await underLoad('rolling', {
      kind: 'RollingUpdate',
      maxSurge: 1,
      maxUnavailable: 1,
    });
    expect(execution.status).toBe('SUCCEEDED');
    expect(load.failed).toEqual([]);
    expect(load.countOf('v1')).toBeGreaterThan(0);
    expect(load.countOf('v2')).toBeGreaterThan(0);
    expect(range(samples.map((sample) => total(sample, 'desired')))[1]).toBe(3);
    expect(range(samples.map((sample) => total(sample, 'ready')))[0]).toBeGreaterThanOrEqual(1);
  });

  test.concurrent('a rolling update with no replica to spare never has fewer than wanted', async () => {
    const { load, samples } = await underLoad('spare', { kind: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 });
    expect(load.failed).toEqual([]);
    expect(range(samples.map((sample) => total(sample, 'ready')))[0]).toBeGreaterThanOrEqual(2);
    expect(range(samples.map((sample) => total(sample, 'desired')))).toEqual([2, 3]);
  });

  test.concurrent('blue-green switches all of the traffic at once and loses no request', async () => {
    const { execution, load, samples } = await underLoad('bluegreen', {
      kind: 'BlueGreen',
      switchDelay: 'PT1S',
      rollbackWindow: 'PT0S',
    });
    expect(execution.status).toBe('SUCCEEDED');
    expect(load.failed).toEqual([]);
    const weights = new Set(samples.flatMap(({ revisions }) => revisions.map(({ weight }) => weight)));
    expect([...weights].sort()).toEqual([0, 100]);
    const versions = load.answers.map(({ version }) => version);
    expect(versions.lastIndexOf('v1') - versions.indexOf('v2')).toBeLessThan(10);
  });

  test.concurrent('a good canary gets its share, is promoted on its numbers, and loses no request', async () => {
    const { execution, load, samples } = await underLoad('canary', canary(analysis));
    expect(execution.status).toBe('SUCCEEDED');
    expect(load.failed).toEqual([]);
    const shares = samples.flatMap(({ revisions }) =>
      revisions.filter(({ version }) => version === 'v2').map(({ weight }) => weight),
    );
    expect(shares).toContain(40);
    expect(shares.at(-1)).toBe(100);
    expect(range(samples.map((sample) => total(sample, 'ready')))[0]).toBeGreaterThanOrEqual(2);
  });

  test.concurrent('a canary that fails too often is rolled back with the reason, and the stable side loses no request', async () => {
    const { execution, load } = await underLoad('failing', canary(analysis), { envVars: { FAIL: '1' } });
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: 'DeploymentError.AnalysisFailed',
      cause: expect.stringMatching(/^errors: error rate of 100 % is above 5 % \(\d+ requests\)$/),
    });
    expect(load.failed.length).toBeGreaterThan(0);
    expect(load.failed.every(({ version }) => version === 'v2')).toBe(true);
    const { deployment: after, revisions, versions } = await trial.status('failing');
    expect(after).toMatchObject({ version: 'v1', status: { kind: 'Running' } });
    expect(revisions).toEqual([expect.objectContaining({ version: 'v1', weight: 100, ready: 2 })]);
    expect(versions.at(-1)).toMatchObject({ version: 'v2', failure: execution.cause });
  });

  test.concurrent('a canary that answers fast and wrong is found by golden requests', async () => {
    const { execution, load } = await underLoad('wrong', canary(golden({ version: 'v2' })), {
      envVars: { VERSION: 'wrong' },
    });
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: 'DeploymentError.AnalysisFailed',
      cause: expect.stringContaining('$.version: expected "v2" and got "wrong"'),
    });
    expect(load.failed).toEqual([]);
    expect((await trial.ask('wrong')).version).toBe('v1');
  });

  test.concurrent('Recreate stops the old version before the new one starts', async () => {
    const { execution, load, samples } = await underLoad('recreated', { kind: 'Recreate' });
    expect(execution.status).toBe('SUCCEEDED');
    expect(load.failed.length).toBeGreaterThan(0);
    const versionsAtOnce = samples.map(
      ({ revisions }) => revisions.filter(({ running }) => running > 0).map(({ version }) => version).length,
    );
    expect(Math.max(...versionsAtOnce)).toBe(1);
    expect((await trial.ask('recreated')).version).toBe('v2');
  });
});

describe('without any load', () => {
  test.concurrent('a canary with too few requests to be judged is paused with the reason; promoting it goes on', async () => {
    const config = { deploymentStrategy: canary(analysis) };
    await trial.deploy('quiet', 'v1', config);
    const execution = await trial.begin('deploy.deploy', deployment('quiet', 'v2', config));
    expect(await trial.paused('quiet')).toBe(
      'errors: the canary side had 0 requests, and 10 are needed to judge its error rate',
    );
    expect((await trial.status('quiet')).deployment.version).toBe('v1');
    await trial.host.invoke('deploy.promote', { name: 'quiet' });
    expect((await trial.host.waitForExecution(execution)).status).toBe('SUCCEEDED');
    expect((await trial.ask('quiet')).version).toBe('v2');
  });
});
