import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { measureProxies } from './deploy/proxy.ts';
import { measureUpdates } from './deploy/strategies.ts';
import { measureWebhookToProcess } from './deploy/webhook.ts';
import { type Bench, median, type Row } from './part.ts';

const WEBHOOKS = 50;
const REPLICAS = 4;
const REQUESTS_PER_SECOND = 500;

/** What deploying costs: the proxy beside its peers, a push until its process starts, updates under load. */
const deploy: Bench = {
  parts: {
    proxy: measureProxies,
    webhook: async () => webhookRows(await measureWebhookToProcess(WEBHOOKS)),
    updates: async () => (await measureUpdates(REPLICAS, REQUESTS_PER_SECOND)).map((update) => rounded({ ...update })),
  },
  versions: () => ({
    'http-proxy-3': packageVersion('http-proxy-3'),
    autocannon: packageVersion('autocannon'),
    nginx: programVersion('nginx', '-v'),
    wrk: programVersion('wrk', '-v'),
  }),
};

export default deploy;

function webhookRows(times: number[]): Row[] {
  const sorted = times.toSorted((a, b) => a - b);
  return [rounded({ pushes: times.length, 'median ms': median(times), 'slowest ms': sorted.at(-1)! })];
}

function rounded(row: Row): Row {
  const shorter = (value: string | number) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value);
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, shorter(value)]));
}

function packageVersion(name: string): string {
  return createRequire(import.meta.url)(`${name}/package.json`).version;
}

function programVersion(program: string, option: string): string {
  const { stdout, stderr, error } = spawnSync(program, [option], { encoding: 'utf8' });
  if (error) return 'missing';
  return /\d+\.\d+(\.\d+)?/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown';
}
