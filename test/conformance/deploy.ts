import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import { author } from '../../shared/core/validation.ts';
import type { DeployPort, LiveRevision, RevisionHealth } from '../../shared/drivers/deploy/port.ts';
import { type Artifact, DeploymentConfig, GoldenRequest } from '../../shared/types/deploy.ts';
import { eventually } from '../eventually.ts';

/** A driver to be tested, and how to end it. */
export interface DriverUnderTest {
  driver: DeployPort;
  close(): Promise<void>;
}

/** One rule that the deploy driver of every provider holds. */
export interface DeployRule {
  rule: string;
  check(application: Application): Promise<void>;
}

const PROGRAM: Artifact = {
  name: 'server.mjs',
  type: 'Code',
  source: { kind: 'Local', path: fileURLToPath(new URL('../programs/server.mjs', import.meta.url)) },
  metadata: {},
};
const UNKNOWN = { code: 'DeploymentError.DeploymentNotFound' };

/** A deployment of a test, with a name of its own. */
export class Application {
  readonly driver: DeployPort;
  readonly name = `app-${randomUUID().slice(0, 8)}`;

  constructor(driver: DeployPort) {
    this.driver = driver;
  }

  /** Creates a revision of test/programs/server.mjs; `environment` says how it behaves. */
  async create(revision: string, environment: Record<string, string> = {}, healthyThreshold = 1): Promise<void> {
    const config = author(
      DeploymentConfig,
      {
        name: this.name,
        version: `${revision}.0`,
        envVars: { VERSION: revision, ...environment },
        healthChecks: { path: '/health', interval: 'PT0.1S', healthyThreshold },
      },
      'config',
    );
    const artifacts = await this.driver.fetchArtifacts([PROGRAM]);
    await this.driver.createRevision({ deployment: this.name, revision, config, artifacts });
  }

  /** Creates a revision, and waits until it has so many ready replicas. */
  async run(revision: string, replicas: number, environment: Record<string, string> = {}): Promise<void> {
    await this.create(revision, environment);
    await this.scale(revision, replicas);
  }

  /** Scales a revision, and waits until as many replicas are ready and no more run. */
  async scale(revision: string, replicas: number): Promise<void> {
    await this.driver.scale(this.name, revision, replicas);
    await eventually(async () =>
      expect(await this.health(revision)).toEqual({ desired: replicas, running: replicas, ready: replicas }),
    );
  }

  health(revision: string): Promise<RevisionHealth> {
    return this.driver.health(this.name, revision);
  }

  async revisions(): Promise<LiveRevision[]> {
    return (await this.driver.list(this.name)).flatMap(({ revisions }) => revisions);
  }

  async weights(): Promise<Record<string, number>> {
    return Object.fromEntries((await this.revisions()).map(({ revision, weight }) => [revision, weight]));
  }

  async messages(request: Parameters<DeployPort['logs']>[1] = {}): Promise<string[]> {
    return (await this.driver.logs(this.name, request)).map(({ message }) => message);
  }
}

interface Answer {
  status: number;
  version: string;
}

async function ask(endpoint: string): Promise<Answer> {
  const answer = await fetch(endpoint, { signal: AbortSignal.timeout(10_000) });
  const { version } = (await answer.json()) as { version: string };
  return { status: answer.status, version };
}

interface Load {
  /** Resolves when so many more answers have come. */
  more(count: number): Promise<void>;
  /** Everything that came back, failed connections included. */
  stop(): Promise<(Answer | Error)[]>;
}

/** Keeps asking from several clients until it is stopped. */
function load(endpoint: string, clients: number): Load {
  const answers: (Answer | Error)[] = [];
  let on = true;
  const client = async (): Promise<void> => {
    while (on) answers.push(await ask(endpoint).catch((error) => error));
  };
  const running = Array.from({ length: clients }, client);
  const more = (count: number): Promise<void> => {
    const enough = answers.length + count;
    return eventually(() => expect(answers.length).toBeGreaterThanOrEqual(enough));
  };
  const stop = async (): Promise<(Answer | Error)[]> => {
    on = false;
    await Promise.all(running);
    return answers;
  };
  return { more, stop };
}

const golden = (path: string): GoldenRequest => author(GoldenRequest, { method: 'GET', path }, 'golden request');

