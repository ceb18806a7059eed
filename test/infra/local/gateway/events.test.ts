import { mkdtempSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HTTP, type Message, CloudEvent as Sender } from 'cloudevents';
import { operation } from '../../../../functions/operation.ts';
import { RemoteHost } from '../../../../infra/local/client.ts';
import { LocalHost } from '../../../../infra/local/host.ts';
import { readAddress } from '../../../../infra/local/store/database.ts';
import { defineConfig, event, http, schedule, webhook, workflow } from '../../../../shared/configuration.ts';
import type { CloudEvent, Published } from '../../../../shared/host.ts';
import { toEventBridge } from '../../../../shared/semantics/events/eventBridge.ts';
import { schemes } from '../../../../shared/semantics/webhooks/index.ts';
import { eventually } from '../../../eventually.ts';

const deploy = workflow('deploy', {
  config: { name: 'app', version: '{% $event.id %}' },
  artifacts: [{ name: 'absent', type: 'Code', source: { kind: 'Local', path: '/nowhere' } }],
});
const configuration = defineConfig({
  automations: {
    'deploy-release': { on: event({ type: ['shop.release'] }), start: deploy },
    'list-on-order': { on: event({ source: ['/shop'], type: ['shop.order'] }), start: operation('deploy.list', {}) },
    'list-on-push': { on: webhook.github({ secret: 'gateway-hook' }), start: operation('deploy.list', {}) },
    'post-on-push': {
      on: webhook.github({ secret: 'gateway-hook' }),
      start: http('http://127.0.0.1:1/'),
      retry: { maximumAttempts: 1 },
    },
    'fail-on-bad': {
      on: event({ type: ['shop.bad'] }),
      start: operation('deploy.getStatus', { name: '{% $event.data.name %}' }),
      retry: { maximumAttempts: 1 },
    },
    nightly: { on: schedule('cron(0 3 * * ? *)'), start: operation('deploy.list', {}) },
    // Its target's own outcome matches it again: the loop guard's case.
    loop: {
      on: event({ type: ['loop.begin', 'cloudlib.deploy.scale.failed'] }),
      start: operation('deploy.scale', { name: 'absent', replicas: 1 }),
      retry: { maximumAttempts: 1 },
    },
  },
});

let host: LocalHost;
let remote: RemoteHost;
let token: string;

beforeAll(async () => {
  process.env.CLOUDLIB_SECRET_GATEWAY_HOOK = 'secret';
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-events-'));
  host = await LocalHost.start({ directory, configuration, port: 0 });
  remote = new RemoteHost(readAddress(directory)!);
  token = readAddress(directory)!.token;
});

afterAll(() => host.close());

interface Answer {
  status: number;
  body: { events?: Published[]; error?: { message: string } };
}

