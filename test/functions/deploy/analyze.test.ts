import { describe, expect, test } from '@jest/globals';
import analyze from '../../../functions/deploy/analyze.ts';
import type { ProbeAnswer, RevisionTraffic } from '../../../shared/drivers/deploy/port.ts';
import { NOW, run, ScriptedRecord, traffic } from './scripted.ts';
import type { Fields } from './trialHost.ts';

const SINCE = '2026-01-01T00:09:00.000Z';
const errorRate = { kind: 'ErrorRate', name: 'errors', max: 0.05 };

function measured(canary: RevisionTraffic, stable: RevisionTraffic, input: Fields = {}, answers: ProbeAnswer[] = []) {
  const asked: unknown[] = [];
  const { analysis, ...rest } = input;
  const answer = run(
    analyze,
    {
      deployment: 'app',
      execution: 'e1',
      analysis: { metrics: [errorRate], ...analysis },
      canary: 'new',
      stable: 'old',
      since: SINCE,
      measurements: [],
      ...rest,
    },
    {
      metrics: async (deployment, revision, since, until) => {
        asked.push([deployment, revision, since.toISOString(), until]);
        return revision === 'new' ? canary : stable;
      },
      probe: async () => answers,
    },
  );
  return answer.then((output) => ({ output: output as Fields, asked }));
}

describe('deploy.analyze', () => {
  test('measures both sides from the shift of traffic until now', async () => {
    const { asked } = await measured(traffic(100), traffic(100));
    expect(asked).toEqual([
      ['app', 'new', SINCE, NOW],
      ['app', 'old', SINCE, NOW],
    ]);
  });

  test('without a stable side it measures the canary alone', async () => {
    const { asked, output } = await measured(traffic(100), traffic(0), { stable: undefined });
    expect(asked).toHaveLength(1);
    expect(output.phase).toBe('Successful');
  });

  test.each([
    ['enough requests and few errors', traffic(100, 5), 'Successful', 'errors: error rate of 5 % (100 requests)'],
    ['too many errors', traffic(100, 6), 'Failed', 'errors: error rate of 6 % is above 5 % (100 requests)'],
    [
      'too few requests',
      traffic(19),
      'Inconclusive',
      'errors: the canary side had 19 requests, and 20 are needed to judge its error rate',
    ],
  ])('%s', async (_case, canary, phase, reason) => {
    expect((await measured(canary, traffic(100))).output).toMatchObject({ phase, reason });
  });

  test('the rounds before count, and each round is handed on', async () => {
    const before = [[{ outcome: 'Successful', value: 0, reason: 'fine' }]];
    const { output } = await measured(traffic(100), traffic(100), {
      analysis: { count: 3, interval: 'PT0.5S' },
      measurements: before,
    });
    expect(output).toMatchObject({ phase: 'Running', intervalSeconds: 1 });
    expect(output.measurements).toEqual([before[0], [expect.objectContaining({ outcome: 'Successful' })]]);
  });

  test('a probe that gets no answer is an Error that is tried again, and a wrong answer fails at once', async () => {
    const requests = [{ method: 'GET', path: '/', expectBody: { label: 1 } }];
    const analysis = { metrics: [{ kind: 'Probe', name: 'golden', requests }] };
    const silent = await measured(traffic(0), traffic(0), { analysis }, [{ error: 'connection refused' }]);
    expect(silent.output).toMatchObject({ phase: 'Running', measurements: [[{ outcome: 'Error' }]] });
    const wrong = await measured(traffic(0), traffic(0), { analysis }, [
      { status: 200, body: { label: 0 }, milliseconds: 1 },
    ]);
    expect(wrong.output.phase).toBe('Failed');
  });

  test('an abort that somebody asked for ends the analysis', async () => {
    const rollout = { execution: 'e1', revision: 'new', startedAt: SINCE, abort: 'enough' };
    const input = { deployment: 'app', execution: 'e1', analysis: { metrics: [errorRate] }, canary: 'new' };
    await expect(
      run(analyze, { ...input, since: SINCE, measurements: [] }, {}, new ScriptedRecord({ name: 'app', rollout })),
    ).rejects.toMatchObject({ code: 'DeploymentError.Aborted', message: 'enough' });
  });
});