/** What every provider's deploy driver must hold; a runner gives each rule an application of its own and removes it afterwards. */
export const deployRules: DeployRule[] = [
  {
    rule: 'a new revision has no replicas and no traffic',
    async check(app) {
      const before = Date.now();
      await app.create('v1');
      expect(await app.revisions()).toEqual([
        { revision: 'v1', version: 'v1.0', desired: 0, running: 0, ready: 0, weight: 0, createdAt: expect.any(Date) },
      ]);
      const [{ createdAt }] = (await app.revisions()) as [LiveRevision];
      expect(Math.abs(createdAt.getTime() - before)).toBeLessThan(60_000);
    },
  },
  {
    rule: 'creating a revision again changes nothing',
    async check(app) {
      await app.run('v1', 1);
      await app.driver.shiftTraffic(app.name, { v1: 100 });
      const before = await app.revisions();
      await app.create('v1');
      expect(await app.revisions()).toEqual(before);
    },
  },
  {
    rule: 'fetching artifacts answers with their checksums, and again with the same ones',
    async check({ driver }) {
      const [fetched] = await driver.fetchArtifacts([PROGRAM]);
      expect(fetched).toEqual({ ...PROGRAM, checksum: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
      expect(await driver.fetchArtifacts([fetched!])).toEqual([fetched]);
    },
  },
  {
    rule: 'an artifact with another checksum is refused with both, and nothing is started',
    async check(app) {
      const expected = `sha256:${'0'.repeat(64)}`;
      const [{ checksum: actual }] = (await app.driver.fetchArtifacts([PROGRAM])) as [Artifact];
      await expect(app.driver.fetchArtifacts([{ ...PROGRAM, checksum: expected }])).rejects.toMatchObject({
        code: 'DeploymentError.ChecksumMismatch',
        details: { artifact: PROGRAM.name, expected, actual },
      });
      expect(await app.driver.list(app.name)).toEqual([]);
    },
  },
  {
    rule: 'an artifact that is not there is refused by its name',
    async check({ driver }) {
      const missing: Artifact = { ...PROGRAM, name: 'missing', source: { kind: 'Local', path: '/no/such/file.mjs' } };
      await expect(driver.fetchArtifacts([missing])).rejects.toMatchObject({
        code: 'DeploymentError.ArtifactNotFound',
        details: { artifact: 'missing' },
        message: expect.stringContaining('/no/such/file.mjs'),
      });
    },
  },
  {
    rule: 'scaling up and down reaches the wanted number of ready replicas',
    async check(app) {
      await app.create('v1');
      for (const replicas of [2, 3, 1, 0]) await app.scale('v1', replicas);
    },
  },
  {
    rule: 'scaling to the same number again starts and stops nothing',
    async check(app) {
      await app.run('v1', 2);
      await app.driver.scale(app.name, 'v1', 2);
      expect(await app.health('v1')).toEqual({ desired: 2, running: 2, ready: 2 });
      expect((await app.messages()).filter((line) => line === 'v1 listens')).toHaveLength(2);
    },
  },
  {
    rule: 'a replica is ready only after as many passed health checks in a row as the threshold asks for',
    async check(app) {
      await app.create('v1', {}, 6);
      await app.driver.scale(app.name, 'v1', 1);
      await eventually(async () => expect(await app.messages()).toContain('v1 listens'));
      expect((await app.health('v1')).ready).toBe(0);
      await app.scale('v1', 1);
    },
  },
  {
    rule: 'a replica whose health check does not pass runs and is not ready',
    async check(app) {
      await app.create('v1', { FAIL_HEALTH: '1000' });
      await app.driver.scale(app.name, 'v1', 1);
      await eventually(async () => expect(await app.messages()).toContain('v1 listens'));
      expect(await app.health('v1')).toMatchObject({ desired: 1, ready: 0 });
    },
  },
  {
    rule: 'a crash loop is reported as failed, with the last log lines',
    async check(app) {
      await app.create('v1', { CRASH_AFTER: '1' });
      await app.driver.scale(app.name, 'v1', 1);
      await eventually(async () => expect((await app.health('v1')).failed).toContain('giving up on purpose'), {
        within: 120_000,
      });
    },
  },
  {
    rule: 'health and scaling of an unknown revision are refused',
    async check(app) {
      await expect(app.health('v1')).rejects.toMatchObject(UNKNOWN);
      await expect(app.driver.scale(app.name, 'v1', 1)).rejects.toMatchObject(UNKNOWN);
      await app.create('v1');
      await expect(app.health('v2')).rejects.toMatchObject(UNKNOWN);
      await expect(app.driver.scale(app.name, 'v2', 1)).rejects.toMatchObject(UNKNOWN);
    },
  },
  {
    rule: 'traffic goes by the weights',
    async check(app) {
      await app.run('v1', 1);
      await app.run('v2', 1);
      const endpoint = await app.driver.shiftTraffic(app.name, { v1: 80, v2: 20 });
      const answers = await Promise.all(Array.from({ length: 400 }, () => ask(endpoint)));
      const share = answers.filter(({ version }) => version === 'v2').length / answers.length;
      // Four standard deviations of a provider that draws lots for each request.
      expect(Math.abs(share - 0.2)).toBeLessThan(0.08);
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    },
  },
  {
    rule: 'shifting traffic keeps the endpoint and shows in the list',
    async check(app) {
      await app.run('v1', 1);
      await app.run('v2', 1);
      const endpoint = await app.driver.shiftTraffic(app.name, { v1: 100 });
      expect(await app.weights()).toEqual({ v1: 100, v2: 0 });
      expect(await app.driver.shiftTraffic(app.name, { v1: 0, v2: 100 })).toBe(endpoint);
      expect(await app.weights()).toEqual({ v1: 0, v2: 100 });
      expect(await app.driver.list(app.name)).toMatchObject([{ deployment: app.name, endpoint }]);
      await eventually(async () => expect(await ask(endpoint)).toEqual({ status: 200, version: 'v2' }));
    },
  },
  {
    rule: 'traffic for an unknown revision is refused and changes nothing',
    async check(app) {
      await app.run('v1', 1);
      await app.driver.shiftTraffic(app.name, { v1: 100 });
      await expect(app.driver.shiftTraffic(app.name, { v1: 50, v2: 50 })).rejects.toMatchObject(UNKNOWN);
      expect(await app.weights()).toEqual({ v1: 100 });
    },
  },
  {
    rule: 'scaling down loses no request',
    async check(app) {
      await app.run('v1', 3, { DELAY: '20' });
      const endpoint = await app.driver.shiftTraffic(app.name, { v1: 100 });
      await eventually(async () => expect((await ask(endpoint)).status).toBe(200));
      const clients = load(endpoint, 6);
      await clients.more(60);
      await app.scale('v1', 1);
      await clients.more(20);
      const answers = await clients.stop();
      expect(answers.filter((answer) => answer instanceof Error || answer.status !== 200)).toEqual([]);
    },
  },
  {
    rule: 'replacing a revision loses no request',
    async check(app) {
      await app.run('v1', 1, { DELAY: '20' });
      const endpoint = await app.driver.shiftTraffic(app.name, { v1: 100 });
      await eventually(async () => expect((await ask(endpoint)).status).toBe(200));
      const clients = load(endpoint, 4);
      await clients.more(20);
      await app.run('v2', 1, { DELAY: '20' });
      await app.driver.shiftTraffic(app.name, { v1: 0, v2: 100 });
      await app.driver.retire(app.name, 'v1');
      await eventually(async () => expect(await ask(endpoint)).toEqual({ status: 200, version: 'v2' }));
      await eventually(async () => expect(await app.weights()).toEqual({ v2: 100 }));
      const answers = await clients.stop();
      expect(answers.filter((answer) => answer instanceof Error || answer.status !== 200)).toEqual([]);
    },
  },
  {
    rule: 'retiring a revision stops and forgets it; twice is as good as once',
    async check(app) {
      await app.run('v1', 1);
      await app.run('v2', 1);
      await app.driver.retire(app.name, 'v1');
      await app.driver.retire(app.name, 'v1');
      await eventually(async () => expect((await app.revisions()).map(({ revision }) => revision)).toEqual(['v2']));
      await expect(app.health('v1')).rejects.toMatchObject(UNKNOWN);
      expect(await app.health('v2')).toEqual({ desired: 1, running: 1, ready: 1 });
      await app.driver.retire(app.name, 'v1');
    },
  },
  {
    rule: 'a revision that was retired can be created again',
    async check(app) {
      await app.run('v1', 1);
      await app.driver.retire(app.name, 'v1');
      await app.create('v1', { VERSION: 'v1 again' });
      expect((await app.health('v1')).desired).toBe(0);
      await app.scale('v1', 1);
      expect(await app.driver.probe(app.name, 'v1', [golden('/')])).toMatchObject([{ body: { version: 'v1 again' } }]);
    },
  },
  {
    rule: 'a golden request reaches a ready replica of its revision, past the weights',
    async check(app) {
      await app.run('v1', 1);
      await app.run('v2', 1);
      await app.driver.shiftTraffic(app.name, { v1: 100, v2: 0 });
      const answers = await app.driver.probe(app.name, 'v2', [golden('/one'), golden('/two')]);
      expect(answers).toMatchObject([
        { status: 200, body: { version: 'v2', path: '/one' }, milliseconds: expect.any(Number) },
        { status: 200, body: { version: 'v2', path: '/two' }, milliseconds: expect.any(Number) },
      ]);
    },
  },
  {
    rule: 'a golden request to a revision without a ready replica is answered with an error',
    async check(app) {
      await app.create('v1');
      const answers = await app.driver.probe(app.name, 'v1', [golden('/'), golden('/')]);
      expect(answers).toEqual([{ error: expect.any(String) }, { error: expect.any(String) }]);
    },
  },
  {
    rule: 'logs hold what the program wrote, oldest first, and heed revision, limit and since',
    async check(app) {
      await app.run('v1', 1, { LINES: '5' });
      await app.run('v2', 1);
      const lines = ['line 1', 'line 2', 'line 3', 'line 4', 'line 5', 'v1 listens'];
      await eventually(async () => expect(await app.messages()).toEqual([...lines, 'v2 listens']));
      expect(await app.messages({ revision: 'v1' })).toEqual(lines);
      expect(await app.messages({ revision: 'v1', limit: 2 })).toEqual(['line 5', 'v1 listens']);
      expect(await app.messages({ since: new Date(Date.now() - 600_000) })).toHaveLength(7);
      expect(await app.messages({ since: new Date(Date.now() + 600_000) })).toEqual([]);
      expect(await app.driver.logs(app.name, { revision: 'v2' })).toMatchObject([
        { stream: 'stdout', revision: 'v2', timestamp: expect.any(Date) },
      ]);
    },
  },
  {
    rule: 'metrics of a revision without traffic are zero',
    async check(app) {
      await app.create('v1');
      const { requests, errors, latency } = await app.driver.metrics(app.name, 'v1', new Date(0), new Date());
      expect({ requests, errors, latencies: latency.count }).toEqual({ requests: 0, errors: 0, latencies: 0 });
    },
  },
  {
    rule: 'metrics count the requests, the failures and the latencies of one revision',
    async check(app) {
      const since = new Date(Date.now() - 2_000);
      await app.run('v1', 1);
      await app.run('v2', 1, { FAIL: 'yes', DELAY: '30' });
      const endpoint = await app.driver.shiftTraffic(app.name, { v1: 50, v2: 50 });
      const versions: string[] = [];
      while (new Set(versions).size < 2 || versions.length < 20) versions.push((await ask(endpoint)).version);
      const counted = { v1: 0, v2: 0, ...Object.groupBy(versions, (version) => version) };
      await eventually(async () => {
        for (const revision of ['v1', 'v2'] as const) {
          const until = new Date(Date.now() + 2_000);
          const { requests, errors, latency } = await app.driver.metrics(app.name, revision, since, until);
          const expected = (counted[revision] as unknown as string[]).length;
          expect([requests, latency.count]).toEqual([expected, expected]);
          expect(errors).toBe(revision === 'v2' ? expected : 0);
          if (revision === 'v2') expect(latency.percentile(0)).toBeGreaterThanOrEqual(25);
        }
      });
      expect((await app.driver.metrics(app.name, 'v1', new Date(0), since)).requests).toBe(0);
    },
  },
  {
    rule: 'removing a deployment leaves nothing of it; twice is as good as once',
    async check(app) {
      await app.run('v1', 2);
      const endpoint = await app.driver.shiftTraffic(app.name, { v1: 100 });
      await app.driver.remove(app.name);
      await app.driver.remove(app.name);
      await eventually(async () => expect(await app.driver.list(app.name)).toEqual([]));
      expect((await app.driver.list()).map(({ deployment }) => deployment)).not.toContain(app.name);
      await expect(app.health('v1')).rejects.toMatchObject(UNKNOWN);
      await eventually(() => expect(ask(endpoint)).rejects.toThrow());
    },
  },
  {
    rule: 'deployments do not touch each other',
    async check(app) {
      const other = new Application(app.driver);
      try {
        await app.run('v1', 1);
        await other.run('v1', 1, { VERSION: 'other' });
        await app.driver.remove(app.name);
        expect(await other.health('v1')).toEqual({ desired: 1, running: 1, ready: 1 });
        expect(await other.messages()).toEqual(['other listens']);
      } finally {
        await other.driver.remove(other.name);
      }
    },
  },
];
