// A host with automations in a process of its own, for tests that kill it.
import { operation } from '../../functions/operation.ts';
import { LocalHost } from '../../infra/local/host.ts';
import { defineConfig, event, http, workflow } from '../../shared/configuration.ts';

const on = event({ type: ['load'] });
const configuration = defineConfig({
  automations: {
    start: {
      on,
      start: workflow('deploy', {
        config: { name: '{% $event.id %}', version: 'v1' },
        artifacts: [{ name: 'absent', type: 'Code', source: { kind: 'Local', path: '/nowhere' } }],
      }),
    },
    invoke: { on, start: operation('deploy.list', {}) },
    post: { on, start: http(process.argv[3]!) },
  },
});
const host = await LocalHost.start({ directory: process.argv[2]!, configuration, port: 0 });
console.log(`ready ${host.url}`);
