import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from '@jest/globals';
import { destinationProblems } from '../../../../infra/local/bus/destinationProblems.ts';
import { type Automation, event, type HttpTarget, http } from '../../../../shared/configuration.ts';
import { Duration } from '../../../../shared/core/duration.ts';
import type { EventRecord } from '../../../../shared/host.ts';
import { parseTraceContext } from '../../../../shared/semantics/tracing/traceContext.ts';
import { schemes } from '../../../../shared/semantics/webhooks/index.ts';
import { eventually } from '../../../eventually.ts';
import { newDatabase, order, TrialBus } from './trialBus.ts';

const SECRET = `whsec_${Buffer.from('a key that only two know').toString('base64')}`;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

/** A receiver on the loopback, and what it was sent. */
interface Receiver {
  url: string;
  requests: { headers: IncomingHttpHeaders; body: string }[];
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function receiver(answer: RequestListener): Promise<Receiver> {
  const requests: Receiver['requests'] = [];
  server = createServer(async (request, response) => {
    requests.push({ headers: request.headers, body: await text(request) });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server!.address() as AddressInfo).port}/orders?key=hidden`, requests };
}

const answering = (status: number, headers: Record<string, string> = {}, body = ''): RequestListener => {
  return (_request, response) => response.writeHead(status, headers).end(body);
};

function trialOf(start: HttpTarget, retry?: Automation['retry'], database = newDatabase()): TrialBus {
  const rule: Automation = { on: event({ type: ['shop.order'] }), start, ...(retry && { retry }) };
  return new TrialBus({ rule }, { database, secrets: { signing: SECRET, token: 'Bearer very secret' } });
}

/** The delivery of the event once so many attempts were made. */
async function afterAttempts(trial: TrialBus, attempts: number): Promise<EventRecord['deliveries'][number]> {
  return eventually(() => {
    const [delivery] = trial.bus.find('1')[0]!.deliveries;
    expect(delivery!.attempts).toBe(attempts);
    return delivery!;
  });
}

describe('an HTTP destination', () => {
  test('gets the event in structured mode, signed, with its trace', async () => {
    const { url, requests } = await receiver(answering(204));
    const trial = trialOf(
      http(url, { secret: 'signing', headers: { 'X-Team': 'shop', authorization: { secret: 'token' } } }),
    );
    const tracestate = 'vendor=1';
    await trial.bus.publish([
      order('1', { traceparent: `00-${TRACE}-00f067aa0ba902b7-01`, tracestate, data: { n: 1 } }),
    ]);
    expect(await afterAttempts(trial, 1)).toMatchObject({ status: 'DELIVERED', result: { status: 204 } });
    const [{ headers, body }] = requests as [Receiver['requests'][number]];
    expect(headers).toMatchObject({
      'content-type': 'application/cloudevents+json',
      'x-team': 'shop',
      authorization: 'Bearer very secret',
      tracestate,
    });
    expect(JSON.parse(body)).toMatchObject({ specversion: '1.0', id: '1', source: '/shop', data: { n: 1 } });
    expect(parseTraceContext(headers as { traceparent: string })).toMatchObject({ traceId: TRACE });
    const verification = schemes.standardWebhooks.verify(
      { headers: headers as Record<string, string>, body: Buffer.from(body) },
      { secrets: [SECRET], now: trial.clock.now() },
    );
    expect(verification).toEqual({ verified: true, id: trial.calls[0]!.name });
  });

  test('gets what its rule makes of the event', async () => {
    const { url, requests } = await receiver(answering(200));
    const trial = trialOf(http(url, { input: { text: "{% 'order ' & $event.id %}" } }));
    await trial.bus.publish([order('1')]);
    await afterAttempts(trial, 1);
    expect(requests).toMatchObject([{ headers: { 'content-type': 'application/json' }, body: '{"text":"order 1"}' }]);
  });

  test.each([408, 425, 429, 500, 503])('that answers %d is tried again, under the same id', async (status) => {
    const statuses = [status, 200];
    const { url, requests } = await receiver((_request, response) => response.writeHead(statuses.shift()!).end());
    const trial = trialOf(http(url));
    await trial.bus.publish([order('1')]);
    await afterAttempts(trial, 1);
    await trial.advance(1_000);
    expect(await afterAttempts(trial, 2)).toMatchObject({ status: 'DELIVERED' });
    expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  test.each([
    ['a number of seconds', '120', '2027-01-01T00:02:00.000Z'],
    ['a date', 'Fri, 01 Jan 2027 00:05:00 GMT', '2027-01-01T00:05:00.000Z'],
    ['longer than the longest pause', '7200', '2027-01-01T00:12:00.000Z'],
    ['less than the usual pause', '0', '2027-01-01T00:00:00.750Z'],
    ['nonsense', 'soon', '2027-01-01T00:00:00.750Z'],
  ])('is left alone for as long as Retry-After says: %s', async (_what, value, dueAt) => {
    const { url } = await receiver(answering(503, { 'retry-after': value }));
    const trial = trialOf(http(url));
    await trial.bus.publish([order('1')]);
    expect(await afterAttempts(trial, 1)).toMatchObject({ status: 'PENDING', dueAt });
  });

  test.each([400, 401, 404, 410, 422])('that answers %d is a dead letter at once', async (status) => {
    const { url } = await receiver(answering(status, {}, 'no, thank you'));
    const trial = trialOf(http(url));
    await trial.bus.publish([order('1')]);
    const { reason, ...delivery } = await afterAttempts(trial, 1);
    expect(delivery.status).toBe('DEAD');
    expect(reason).toMatch(
      new RegExp(`^TriggerError.TargetRefused: http://127.0.0.1:\\d+/orders answered ${status}: no, thank you$`),
    );
  });

  test('that redirects is not followed', async () => {
    const { url, requests } = await receiver(answering(307, { location: '/elsewhere' }));
    const trial = trialOf(http(url));
    await trial.bus.publish([order('1')]);
    expect(await afterAttempts(trial, 1)).toMatchObject({
      status: 'DEAD',
      reason: expect.stringContaining('answered 307; redirects are not followed'),
    });
    expect(requests).toHaveLength(1);
  });

  test('that is not there is tried again', async () => {
    const { url } = await receiver(answering(200));
    server!.close();
    const trial = trialOf(http(url), { maximumAttempts: 1 });
    await trial.bus.publish([order('1')]);
    expect(await afterAttempts(trial, 1)).toMatchObject({
      status: 'DEAD',
      reason: expect.stringMatching(
        /given up after 1 attempts.*Unavailable: .* cannot be reached: connect ECONNREFUSED/,
      ),
    });
  });

  test('that does not answer in time is tried again', async () => {
    const { url, requests } = await receiver(() => {});
    const trial = trialOf(http(url, { timeout: Duration.seconds(3) }));
    await trial.bus.publish([order('1')]);
    await eventually(() => expect(requests).toHaveLength(1));
    await trial.advance(3_000);
    expect(await afterAttempts(trial, 1)).toMatchObject({
      status: 'PENDING',
      reason: expect.stringContaining('no answer within PT3S'),
    });
  });

  test('is given up when the host closes, and posted to again by the next one', async () => {
    const hungUp = Promise.withResolvers<void>();
    const { url, requests } = await receiver((request, response) => {
      if (requests.length > 1) response.end();
      else request.socket.once('close', hungUp.resolve);
    });
    const first = trialOf(http(url));
    await first.bus.publish([order('1')]);
    await eventually(() => expect(requests).toHaveLength(1));
    first.bus.close();
    await hungUp.promise;
    const second = trialOf(http(url), undefined, first.database);
    expect(await afterAttempts(second, 1)).toMatchObject({ status: 'DELIVERED' });
    expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  test('that answers without an end is not listened to for ever', async () => {
    const { url } = await receiver((request, response) => {
      const more = (): boolean => response.write('x'.repeat(100_000));
      response.writeHead(400);
      response.on('drain', more);
      request.on('close', () => response.off('drain', more));
      more();
    });
    const trial = trialOf(http(url));
    await trial.bus.publish([order('1')]);
    expect((await afterAttempts(trial, 1)).reason!.length).toBeLessThan(400);
  });

  test('that repeats what it was sent tells no secret', async () => {
    const { url } = await receiver((request, response) => response.writeHead(400).end(JSON.stringify(request.headers)));
    const trial = trialOf(http(url, { secret: 'signing', headers: { a: { secret: 'token' } } }));
    await trial.bus.publish([order('1')]);
    const shown = JSON.stringify([await afterAttempts(trial, 1), trial.bus.rules()]);
    expect(shown).toContain('•••');
    expect(shown).not.toMatch(/very secret|whsec_|hidden/);
  });
});