async function post(path: string, headers: Record<string, unknown>, body: unknown): Promise<Answer> {
  const answer = await fetch(`${host.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...(headers as Record<string, string>) },
    body: body as string,
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}

const send = ({ headers, body }: Message): Promise<Answer> => post('/events', headers, body);
const batch = (events: unknown[]): Promise<Answer> =>
  post('/events', { 'content-type': 'application/cloudevents-batch+json' }, JSON.stringify(events));
const plain = (id: string, type = 'shop.order', more: object = {}): CloudEvent => ({
  specversion: '1.0',
  id,
  source: '/shop',
  type,
  time: '2027-01-01T00:00:00Z',
  ...more,
});

const fromAws = (id: string) => ({
  version: '0',
  id,
  'detail-type': 'EC2 State',
  source: 'aws.ec2',
  account: '111122223333',
  time: '2027-01-01T00:00:00Z',
  region: 'eu-west-1',
  resources: [],
  detail: { state: 'running' },
});

/** The deliveries of an event, once none is pending. */
async function deliveriesOf(id: string) {
  return eventually(async () => {
    const deliveries = (await remote.bus.find(id)).flatMap((record) => record.deliveries);
    if (deliveries.length === 0 || deliveries.some(({ status }) => status === 'PENDING')) throw new Error('pending');
    return deliveries;
  });
}

describe('POST /events', () => {
  const sent = new Sender({
    source: '/shop',
    type: 'shop.note',
    subject: 'Grüße an alle',
    data: { zero: 0 },
    hop: 'x',
  });

  test.each([
    ['structured', HTTP.structured(sent.cloneWith({ id: 's' })), 's'],
    ['binary', HTTP.binary(sent.cloneWith({ id: 'b' })), 'b'],
  ])('takes what the sender of the cloudevents package sends in %s mode', async (_mode, message, id) => {
    if (id === 'b') message.headers['ce-subject'] = encodeURIComponent(sent.subject!);
    expect(await send(message)).toEqual({
      status: 202,
      body: { events: [{ source: '/shop', id, duplicate: false }] },
    });
    const [record] = await remote.bus.find(id);
    expect(record!.event).toMatchObject({ subject: sent.subject, type: 'shop.note', data: { zero: 0 }, hop: 'x' });
  });

  test('takes a batch, all of it or nothing', async () => {
    expect((await batch([plain('b1'), plain('b2'), plain('b1')])).body.events!.map((one) => one.duplicate)).toEqual([
      false,
      false,
      true,
    ]);
    const refused = await batch([plain('b3'), { ...plain('b4'), source: '' }]);
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringMatching(/event 1: source/) } },
    });
    expect(await remote.bus.find('b3')).toEqual([]);
  });

  test.each([false, 0, null, '', []])('keeps data that is %j', async (data) => {
    const id = `data-${JSON.stringify(data)}`;
    await batch([plain(id, 'shop.note', { data })]);
    expect((await remote.bus.find(id))[0]!.event.data).toEqual(data);
  });

  test('keeps data that is not JSON', async () => {
    const headers = { 'ce-specversion': '1.0', 'ce-id': 'bytes', 'ce-source': '/shop', 'ce-type': 'shop.note' };
    await post('/events', { ...headers, 'content-type': 'image/png' }, new Uint8Array([0, 255]));
    expect((await remote.bus.find('bytes'))[0]!.event).toMatchObject({
      data_base64: 'AP8=',
      datacontenttype: 'image/png',
    });
  });

  const { id: _, ...nameless } = plain('x');
  test.each<[string, unknown, RegExp]>([
    ['no id', nameless, /id/],
    ['an older version', { ...plain('x'), specversion: '0.3' }, /CloudEvents 1\.0/],
    ['a time that is none', { ...plain('x'), time: 'noon' }, /time/],
    ['an attribute that is no scalar', { ...plain('x'), extra: { a: 1 } }, /extra/],
    ['an attribute of an impossible name', { ...plain('x'), 'my-name': 'a' }, /my-name/],
    ['data twice', { ...plain('x'), data: 1, data_base64: 'AA==' }, /not both/],
    ['more than a megabyte', plain('x', 't', { data: 'x'.repeat(1024 * 1024) }), /1048576/],
    ['data nested too deep', plain('x', 't', { data: JSON.parse('['.repeat(200) + ']'.repeat(200)) }), /levels deep/],
  ])('refuses an event with %s', async (_what, value, message) => {
    const answer = await post('/events', { 'content-type': 'application/cloudevents+json' }, JSON.stringify(value));
    expect(answer).toMatchObject({ status: 400, body: { error: { message: expect.stringMatching(message) } } });
  });

  test('takes an event of EventBridge, and several, as its API destinations send them', async () => {
    const json = { 'content-type': 'application/json' };
    expect((await post('/events', json, JSON.stringify(fromAws('eb-1')))).body.events).toEqual([
      { source: 'aws.ec2', id: 'eb-1', duplicate: false },
    ]);
    await post('/events', json, JSON.stringify([fromAws('eb-1'), fromAws('eb-2')]));
    const [record] = await remote.bus.find('eb-2');
    expect(record!.event).toMatchObject({ type: 'EC2 State', awsregion: 'eu-west-1', data: { state: 'running' } });
    expect(await remote.bus.find('eb-1')).toHaveLength(1);
  });

  test('takes what PutEvents takes, and finds the CloudEvent that an entry carries', async () => {
    const carried = toEventBridge(plain('carried', 'shop.note', { subject: 'x' }));
    const Entries = [
      { Source: 'shop', DetailType: 'Order', Detail: '{"n":1}', Time: 1_800_000_000.5, Resources: ['r'] },
      { Source: carried.source, DetailType: carried['detail-type'], Detail: JSON.stringify(carried.detail) },
    ];
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' };
    const { status, body } = await post('/events', headers, JSON.stringify({ Entries }));
    expect([status, body.events![1]]).toEqual([202, { source: '/shop', id: 'carried', duplicate: false }]);
    const [record] = await remote.bus.find(body.events![0]!.id);
    expect(record!.event).toMatchObject({ type: 'Order', time: '2027-01-15T08:00:00.500Z', data: { n: 1 } });
    expect((await post('/events', headers, JSON.stringify({ Entries }))).body.events![1]!.duplicate).toBe(true);
  });

  test.each<[string, unknown, RegExp]>([
    ['an envelope with a detail that is no object', { ...fromAws('x'), detail: 1 }, /event 0 of EventBridge: detail/],
    [
      'an entry whose Detail is no JSON',
      { Entries: [{ Source: 's', DetailType: 't', Detail: '{' }] },
      /entry 0.*Detail is/,
    ],
    ['an entry without a source', { Entries: [{ DetailType: 't', Detail: '{}' }] }, /entry 0 of PutEvents: Source/],
  ])('refuses %s', async (_what, value, message) => {
    const answer = await post('/events', { 'content-type': 'application/json' }, JSON.stringify(value));
    expect(answer).toMatchObject({ status: 400, body: { error: { message: expect.stringMatching(message) } } });
  });

  test('refuses what is no event, too many at once, and who has no token', async () => {
    expect((await post('/events', { 'content-type': 'application/json' }, '{}')).status).toBe(400);
    expect((await post('/events', { 'content-type': 'application/cloudevents+json' }, '{')).status).toBe(400);
    expect((await batch(Array.from({ length: 1001 }, (_, index) => plain(`many-${index}`)))).status).toBe(400);
    expect((await fetch(`${host.url}/events`, { method: 'POST', body: '{}' })).status).toBe(401);
  });
});

describe('two gigantic events at once', () => {
  /** Begins a request, sends so many bytes of it and no more, and gives the status of the answer. */
  function begin(bytes: number, headers: Record<string, string | number>): Promise<number> {
    return new Promise((resolve, reject) => {
      const sending = request(`${host.url}/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/cloudevents+json', ...headers },
      });
      sending.on('error', reject);
      sending.on('response', ({ statusCode }) => {
        resolve(statusCode!);
        sending.off('error', reject).on('error', () => {});
        sending.destroy();
      });
      sending.write(Buffer.alloc(bytes, 'x'));
    });
  }

  test('are refused by the limit that they break, and the rest lives', async () => {
    const megabytes = 1024 * 1024;
    const tooLarge = plain('too large', 'shop.order', { data: 'x'.repeat(2 * megabytes) });
    const atLimit = plain('at the limit', 'shop.note', { data: '' });
    const room = megabytes - JSON.stringify(atLimit).length;
    const [declared, endless, refused, taken, order] = await Promise.all([
      begin(1, { 'content-length': 64 * megabytes }),
      begin(8 * megabytes + 1, { 'transfer-encoding': 'chunked' }),
      batch([tooLarge, plain('beside it')]),
      batch([{ ...atLimit, data: 'x'.repeat(room) }]),
      batch([plain('small')]),
    ]);
    expect([declared, endless, refused.status, taken.status, order.status]).toEqual([413, 413, 400, 202, 202]);
    expect(refused.body.error!.message).toMatch(/^event 0: it has 20\d{5} bytes and may have 1048576; keep large data/);
    expect(await remote.bus.find('beside it')).toEqual([]);
    expect(await deliveriesOf('small')).toMatchObject([{ status: 'DELIVERED' }]);
  });
});

