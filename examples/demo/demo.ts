// Three signed pushes, three versions of a model: one is the first, one is better and promoted, one is bad and rolled back.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Duration, defineConfig, LocalHost, webhook, workflow } from '../../index.ts';
import { newId } from '../../shared/core/ids.ts';
import { schemes } from '../../shared/semantics/webhooks/index.ts';
import { type LoadReport, type RevisionState, summary, Timeline } from './timeline.ts';

const SENTIMENT = fileURLToPath(new URL('../sentiment/', import.meta.url));
const SECRET = 'demo-webhook';
const PER_SECOND = 40;

const golden = JSON.parse(readFileSync(join(SENTIMENT, 'golden.json'), 'utf8'));
const json = process.argv.includes('--json');
const timeline = new Timeline(json ? process.stderr : process.stdout);

const judged = {
  metrics: [
    { kind: 'ErrorRate' as const, name: 'errors', max: 0.01 },
    { kind: 'Latency' as const, name: 'speed', percentile: 95, max: Duration.milliseconds(100) },
    { kind: 'Probe' as const, name: 'correctness', requests: golden },
  ],
  minSamples: 10,
  interval: Duration.seconds(2),
};

const configuration = defineConfig({
  automations: {
    'deploy-on-push': {
      on: webhook.github({ secret: SECRET, event: 'push', match: { ref: ['refs/heads/main'] } }),
      start: workflow('deploy', {
        config: {
          name: 'sentiment',
          version: '{% $event.data.head_commit.message %}',
          scaling: { minReplicas: 2, maxReplicas: 2 },
          healthChecks: { path: '/v2/health/ready', interval: Duration.milliseconds(500) },
          deploymentStrategy: {
            kind: 'Canary',
            steps: [
              { kind: 'SetWeight', weight: 10 },
              { kind: 'Pause', duration: Duration.seconds(4) },
              { kind: 'Analysis', analysis: judged },
              { kind: 'SetWeight', weight: 50 },
              { kind: 'Pause', duration: Duration.seconds(4) },
              { kind: 'Analysis', analysis: judged },
            ],
            abortScaleDownDelay: Duration.seconds(2),
          },
        },
        artifacts: [
          {
            name: 'model.onnx',
            type: 'Model',
            source: { kind: 'Local', path: `{% '${SENTIMENT}model-' & $event.data.head_commit.message & '.onnx' %}` },
          },
        ],
      }),
    },
  },
});

