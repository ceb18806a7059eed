import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { operation } from '../../../../functions/operation.ts';
import { SnsEndpoint } from '../../../../infra/local/gateway/snsEndpoint.ts';
import { schemeOf } from '../../../../infra/local/gateway/verification.ts';
import { Webhooks } from '../../../../infra/local/gateway/webhooks.ts';
import { openDatabase } from '../../../../infra/local/store/database.ts';
import { EventLog } from '../../../../infra/local/store/events.ts';
import { type Automation, type WebhookTrigger, webhook } from '../../../../shared/configuration.ts';
import { VirtualClock } from '../../../../shared/core/clock.ts';
import { Duration } from '../../../../shared/core/duration.ts';
import type { CloudEvent } from '../../../../shared/host.ts';
import type { SnsMessage } from '../../../../shared/semantics/webhooks/index.ts';
import { certificateOf, rsaKeys, signedMessage } from '../../../shared/semantics/webhooks/certificates.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:orders';
const HOST = 'https://sns.eu-central-1.amazonaws.com';
const SECRET = 'a secret for tests';
const start = operation('deploy.list', {});
const keys = rsaKeys();
const certificate = certificateOf(keys, new Date('2026-06-01T00:00:00Z'), new Date('2028-06-01T00:00:00Z'));

const hooks = {
  payments: webhook.stripe({ secret: 's', event: 'invoice.paid' }),
  pushes: webhook.gitlab({ secret: 's', event: 'Push Hook' }),
  chat: webhook.hmac({
    secret: 's',
    signature: { header: 'X-Sig', content: '{timestamp}.{body}', timestampHeader: 'X-Time' },
  }),
  quick: webhook.gitlab({ secret: 's', rateLimit: { requests: 2, per: Duration.seconds(10) } }),
  orders: webhook.sns({ topic: TOPIC, match: { Message: { order: [1] } } }),
} satisfies Record<string, WebhookTrigger>;

let clock: VirtualClock;
let log: EventLog;
let webhooks: Webhooks;
/** What SNS was asked for, and what it answers. */
let asked: string[];
let answers: () => Promise<Response>;

beforeEach(() => {
  clock = new VirtualClock(Date.UTC(2027, 0, 1));
  const database = openDatabase(mkdtempSync(join(tmpdir(), 'cloudlib-schemes-')));
  log = new EventLog(database, { clock });
  asked = [];
  answers = async () => new Response(certificate);
  const sns = new SnsEndpoint(clock, (url) => {
    asked.push(String(url));
    return answers();
  });
  const automations: Record<string, Automation> = Object.fromEntries(
    Object.entries(hooks).map(([name, on]) => [name, { on, start }]),
  );
  const events = { append: (event: CloudEvent) => log.add(event) !== undefined };
  webhooks = new Webhooks({ automations, database, events, clock, sns, secret: () => SECRET, start: () => 'none' });
});
afterEach(() => {
  expect(log.after(0).every(({ event }) => !JSON.stringify(event).includes(SECRET))).toBe(true);
});

const eventTypes = (): string[] => log.after(0).map(({ event }) => event.type);

function send(
  name: Exclude<keyof typeof hooks, 'orders'>,
  body: object,
  { id = 'd1', event = hooks[name].event } = {},
) {
  const bytes = Buffer.from(JSON.stringify(body));
  const on = hooks[name] as Exclude<WebhookTrigger, { scheme: 'sns' }>;
  const headers = schemeOf(on).sign({ id, body: bytes, secret: SECRET, now: clock.now(), ...(event && { event }) });
  return { headers, answer: () => webhooks.receive(name, headers, bytes) };
}

describe('a delivery that comes twice within the tolerance is one event', () => {
  test.each([
    ['payments', { id: 'evt_1', type: 'invoice.paid' }, 'cloudlib.webhook.invoice.paid'],
    ['pushes', { ref: 'main' }, 'cloudlib.webhook.Push Hook'],
    ['chat', { text: 'hello' }, 'cloudlib.webhook.delivery'],
  ] as const)('of %s', async (name, body, type) => {
    const { answer } = send(name, body);
    expect(await answer()).toMatchObject({ status: 202 });
    await clock.advance(60_000);
    expect(await answer()).toMatchObject({ status: 202 });
    expect(eventTypes()).toEqual([type]);
  });
});

