import { describe, expect, test } from '@jest/globals';
import abort from '../../../functions/deploy/abort.ts';
import awaitDecision from '../../../functions/deploy/awaitDecision.ts';
import { run, ScriptedRecord } from './scripted.ts';

const rollout = { execution: 'e1', revision: 'new', startedAt: '2026-01-01T00:00:00Z' };

describe('an abort and a pause that come at the same moment', () => {
  test('the abort first: the pause does not begin', async () => {
    const record = new ScriptedRecord({ name: 'app', rollout }, (before) => ({
      ...before,
      rollout: { ...rollout, abort: 'enough' },
    }));
    const pause = { deployment: 'app', execution: 'e1', token: 'token-1' };
    await expect(run(awaitDecision, pause, {}, record)).rejects.toMatchObject({
      code: 'DeploymentError.Aborted',
      message: 'enough',
    });
  });

  test('the pause first: the abort answers its token', async () => {
    const record = new ScriptedRecord({ name: 'app', rollout }, (before) => ({
      ...before,
      rollout: { ...rollout, token: 'token-1' },
    }));
    await run(abort, { name: 'app', reason: 'enough' }, {}, record);
    expect(record.signals).toEqual(['token-1']);
    expect(record.value.rollout).toMatchObject({ token: 'token-1', abort: 'enough' });
  });
});
