import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhooks } from '../../../../infra/local/gateway/webhooks.ts';
import { LocalHost } from '../../../../infra/local/host.ts';
import { openDatabase } from '../../../../infra/local/store/database.ts';
import { EventLog } from '../../../../infra/local/store/events.ts';
import { defineConfig, webhook, workflow } from '../../../../shared/configuration.ts';
import { VirtualClock } from '../../../../shared/core/clock.ts';
import { Duration } from '../../../../shared/core/duration.ts';
import { schemes } from '../../../../shared/semantics/webhooks/index.ts';

const SECRET = 'it is a secret to everybody';
const PUSH = { ref: 'refs/heads/main', head_commit: { message: 'v1' } };

const started = workflow('deploy', {
  config: { name: 'app', version: '{% $event.data.head_commit.message %}' },
  artifacts: [{ name: 'absent', type: 'Code', source: { kind: 'Local', path: '/nowhere' } }],
});
const configuration = defineConfig({
  automations: {
    push: {
      on: webhook.github({ secret: 'hook', event: 'push', match: { ref: ['refs/heads/main'] } }),
      start: started,
    },
    standard: { on: webhook.standard({ secret: 'standard' }), start: started },
    rare: {
      on: webhook.github({ secret: 'hook', rateLimit: { requests: 1, per: Duration.hours(1) } }),
      start: started,
    },
    unset: { on: webhook.github({ secret: 'never-set' }), start: started },
  },
});

let directory: string;
let host: LocalHost;
let delivery = 0;
let id: string;

beforeAll(async () => {
  process.env.CLOUDLIB_SECRET_HOOK = SECRET;
  process.env.CLOUDLIB_SECRET_STANDARD = `whsec_${Buffer.from('another').toString('base64')}`;
  directory = mkdtempSync(join(tmpdir(), 'cloudlib-webhooks-'));
  host = await LocalHost.start({ directory, configuration, port: 0 });
});

afterAll(() => host.close());

beforeEach(() => {
  id = `delivery-${++delivery}`;
});

const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

function signed(body: Buffer, event = 'push'): Record<string, string> {
  return schemes.github.sign({ id, event, body, secret: SECRET, now: new Date() });
}

