import { describe, expect, test } from '@jest/globals';
import checkHealth from '../../../functions/deploy/checkHealth.ts';
import type { RevisionHealth } from '../../../shared/drivers/deploy/port.ts';
import { NOW, run, ScriptedRecord } from './scripted.ts';

const secondsAgo = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString();

function check(health: Partial<RevisionHealth>, { replicas = 2, waited = 5, ...more } = {}) {
  const input = { deployment: 'app', execution: 'e1', revision: 'new', replicas, since: secondsAgo(waited), ...more };
  return run(checkHealth, input, { health: async () => ({ desired: 2, running: 0, ready: 0, ...health }) });
}

describe('deploy.checkHealth', () => {
  test('is ready with as many ready replicas as wanted, or more', async () => {
    expect(await check({ running: 2, ready: 1 })).toMatchObject({ ready: false, readyReplicas: 1 });
    expect(await check({ running: 2, ready: 2 })).toMatchObject({ ready: true });
    expect(await check({ running: 3, ready: 3 })).toMatchObject({ ready: true });
  });

  test('waiting for none waits until the last process has ended, ready or not', async () => {
    expect(await check({ running: 1, ready: 0 }, { replicas: 0 })).toMatchObject({ ready: false });
    expect(await check({ running: 0, ready: 0 }, { replicas: 0 })).toMatchObject({ ready: true });
  });

  test('a crash loop ends the waiting with its reason', async () => {
    await expect(check({ running: 1, failed: 'crashed 5 times: no such file' })).rejects.toMatchObject({
      code: 'DeploymentError.CrashLoop',
      message: 'revision "new" does not become healthy: crashed 5 times: no such file',
      details: { reason: 'crashed 5 times: no such file' },
    });
  });

  test('a crash loop of a replica that is not waited for does not', async () => {
    expect(await check({ running: 3, ready: 2, failed: 'crashed 5 times' })).toMatchObject({ ready: true });
  });

  test('ten minutes are waited for, and not a second longer', async () => {
    expect(await check({ running: 2, ready: 1 }, { waited: 600 })).toMatchObject({ ready: false });
    await expect(check({ running: 2, ready: 1 }, { waited: 601 })).rejects.toMatchObject({
      code: 'DeploymentError.Timeout',
      message: expect.stringContaining('1 of 2 replicas ready after PT10M'),
      details: { operation: 'AwaitHealthy', duration: 'PT10M' },
    });
  });

  test('ready late is ready', async () => {
    expect(await check({ running: 2, ready: 2 }, { waited: 900 })).toMatchObject({ ready: true });
  });

  test('an abort that somebody asked for is heeded, except on the way back', async () => {
    const rollout = { execution: 'e1', revision: 'new', startedAt: secondsAgo(9), abort: 'enough' };
    const input = { deployment: 'app', execution: 'e1', revision: 'old', replicas: 1, since: secondsAgo(1) };
    const port = { health: async () => ({ desired: 1, running: 1, ready: 1 }) };
    const record = new ScriptedRecord({ name: 'app', rollout });
    await expect(run(checkHealth, input, port, record)).rejects.toMatchObject({ code: 'DeploymentError.Aborted' });
    expect(await run(checkHealth, { ...input, aborting: true }, port, record)).toMatchObject({ ready: true });
  });
});