describe('what an event causes', () => {
  test('is an execution that its delivery names, with the input filled in', async () => {
    await remote.bus.publish([plain('v7', 'shop.release')]);
    const [delivery] = await deliveriesOf('v7');
    const { execution } = delivery!.result as { execution: string };
    expect((await remote.execution(execution))!.input).toMatchObject({ config: { version: 'v7' } });
    expect(await remote.executions({ workflow: 'deploy' })).toHaveLength(1);
  });

  test('is an operation for a webhook too', async () => {
    const body = Buffer.from('{}');
    const headers = schemes.github.sign({ id: 'push-1', event: 'push', body, secret: 'secret', now: new Date() });
    const answer = await post('/webhooks/list-on-push', { ...headers, 'content-type': 'application/json' }, body);
    expect(answer).toEqual({ status: 202, body: { event: 'push-1' } });
    expect(await deliveriesOf('push-1')).toMatchObject([{ rule: 'list-on-push', status: 'DELIVERED' }]);
  });

  test('is a request to an address on the web for a webhook too', async () => {
    const body = Buffer.from('{}');
    const headers = schemes.github.sign({ id: 'push-2', event: 'push', body, secret: 'secret', now: new Date() });
    const answer = await post('/webhooks/post-on-push', { ...headers, 'content-type': 'application/json' }, body);
    expect(answer).toEqual({ status: 202, body: { event: 'push-2' } });
    expect(await deliveriesOf('push-2')).toMatchObject([
      {
        rule: 'post-on-push',
        status: 'DEAD',
        reason: expect.stringContaining('http://127.0.0.1:1/ cannot be reached'),
      },
    ]);
  });

  test('is also the outcome of each operation, where two were asked under one request id', async () => {
    const options = { requestId: 'shared' };
    await Promise.allSettled([
      remote.invoke('deploy.rollback', { name: 'absent-1' }, options),
      remote.invoke('deploy.destroy', { name: 'absent-2' }, options),
    ]);
    const outcomes = await remote.bus.find('shared.failed');
    expect(outcomes.map((outcome) => outcome.event.source).sort()).toEqual([
      '/operations/deploy.destroy',
      '/operations/deploy.rollback',
    ]);
  });

  test('ends after 16 hops where an operation’s own outcome matches its rule', async () => {
    await remote.bus.publish([plain('begin', 'loop.begin')]);
    const letters = await eventually(async () => {
      const found = (await remote.bus.deadLetters()).filter(({ reason }) => reason?.includes('chain of'));
      if (found.length === 0) throw new Error('still going round');
      return found;
    });
    expect(letters).toMatchObject([{ rule: 'loop', attempts: 0, reason: expect.stringContaining('17 deliveries') }]);
  });
});