/** Sends a push as GitHub does, and answers the execution that it started. */
async function push(host: LocalHost, version: string): Promise<string> {
  const body = Buffer.from(JSON.stringify({ ref: 'refs/heads/main', head_commit: { id: newId(), message: version } }));
  const secret = process.env.CLOUDLIB_SECRET_DEMO_WEBHOOK!;
  const headers = schemes.github.sign({ id: newId(), event: 'push', body, secret, now: new Date() });
  const answer = await fetch(`${host.url}/webhooks/deploy-on-push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const { execution, error } = (await answer.json()) as { execution?: string; error?: string };
  if (answer.status !== 202 || !execution) throw new Error(`the push was answered ${answer.status}: ${error}`);
  timeline.add('push', `${version}, signed; accepted as execution ${execution}`);
  return execution;
}

interface Status {
  deployment: { endpoint: string };
  revisions: RevisionState[];
  versions: { version: string; revision: string; promotedAt?: string; failure?: string }[];
}

/** Follows the host's events until the version is decided, and tells what happens on the way. */
async function decided(
  host: LocalHost,
  version: string,
  execution: string,
  events: ReturnType<LocalHost['events']>,
  stop: AbortController,
): Promise<Status['versions'][number]> {
  for await (const { event } of events) {
    const { input = {}, output = {}, status, error } = event.data as { [key: string]: Fields } & { status?: string };
    if (input.execution !== execution && event.subject !== execution) continue;
    const text = wording(event.type, input, output, await versionsByRevision(host));
    if (text) timeline.add(version, text);
    const ended = event.type === 'cloudlib.workflow.status' && status === 'FAILED';
    if (event.type !== 'cloudlib.deploy.promoteRevision.succeeded' && !ended) continue;
    stop.abort();
    const found = (await readStatus(host)).versions.find((candidate) => candidate.version === version);
    if (found) return found;
    throw new Error(`version ${version} was not deployed: ${JSON.stringify(error)}`);
  }
  throw new Error('the host stopped');
}

// biome-ignore lint/suspicious/noExplicitAny: the data of events of several types, each known by its type
type Fields = { [key: string]: any };

function wording(type: string, input: Fields, output: Fields, versions: Record<string, string>): string | undefined {
  switch (type) {
    case 'cloudlib.deploy.beginRollout.succeeded':
      return `artifact verified; ${output.steps.length} steps planned`;
    case 'cloudlib.deploy.scaleRevision.succeeded':
      return `${versions[input.revision]} gets ${input.replicas} ${input.replicas === 1 ? 'replica' : 'replicas'}`;
    case 'cloudlib.deploy.shiftTraffic.succeeded':
      return `traffic: ${Object.entries(input.weights)
        .map(([revision, weight]) => `${versions[revision]} ${weight} %`)
        .join(', ')}`;
    case 'cloudlib.deploy.analyze.succeeded':
      return `verdict: ${output.phase}\n${output.reason.split('; ').join('\n')}`;
    case 'cloudlib.deploy.beginAbort.succeeded':
      return 'rolling back';
    case 'cloudlib.deploy.promoteRevision.succeeded':
      return 'promoted';
    case 'cloudlib.deploy.failRollout.succeeded':
      return 'rolled back';
    default:
      return undefined;
  }
}

async function readStatus(host: LocalHost): Promise<Status> {
  return (await host.invoke('deploy.getStatus', { name: 'sentiment' })) as unknown as Status;
}

async function versionsByRevision(host: LocalHost): Promise<Record<string, string>> {
  const status = await readStatus(host).catch(() => undefined);
  return Object.fromEntries((status?.versions ?? []).map(({ revision, version }) => [revision, version]));
}

function report(load: Worker, message: 'report' | 'stop'): Promise<LoadReport> {
  return new Promise((resolve) => {
    load.once('message', resolve);
    load.postMessage(message);
  });
}

async function main(): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-demo-'));
  process.env.CLOUDLIB_SECRET_DEMO_WEBHOOK = randomBytes(24).toString('hex');
  const host = await LocalHost.start({ directory, configuration, port: 0, embedded: true });
  timeline.add('host', `listens on ${host.url}, state in ${directory}`);
  const promoted: string[] = [];
  const rolledBack: { version: string; reason: string }[] = [];
  let load: Worker | undefined;
  let live: NodeJS.Timeout | undefined;
  try {
    for (const version of ['v1', 'v2', 'v3']) {
      const stop = new AbortController();
      const events = host.events({ signal: stop.signal });
      const outcome = await decided(host, version, await push(host, version), events, stop);
      if (outcome.promotedAt) promoted.push(version);
      else rolledBack.push({ version, reason: outcome.failure ?? 'unknown' });
      if (load) continue;
      const { endpoint } = (await readStatus(host)).deployment;
      load = new Worker(new URL('./load.ts', import.meta.url), {
        workerData: {
          url: endpoint,
          path: golden[0].path,
          body: JSON.stringify(golden[0].body),
          perSecond: PER_SECOND,
        },
      });
      timeline.add('load', `${PER_SECOND} requests/s to ${endpoint}, all the while`);
      live = setInterval(() => void draw(host, load!), 250);
    }
    clearInterval(live);
    const result = await report(load!, 'stop');
    timeline.end();
    print(result, promoted, rolledBack);
    return result.failed === 0 && promoted.join() === 'v1,v2' && rolledBack.length === 1 ? 0 : 1;
  } finally {
    clearInterval(live);
    await host.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function draw(host: LocalHost, load: Worker): Promise<void> {
  const { revisions } = await readStatus(host);
  timeline.show(revisions, await report(load, 'report'));
}

function print(result: LoadReport, promoted: string[], rolledBack: { version: string; reason: string }[]): void {
  if (!json) {
    console.log(`\n${summary(result, promoted, rolledBack)}`);
    return;
  }
  console.log(
    JSON.stringify({ ...result, promoted, rolledBack: rolledBack.map(({ version }) => version), reasons: rolledBack }),
  );
}

process.exitCode = await main();