describe('a destination in the configuration', () => {
  test.each<[string, HttpTarget, RegExp]>([
    ['no address', http('orders'), /"orders" is not an address/],
    ['an address that is not encrypted', http('http://example.com/x'), /http:\/\/example.com is not encrypted/],
    ['another scheme', http('file:///etc/hosts'), /write https/],
    ['a password in its address', http('https://me:pass@example.com'), /example.com has a password in it/],
    ['a header that the request sets', http('https://example.com', { headers: { Host: 'x' } }), /Host is set by/],
    ['a header that is none', http('https://example.com', { headers: { 'a b': 'x' } }), /"a b" is not the name/],
    ['a line break in a header', http('https://example.com', { headers: { a: 'x\r\nb: y' } }), /a is neither/],
    ['too long a timeout', http('https://example.com', { timeout: Duration.minutes(6) }), /timeout PT6M/],
    ['no timeout at all', http('https://example.com', { timeout: Duration.seconds(0) }), /timeout PT0S/],
  ])('is refused with %s', (_what, target, message) => {
    expect(destinationProblems(target)).toEqual([expect.stringMatching(message)]);
    expect(destinationProblems(target).join()).not.toContain('pass@');
  });

  test.each(['https://example.com/x?y=1', 'http://localhost:8080/', 'http://127.0.0.1', 'http://[::1]:80/'])(
    'may be %s',
    (url) => {
      expect(destinationProblems(http(url, { headers: { a: { secret: 'b' } } }))).toEqual([]);
    },
  );
});