test('a delivery of another kind is ignored, one that is too old or signed with another secret is refused', async () => {
  expect((await send('payments', { id: 'evt_2', type: 'invoice.void' }).answer()).body).toHaveProperty('ignored');
  const { answer, headers } = send('payments', { id: 'evt_3', type: 'invoice.paid' });
  await clock.advance(301_000);
  expect(await answer()).toMatchObject({ status: 401, body: { error: expect.stringContaining('301 s in the past') } });
  expect(await webhooks.receive('payments', headers, Buffer.from('{}'))).toMatchObject({ status: 401 });
  expect(eventTypes()).toEqual([]);
});

test('a hook that takes no more says when to come again, and others are not concerned', async () => {
  expect([1, 2, 3].map(() => webhooks.secondsToWait('quick'))).toEqual([undefined, undefined, 5]);
  expect(webhooks.secondsToWait('chat')).toBeUndefined();
  expect(webhooks.secondsToWait('absent')).toBeUndefined();
  await clock.advance(5_000);
  expect(webhooks.secondsToWait('quick')).toBeUndefined();
});

describe('a hook of Amazon SNS', () => {
  const message = (more: Partial<SnsMessage> = {}): Omit<SnsMessage, 'Signature'> => ({
    Type: 'Notification',
    MessageId: 'm-1',
    TopicArn: TOPIC,
    Message: '{"order":1}',
    Timestamp: '2027-01-01T00:00:00.000Z',
    SignatureVersion: '2',
    SigningCertURL: `${HOST}/SimpleNotificationService-1.pem`,
    ...more,
  });
  const confirmation = message({
    Type: 'SubscriptionConfirmation',
    Message: 'You have chosen to subscribe',
    Token: 'token',
    SubscribeURL: `${HOST}/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=token`,
  });
  const post = (body: unknown) => webhooks.receive('orders', {}, Buffer.from(JSON.stringify(body)));
  const signed = (body = message()): SnsMessage => signedMessage(body, keys.privateKey);

  test('takes a notification once, as an event with what it brings', async () => {
    expect(await post(signed())).toEqual({ status: 202, body: { event: 'm-1' } });
    expect(await post(signed())).toEqual({ status: 202, body: { event: 'm-1' } });
    expect(log.after(0).map(({ event }) => [event.type, event.data])).toEqual([
      ['cloudlib.webhook.Notification', expect.objectContaining({ Message: { order: 1 }, TopicArn: TOPIC })],
    ]);
    expect((await post(signed(message({ MessageId: 'm-2', Message: '{"order":2}' })))).body).toHaveProperty('ignored');
  });

  test('asks for a certificate once a day', async () => {
    await Promise.all([post(signed()), post(signed())]);
    expect(asked).toEqual([`${HOST}/SimpleNotificationService-1.pem`]);
    await clock.advance(24 * 3_600_000);
    await post(signed());
    expect(asked).toHaveLength(2);
  });

  test('confirms a subscription of its topic', async () => {
    expect(await post(signed(confirmation))).toMatchObject({ status: 200 });
    expect(asked.at(-1)).toBe(confirmation.SubscribeURL);
    expect(eventTypes()).toEqual([]);
  });

  test('asks nobody for anything when the message is of another topic or of nobody', async () => {
    expect(await post(signed(message({ TopicArn: `${TOPIC}2` })))).toMatchObject({ status: 401 });
    expect(await post({ ...confirmation, Signature: 'x', SigningCertURL: 'https://example.com/a.pem' })).toMatchObject({
      status: 401,
    });
    expect(await post('nothing')).toMatchObject({ status: 401 });
    expect(asked).toEqual([]);
  });

  test('confirms nothing that is not signed', async () => {
    expect(await post({ ...signed(confirmation), Token: 'another' })).toMatchObject({ status: 401 });
    expect(asked).not.toContain(confirmation.SubscribeURL);
  });

  test('lets the sender come again when SNS does not answer, and asks again a minute later', async () => {
    answers = async () => new Response('gone', { status: 500 });
    await expect(post(signed())).rejects.toMatchObject({ code: 'Unavailable', retry: 'backoff' });
    answers = async () => new Response(certificate);
    await expect(post(signed())).rejects.toMatchObject({ code: 'Unavailable' });
    expect(asked).toHaveLength(1);
    await clock.advance(60_000);
    expect(await post(signed())).toMatchObject({ status: 202 });
  });

  test('does not read an answer without end', async () => {
    answers = async () => new Response('x'.repeat(100_000));
    await expect(post(signed())).rejects.toMatchObject({ message: expect.stringContaining('larger than 65536 bytes') });
  });
});
