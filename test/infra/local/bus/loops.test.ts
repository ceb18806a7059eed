import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { MOST_HOPS } from '../../../../infra/local/bus/cause.ts';
import { LocalHost } from '../../../../infra/local/host.ts';
import { defineConfig, event, workflow } from '../../../../shared/configuration.ts';
import { eventually } from '../../../eventually.ts';

const configuration = defineConfig({
  automations: {
    // The deployment fails, its failure is an event, and that starts it again.
    again: {
      on: event({ type: ['begin', 'cloudlib.workflow.status'], data: { status: ['FAILED'] } }),
      start: workflow('deploy', {
        config: { name: 'app', version: 'v1' },
        artifacts: [{ name: 'absent', type: 'Code', source: { kind: 'Local', path: '/nowhere' } }],
      }),
    },
  },
});

test('a rule whose workflow ends in an event that it matches is stopped after 16 hops', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-loops-'));
  const host = await LocalHost.start({ directory, configuration });
  const begin = { id: '1', source: '/test', type: 'begin', data: { status: 'FAILED' } };
  await host.bus.publish([{ specversion: '1.0', time: new Date().toISOString(), ...begin }]);
  const [letter] = await eventually(async () => {
    const letters = await host.bus.deadLetters();
    expect(letters).toHaveLength(1);
    return letters;
  });
  expect(letter!.reason).toMatch(/chain of 17 deliveries/);
  expect(await host.executions({ limit: 100 })).toHaveLength(MOST_HOPS + 1);
  await host.close();
  rmSync(directory, { recursive: true });
});