async function send(hook: string, headers: Record<string, string>, body: Buffer) {
  const answer = await fetch(`${host.url}/webhooks/${hook}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: new Uint8Array(body),
  });
  return {
    status: answer.status,
    body: (await answer.json()) as { execution?: string; error?: unknown; ignored?: string },
  };
}

const executions = async (): Promise<number> => (await host.executions({ limit: 1000 })).length;

describe('a webhook', () => {
  test('with the right signature is accepted with its execution, whose input the delivery filled in', async () => {
    const body = bytes(PUSH);
    const answer = await send('push', signed(body), body);
    expect(answer.status).toBe(202);
    const execution = await host.execution(answer.body.execution!);
    expect(execution?.input).toMatchObject({ config: { name: 'app', version: 'v1' } });
  });

  test('that comes twice answers the same execution and starts one', async () => {
    const body = bytes(PUSH);
    const first = await send('push', signed(body), body);
    const before = await executions();
    expect(await send('push', signed(body), body)).toEqual(first);
    expect(await executions()).toBe(before);
  });

  test('of which ten come at once starts one execution', async () => {
    const body = bytes(PUSH);
    const before = await executions();
    const answers = await Promise.all(Array.from({ length: 10 }, () => send('push', signed(body), body)));
    expect(new Set(answers.map((answer) => answer.body.execution)).size).toBe(1);
    expect(await executions()).toBe(before + 1);
  });

  test('that replays a delivery id with another body is a 409', async () => {
    const body = bytes(PUSH);
    await send('push', signed(body), body);
    const other = bytes({ ...PUSH, head_commit: { message: 'v2' } });
    expect((await send('push', signed(other), other)).status).toBe(409);
  });

  test('whose signature is off by one bit is a 401 and starts nothing', async () => {
    const body = bytes(PUSH);
    const headers = signed(body);
    const signature = headers['x-hub-signature-256'] ?? headers['X-Hub-Signature-256']!;
    const last = Number.parseInt(signature.at(-1)!, 16) ^ 1;
    const before = await executions();
    const off = { ...headers, 'x-hub-signature-256': signature.slice(0, -1) + last.toString(16) };
    delete (off as Record<string, string>)['X-Hub-Signature-256'];
    expect((await send('push', off, body)).status).toBe(401);
    expect(await executions()).toBe(before);
  });

  test('without a signature is a 401', async () => {
    expect((await send('push', { 'x-github-delivery': id, 'x-github-event': 'push' }, bytes(PUSH))).status).toBe(401);
  });

  test('whose body was cut off is a 401', async () => {
    const body = bytes(PUSH);
    expect((await send('push', signed(body), body.subarray(0, -5))).status).toBe(401);
  });

  test('that is not JSON is a 400', async () => {
    const body = bytes('ref=main');
    expect((await send('push', signed(body), body)).status).toBe(400);
  });

  test('of more than 1 MiB is a 413', async () => {
    const body = bytes({ padding: 'x'.repeat(1024 * 1024) });
    expect((await send('push', signed(body), body)).status).toBe(413);
  });

  test('that nobody configured is a 404', async () => {
    const body = bytes(PUSH);
    expect((await send('unknown', signed(body), body)).status).toBe(404);
    expect((await send('constructor', signed(body), body)).status).toBe(404);
  });

  test('that is a ping is answered and starts nothing', async () => {
    const body = bytes({ zen: 'Keep it logically awesome.' });
    const before = await executions();
    expect(await send('push', signed(body, 'ping'), body)).toEqual({ status: 200, body: { pong: true } });
    expect(await executions()).toBe(before);
  });

  test('of another event or branch is accepted and ignored, with the reason', async () => {
    const body = bytes(PUSH);
    expect(await send('push', signed(body, 'star'), body)).toMatchObject({
      status: 202,
      body: { ignored: expect.stringContaining('star') },
    });
    const branch = bytes({ ...PUSH, ref: 'refs/heads/other' });
    expect(await send('push', signed(branch), branch)).toMatchObject({
      status: 202,
      body: { ignored: expect.stringContaining('pattern') },
    });
  });

  test('that the templates do not fit is a 400 that names the place, and nothing is kept of it', async () => {
    const body = bytes({ ref: 'refs/heads/main' });
    const answer = await send('push', signed(body), body);
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('$.config.version') } },
    });
    const fixed = bytes(PUSH);
    expect((await send('push', signed(fixed), fixed)).status).toBe(202);
  });

  test('of Standard Webhooks is verified in its way, and refused when it is old', async () => {
    const body = bytes(PUSH);
    const secret = process.env.CLOUDLIB_SECRET_STANDARD!;
    const fresh = schemes.standardWebhooks.sign({ id, body, secret, now: new Date() });
    expect((await send('standard', fresh, body)).status).toBe(202);
    const old = schemes.standardWebhooks.sign({
      id: `${id}-old`,
      body,
      secret,
      now: new Date(Date.now() - 6 * 60_000),
    });
    expect((await send('standard', old, body)).status).toBe(401);
  });

  test('whose secret is not set is a 503 that does not tell the sender where secrets are', async () => {
    const body = bytes(PUSH);
    const answer = await send('unset', signed(body), body);
    expect(answer.status).toBe(503);
    expect(JSON.stringify(answer.body)).not.toMatch(/CLOUDLIB_SECRET|\/tmp/);
  });
});

describe('a signed delivery that is nested without end', () => {
  test('is refused, and the next one is not', async () => {
    const deep = bytes(`{"ref":"refs/heads/main","deep":${'['.repeat(50_000)}${']'.repeat(50_000)}}`);
    expect(await send('push', signed(deep), deep)).toMatchObject({ status: 400 });
    const body = bytes(PUSH);
    expect((await send('push', signed(body), body)).status).toBe(202);
  });
});

describe('a webhook on a full disk', () => {
  test('is not acknowledged, and is accepted once there is space', async () => {
    const database = openDatabase(mkdtempSync(join(tmpdir(), 'cloudlib-full-')));
    const events = new EventLog(database);
    const clock = new VirtualClock(Date.now());
    database.exec('create table executions (name text primary key, input text)');
    const webhooks = new Webhooks({
      automations: configuration.automations!,
      database,
      events,
      clock,
      secret: () => SECRET,
      start: (_workflow, input, name) => {
        database.prepare('insert into executions values (?, ?)').run(name, JSON.stringify(input));
        return name;
      },
    });
    const body = bytes({ ...PUSH, padding: 'x'.repeat(100_000) });
    const { page_count: pages } = database.prepare('pragma page_count').get() as { page_count: number };
    database.exec(`pragma max_page_count = ${pages + 2}`);
    await expect(webhooks.receive('push', signed(body), body)).rejects.toMatchObject({ code: 'Unavailable' });
    expect(database.prepare('select count(*) as kept from executions').get()).toEqual({ kept: 0 });
    expect(events.after(0)).toEqual([]);
    database.exec('pragma max_page_count = 1000000');
    expect((await webhooks.receive('push', signed(body), body)).status).toBe(202);
  });
});

test('a webhook beyond its rate is answered 429, with the time to wait, and not read', async () => {
  const first = await send('rare', {}, Buffer.from('{}'));
  expect(first.status).toBe(401);
  const answer = await fetch(`${host.url}/webhooks/rare`, { method: 'POST', body: 'x'.repeat(2_000_000) });
  expect(answer.status).toBe(429);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(3_500);
  expect(await answer.json()).toMatchObject({ error: { code: 'Throttled' } });
});

describe('the gateway', () => {
  test('asks for its token on everything but webhooks', async () => {
    expect((await fetch(`${host.url}/executions`)).status).toBe(401);
    expect((await fetch(`${host.url}/operations/deploy.list`, { method: 'POST', body: '{}' })).status).toBe(401);
    expect((await fetch(`${host.url}/executions`, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
  });

  test('listens on the loopback alone', () => {
    expect(new URL(host.url!).hostname).toBe('127.0.0.1');
  });
});
