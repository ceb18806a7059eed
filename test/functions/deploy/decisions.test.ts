import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deployment, type Fields, TrialHost, until } from './trialHost.ts';

let trial: TrialHost;

beforeAll(async () => {
  trial = await TrialHost.start();
});

afterAll(() => trial.close());

const HOUR = 'PT1H';

/** A canary that pauses for an hour with a tenth of the traffic. */
const patient: Fields = {
  deploymentStrategy: {
    kind: 'Canary',
    steps: [
      { kind: 'SetWeight', weight: 10 },
      { kind: 'Pause', duration: HOUR },
    ],
    abortScaleDownDelay: 'PT0S',
    rollbackWindow: 'PT0S',
  },
};

/** v1 is live, and the rollout of v2 has come to its pause. */
async function pausing(name: string): Promise<string> {
  await trial.deploy(name, 'v1', patient);
  const execution = await trial.begin('deploy.deploy', deployment(name, 'v2', patient));
  await until('the rollout pauses', async () => {
    const { currentStates } = (await trial.host.execution(execution))!;
    const { revisions } = await trial.status(name);
    return currentStates.includes('Pause') && revisions.some(({ weight }) => weight === 10);
  });
  // The pause can be answered once its token is noted, which nothing but an answer shows.
  return execution;
}

async function answered(operation: string, input: Fields): Promise<void> {
  await until(`${operation} is taken`, () =>
    trial.host.invoke(operation, input as never).then(
      () => true,
      (error) => {
        if (error.code !== 'Conflict') throw error;
        return false;
      },
    ),
  );
}

describe('a rollout that pauses', () => {
  test.concurrent('goes on at once when it is promoted before its time', async () => {
    const execution = await pausing('early');
    await answered('deploy.promote', { name: 'early' });
    expect((await trial.host.waitForExecution(execution)).status).toBe('SUCCEEDED');
    expect((await trial.ask('early')).version).toBe('v2');
  });

  test.concurrent('goes back with the given reason when it is aborted', async () => {
    const execution = await pausing('aborted');
    await answered('deploy.abort', { name: 'aborted', reason: 'the answers look odd' });
    expect(await trial.host.waitForExecution(execution)).toMatchObject({
      status: 'FAILED',
      error: 'DeploymentError.Aborted',
      cause: 'the answers look odd',
    });
    const { deployment: after, revisions, versions } = await trial.status('aborted');
    expect(after).toMatchObject({ version: 'v1', status: { kind: 'Running' } });
    expect(revisions).toEqual([expect.objectContaining({ version: 'v1', weight: 100 })]);
    expect(versions.at(-1)).toMatchObject({ version: 'v2', failure: 'the answers look odd' });
  });

  test.concurrent('refuses a second rollout, a rollback, an update, scaling and destroying, each naming its execution', async () => {
    const execution = await pausing('busy');
    const attempts: [string, Fields][] = [
      ['deploy.deploy', deployment('busy', 'v3')],
      ['deploy.update', { config: { name: 'busy', version: 'v3' } }],
      ['deploy.rollback', { name: 'busy' }],
      ['deploy.scale', { name: 'busy', replicas: 2 }],
      ['deploy.destroy', { name: 'busy' }],
    ];
    for (const [operation, input] of attempts) {
      await expect(trial.host.invoke(operation, input as never)).rejects.toMatchObject({
        code: 'DeploymentError.Conflict',
        message: expect.stringContaining(execution),
        details: { deployment: 'busy', execution },
      });
    }
  });
});

describe('promote and abort', () => {
  test.concurrent('have nothing to decide while no rollout is under way', async () => {
    await trial.deploy('idle', 'v1');
    for (const operation of ['deploy.promote', 'deploy.abort']) {
      await expect(trial.host.invoke(operation, { name: 'idle' })).rejects.toMatchObject({
        code: 'Conflict',
        message: expect.stringContaining('no rollout is under way'),
      });
    }
  });

  test.concurrent('an abort while replicas are awaited is heeded at the next look', async () => {
    await trial.deploy('starting', 'v1');
    const never = { envVars: { HANG_HEALTH: '1' } };
    const execution = await trial.begin('deploy.deploy', deployment('starting', 'v2', never));
    await until('v2 is awaited', async () =>
      (await trial.host.execution(execution))!.currentStates.includes('WaitForHealth'),
    );
    await trial.host.invoke('deploy.abort', { name: 'starting' });
    expect(await trial.host.waitForExecution(execution)).toMatchObject({
      error: 'DeploymentError.Aborted',
      cause: 'aborted by hand',
    });
    expect((await trial.ask('starting')).version).toBe('v1');
  });

  test.concurrent('a pause that is over is not promoted again', async () => {
    const short = {
      deploymentStrategy: {
        ...patient.deploymentStrategy,
        steps: [
          { kind: 'SetWeight', weight: 10 },
          { kind: 'Pause', duration: 'PT1S' },
          { kind: 'SetWeight', weight: 100 },
        ],
      },
      scaling: { minReplicas: 2 },
    };
    await trial.deploy('late', 'v1', short);
    const execution = await trial.begin('deploy.deploy', deployment('late', 'v2', short));
    await until('the second weight waits for its replica', async () => {
      const { revisions } = await trial.status('late');
      return revisions.some(({ version, desired }) => version === 'v2' && desired === 2);
    });
    await expect(trial.host.invoke('deploy.promote', { name: 'late' })).rejects.toMatchObject({
      code: 'Conflict',
      message: expect.stringContaining('its rollout does not pause now'),
    });
    expect((await trial.host.waitForExecution(execution)).status).toBe('SUCCEEDED');
  });
});
