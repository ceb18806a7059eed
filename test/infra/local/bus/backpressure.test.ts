import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Hono } from 'hono';
import { operation } from '../../../../functions/operation.ts';
import { boundedBodies } from '../../../../infra/local/gateway/backpressure.ts';
import { LocalHost } from '../../../../infra/local/host.ts';
import { readAddress } from '../../../../infra/local/store/database.ts';
import { type Automation, defineConfig, event, http, webhook } from '../../../../shared/configuration.ts';
import type { Json } from '../../../../shared/core/codecs.ts';
import type { CloudError } from '../../../../shared/core/errors.ts';
import { schemes } from '../../../../shared/semantics/webhooks/index.ts';
import { newDatabase, order, TrialBus } from './trialBus.ts';

const status: Automation = {
  on: event({ type: ['shop.order'] }),
  start: operation('deploy.getStatus', { name: 'app' }),
};
const stuck = (): Promise<Json> => new Promise(() => {});
const settings = { mostPending: 3 };

describe('a bus with as many pending deliveries as it may have', () => {
  test('takes no event from outside, and takes them again when targets have caught up', async () => {
    const ends: ((output: Json) => void)[] = [];
    const trial = new TrialBus({ status }, { settings, invoke: () => new Promise((resolve) => ends.push(resolve)) });
    await trial.publish(order('1'), order('2'));
    await trial.publish(order('3'));
    const refused = trial.bus.accept([order('4')]);
    await expect(refused).rejects.toMatchObject({ code: 'Throttled', retry: 'backoff', details: { retryAfter: {} } });
    expect([trial.log.end(), trial.counts()]).toEqual([3, { PENDING: 3 }]);
    for (const end of ends) end({});
    await trial.settled();
    await trial.bus.accept([order('4')]);
    expect(trial.counts()).toEqual({ DELIVERED: 3, PENDING: 1 });
  });

  test('takes what the host itself tells of: work that was begun goes on', async () => {
    const trial = new TrialBus({ status }, { settings, invoke: stuck });
    await trial.publish(order('1'), order('2'), order('3'));
    expect(trial.bus.append(order('own'))).toBe(true);
    await trial.publish(order('outcome'));
    expect(trial.counts()).toEqual({ PENDING: 5 });
  });

  test('replays and redrives nothing', async () => {
    const trial = new TrialBus({ status }, { settings, invoke: stuck });
    await trial.publish(order('1'), order('2'), order('3'));
    const range = { from: '2027-01-01T00:00:00Z', to: '2027-01-02T00:00:00Z' };
    await expect(trial.bus.replay(range)).rejects.toMatchObject({ code: 'Throttled' });
    expect(() => trial.bus.redrive()).toThrow(expect.objectContaining({ code: 'Throttled' }));
  });

  test('knows after a restart how many are pending, and after what was undone', async () => {
    const database = newDatabase();
    const first = new TrialBus({ status }, { database, settings, invoke: stuck });
    await first.publish(order('1'), order('2'));
    database.exec('begin');
    first.bus.append(order('undone'));
    database.exec('rollback');
    first.bus.close();
    const second = new TrialBus({ status }, { database, settings, invoke: stuck });
    await second.publish(order('3'));
    await expect(second.bus.accept([order('4')])).rejects.toMatchObject({ code: 'Throttled' });
  });
});

test('the gateway answers 429 with Retry-After, to events and to webhooks, and the host lives', async () => {
  process.env.CLOUDLIB_SECRET_PRESSURE = 'secret';
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-pressure-'));
  const configuration = defineConfig({
    bus: { mostPending: 2 },
    automations: {
      unreachable: { on: event({ type: ['shop.order'] }), start: http('http://127.0.0.1:1') },
      hook: { on: webhook.github({ secret: 'pressure' }), start: operation('deploy.list', {}) },
    },
  });
  const host = await LocalHost.start({ directory, configuration, port: 0 });
  const { url, token } = readAddress(directory)!;
  const publish = (id: string): Promise<Response> =>
    fetch(`${url}/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify(order(id)),
    });
  expect([(await publish('1')).status, (await publish('2')).status]).toEqual([202, 202]);
  const refused = await publish('3');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
  expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining('bus.mostPending is 2') } });
  const body = Buffer.from('{}');
  const headers = schemes.github.sign({ id: 'push', event: 'push', body, secret: 'secret', now: new Date() });
  const pushed = await fetch(`${url}/webhooks/hook`, { method: 'POST', headers, body });
  expect([pushed.status, pushed.headers.get('retry-after')]).toEqual([429, '5']);
  expect(await host.bus.find('push')).toEqual([]);
  expect(await host.invoke('deploy.list', {})).toEqual({ deployments: [] });
  await host.close();
  rmSync(directory, { recursive: true });
});

describe('bodies of events in memory', () => {
  test('are bounded: what does not fit is told to come again, and fits once others are answered', async () => {
    const first = Promise.withResolvers<void>();
    const app = new Hono();
    app.onError((error, context) => context.text((error as CloudError).code, 429));
    app.post('/', boundedBodies(100, 60), async (context) => {
      if ((await context.req.text()).startsWith('wait')) await first.promise;
      return context.text('taken');
    });
    const send = (body: string, headers: Record<string, string> = {}) =>
      app.request('/', { method: 'POST', body, headers: { 'content-length': String(body.length), ...headers } });
    const waiting = send('wait'.padEnd(60));
    expect(await (await send('x'.repeat(41))).text()).toBe('Throttled');
    expect(await (await send('x'.repeat(40))).text()).toBe('taken');
    first.resolve();
    expect(await (await waiting).text()).toBe('taken');
    expect(await (await send('x'.repeat(60))).text()).toBe('taken');
  });
});
