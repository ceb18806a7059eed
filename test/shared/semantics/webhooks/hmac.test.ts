import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Duration } from '../../../../shared/core/duration.ts';
import { type HmacDescription, hmac, hmacProblems } from '../../../../shared/semantics/webhooks/index.ts';

const now = new Date('2027-01-01T00:00:00Z');
const seconds = String(now.getTime() / 1000);
const secret = 'a secret for tests';
const body = Buffer.from('{"text":"{id} {body}"}');

/** As a chat service signs its events. */
const timed: HmacDescription = {
  header: 'X-Chat-Signature',
  prefix: 'v0=',
  content: 'v0:{timestamp}:{body}',
  timestampHeader: 'X-Chat-Timestamp',
};
const digest = (content: string, algorithm = 'sha256', encoding: 'hex' | 'base64' | 'base64url' = 'hex'): string =>
  createHmac(algorithm, secret).update(content).digest(encoding);
const verify = (description: HmacDescription, headers: Record<string, string>, at = now, content: Uint8Array = body) =>
  hmac(description).verify({ headers, body: content }, { secrets: ['another', secret], now: at });

describe('webhooks with an HMAC of their own description', () => {
  test.each<[string, HmacDescription, Record<string, string>, object]>([
    ['the body alone, in hex', { header: 'X-Sig' }, { 'x-sig': digest(String(body)) }, { id: expect.any(String) }],
    [
      'another algorithm and base64',
      { header: 'x-sig', algorithm: 'sha512', encoding: 'base64' },
      { 'x-sig': digest(String(body), 'sha512', 'base64') },
      {},
    ],
    [
      'base64 for URLs, with sha1 and a prefix',
      { header: 'x-sig', algorithm: 'sha1', encoding: 'base64url', prefix: 'sha1=' },
      { 'x-sig': `sha1=${digest(String(body), 'sha1', 'base64url')}` },
      {},
    ],
    [
      'a timestamp',
      timed,
      { 'x-chat-timestamp': seconds, 'x-chat-signature': `v0=${digest(`v0:${seconds}:${body}`)}` },
      {},
    ],
    [
      'a timestamp in milliseconds',
      timed,
      { 'x-chat-timestamp': `${seconds}000`, 'x-chat-signature': `v0=${digest(`v0:${seconds}000:${body}`)}` },
      {},
    ],
    [
      'an id and an event',
      { header: 'x-sig', content: '{id}.{body}', idHeader: 'X-Id', eventHeader: 'X-Event' },
      { 'x-sig': digest(`d1.${body}`), 'x-id': 'd1', 'x-event': 'order.paid' },
      { id: 'd1', event: 'order.paid' },
    ],
  ])('are verified: %s', (_what, description, headers, found) => {
    expect(verify(description, headers)).toMatchObject({ verified: true, ...found });
  });

  test('are what `sign` makes, whatever the description', () => {
    for (const description of [
      timed,
      { ...timed, content: '{id}{timestamp}{body}', idHeader: 'x-id', eventHeader: 'x-e' },
    ]) {
      const headers = hmac(description).sign({ id: 'd1', event: 'e', body, secret, now });
      expect(verify(description, headers).verified).toBe(true);
      expect(verify(description, headers, now, Buffer.from('{}')).verified).toBe(false);
    }
  });

  test('without a header for the id are named by what is signed: the same again is the same delivery', () => {
    const first = hmac(timed).sign({ id: 'x', body, secret, now });
    const idOf = (headers: Record<string, string>) => (verify(timed, headers) as { id: string }).id;
    expect(idOf(first)).toBe(idOf(first));
    expect(idOf(hmac(timed).sign({ id: 'x', body, secret, now: new Date(now.getTime() + 1000) }))).not.toBe(
      idOf(first),
    );
  });

  test.each<[string, HmacDescription, (headers: Record<string, string>) => void, RegExp, number?]>([
    ['no signature', timed, (headers) => delete headers['x-chat-signature'], /X-Chat-Signature is missing/],
    ['no timestamp', timed, (headers) => delete headers['x-chat-timestamp'], /X-Chat-Timestamp is missing/],
    [
      'another timestamp',
      timed,
      (headers) => (headers['x-chat-timestamp'] = String(Number(seconds) + 1)),
      /does not match/,
    ],
    [
      'no prefix',
      timed,
      (headers) => (headers['x-chat-signature'] = headers['x-chat-signature']!.slice(3)),
      /does not match/,
    ],
    ['an old timestamp', timed, () => {}, /301 s in the past; 300 s/, 301],
    ['a tolerance of its own', { ...timed, tolerance: Duration.seconds(10) }, () => {}, /11 s in the past; 10 s/, 11],
  ])('with %s are refused', (...[, description, change, reason, later = 0]) => {
    const headers = hmac(description).sign({ id: 'x', body, secret, now });
    change(headers);
    const at = new Date(now.getTime() + later * 1000);
    expect(verify(description, headers, at)).toEqual({ verified: false, reason: expect.stringMatching(reason) });
  });

  test.each<[string, HmacDescription, RegExp]>([
    ['a body that is not signed', { header: 'x', content: '{timestamp}', timestampHeader: 't' }, /\{body\} is missing/],
    ['a timestamp that is not signed', { header: 'x', timestampHeader: 't' }, /timestampHeader: content does not have/],
    ['a timestamp without a header', { header: 'x', content: '{timestamp}{body}' }, /name its header, timestampHeader/],
    ['an id without a header', { header: 'x', content: '{id}{body}' }, /name its header, idHeader/],
    ['a header that is none', { header: 'x y' }, /header: "x y" is no name/],
    ['no header', {} as HmacDescription, /header: undefined is no name/],
    ['an algorithm that is not known', { header: 'x', algorithm: 'md5' as never }, /"md5" is none of/],
    ['an encoding that is not known', { header: 'x', encoding: 'utf8' as never }, /"utf8" is none of/],
  ])('cannot be described with %s', (_what, description, problem) => {
    expect(hmacProblems(description)).toEqual([expect.stringMatching(problem)]);
    expect(() => hmac(description)).toThrow(expect.objectContaining({ code: 'InvalidInput' }));
  });
});