describe('the gateway', () => {
  test('lists rules with what they have done, and schedules with what they will do', async () => {
    await remote.bus.publish([plain('listed')]);
    await deliveriesOf('listed');
    const rules = await remote.bus.rules();
    expect(rules.find(({ name }) => name === 'list-on-order')).toMatchObject({
      on: { kind: 'event', pattern: { source: ['/shop'], type: ['shop.order'] } },
      target: 'operation deploy.list',
      pending: 0,
    });
    expect(await remote.bus.schedules()).toMatchObject([{ name: 'nightly', next: { length: 5 } }]);
  });

  test('redrives a dead letter, which fails again with the same reason', async () => {
    await remote.bus.publish([plain('bad', 'shop.bad', { data: { name: 'absent' } })]);
    const [dead] = await deliveriesOf('bad');
    expect(dead).toMatchObject({ status: 'DEAD', reason: expect.stringMatching(/1 attempts.*DeploymentNotFound/) });
    expect(await remote.bus.redrive(dead!.id)).toEqual({ redriven: 1 });
    expect((await deliveriesOf('bad'))[0]!.tries).toHaveLength(2);
    await expect(remote.bus.redrive(999_999)).rejects.toMatchObject({ code: 'NotFound' });
    expect((await post('/dead-letters/last/redrive', {}, '')).status).toBe(400);
  });

  test('replays, and refuses a replay that says too little', async () => {
    const range = { from: new Date(Date.now() - 60_000).toISOString(), to: new Date(Date.now() + 1000).toISOString() };
    await remote.bus.publish([plain('again')]);
    await deliveriesOf('again');
    const { deliveries } = await remote.bus.replay({ ...range, rule: 'list-on-order', name: 'r1' });
    expect(deliveries).toBeGreaterThan(0);
    expect(await remote.bus.replay({ ...range, rule: 'list-on-order', name: 'r1' })).toMatchObject({ deliveries: 0 });
    expect(await deliveriesOf('again')).toMatchObject([{ status: 'DELIVERED' }, { replay: 'r1' }]);
    expect((await post('/events/replay', {}, '{"from":"2027-01-01T00:00:00Z"}')).status).toBe(400);
  });

  test('says that an event does not exist', async () => {
    const answer = await fetch(`${host.url}/events/absent`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(404);
  });
});
