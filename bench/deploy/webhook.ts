import { mkdirSync, mkdtempSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LocalHost } from '../../infra/local/host.ts';
import { defineConfig, webhook, workflow } from '../../shared/configuration.ts';
import { newId } from '../../shared/core/ids.ts';
import { schemes } from '../../shared/semantics/webhooks/index.ts';

const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url));
const SECRET = 'not a secret';

/** Milliseconds from the 202 that accepted a push to the start of the first replica's process, one for each of `count` pushes. */
export async function measureWebhookToProcess(count: number): Promise<number[]> {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-bench-'));
  process.env.CLOUDLIB_SECRET_BENCH = SECRET;
  const configuration = defineConfig({
    automations: {
      push: {
        on: webhook.github({ secret: 'bench' }),
        start: workflow('deploy', {
          config: { name: '{% $event.data.name %}', version: '1' },
          artifacts: [{ name: 'server.mjs', type: 'Code', source: { kind: 'Local', path: SERVER } }],
        }),
      },
    },
  });
  const host = await LocalHost.start({ directory, configuration, port: 0 });
  const times: number[] = [];
  try {
    for (let index = 0; index < count; index++) times.push(await measureOne(host, directory, `app-${index}`));
    return times;
  } finally {
    await host.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureOne(host: LocalHost, directory: string, name: string): Promise<number> {
  const fences = join(directory, 'deploy', 'replicas', name);
  mkdirSync(fences, { recursive: true });
  const started = new Promise<number>((resolve) => {
    const watcher = watch(fences, () => {
      watcher.close();
      resolve(performance.now());
    });
  });
  const body = Buffer.from(JSON.stringify({ name }));
  const headers = schemes.github.sign({ id: newId(), event: 'push', body, secret: SECRET, now: new Date() });
  const answer = await fetch(`${host.url}/webhooks/push`, { method: 'POST', headers, body });
  const acceptedAt = performance.now();
  const { execution } = (await answer.json()) as { execution: string };
  const startedAt = await started;
  await host.waitForExecution(execution);
  await host.invoke('deploy.destroy', { name });
  return Math.max(0, startedAt - acceptedAt);
}
