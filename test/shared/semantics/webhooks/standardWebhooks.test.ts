import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Duration } from '../../../../shared/core/duration.ts';
import { schemes, type VerifyOptions } from '../../../../shared/semantics/webhooks/index.ts';

const scheme = schemes.standardWebhooks;
const now = new Date('2026-01-01T00:00:00Z');
const body = Buffer.from('{"type":"contact.created"}');
const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const other = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const pair = generateKeyPairSync('ed25519');
const publicKey = `whpk_${Buffer.from(pair.publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('base64')}`;
const seed = Buffer.from(pair.privateKey.export({ format: 'jwk' }).d!, 'base64url');
const secretKey = `whsk_${seed.toString('base64')}`;

const signed = (with_ = secret, at = now) => scheme.sign({ id: 'msg_1', body, secret: with_, now: at });
const verify = (headers: Record<string, string | undefined>, options: Partial<VerifyOptions> = {}, content = body) =>
  scheme.verify({ headers, body: content }, { secrets: [secret], now, ...options });

describe('Standard Webhooks', () => {
  test('the signed content is id, timestamp and body joined with full stops', () => {
    // Computed with: printf 'msg_1.1767225600.{"type":"contact.created"}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:07… -binary | base64
    expect(signed()['webhook-signature']).toBe('v1,Cr5IbwuIwoIPxmzY7lMtAlQ67XhflL0bB6FSaqBcdoI=');
    expect(signed()['webhook-timestamp']).toBe('1767225600');
  });

  test.each([
    ['HMAC-SHA256', secret, secret],
    ['ed25519', secretKey, publicKey],
    [
      'ed25519 with the public key behind the seed',
      `whsk_${Buffer.concat([seed, seed]).toString('base64')}`,
      publicKey,
    ],
  ])('what sign makes with %s, verify accepts', (_, signing, verifying) => {
    expect(verify(signed(signing), { secrets: [verifying] })).toEqual({ verified: true, id: 'msg_1' });
  });

  test('one of several signatures is enough, and one of several secrets', () => {
    const headers = {
      ...signed(),
      'webhook-signature': `${signed(other)['webhook-signature']} ${signed()['webhook-signature']}`,
    };
    expect(verify(headers).verified).toBe(true);
    expect(verify(headers, { secrets: [publicKey, other] }).verified).toBe(true);
  });

  test('a signature of an unknown version is passed over', () => {
    const signature = `v9,AAAA nonsense ${signed()['webhook-signature']}`;
    expect(verify({ ...signed(), 'webhook-signature': signature }).verified).toBe(true);
    expect(verify({ ...signed(), 'webhook-signature': signature.replace(' v1,', ' v2,') }).verified).toBe(false);
  });

  test.each([
    [secret, secret],
    [secretKey, publicKey],
  ])('a signature that is off by any one bit of its text is refused', (signing, verifying) => {
    const genuine = signed(signing)['webhook-signature']!;
    for (let bit = 0; bit < genuine.length * 8; bit++) {
      const wrong = Buffer.from(genuine);
      wrong[bit >> 3]! ^= 1 << (bit & 7);
      const headers = { ...signed(), 'webhook-signature': wrong.toString('latin1') };
      expect(verify(headers, { secrets: [verifying] }).verified).toBe(false);
    }
  });

  test('a digit with other spare bits, which decodes to the same bytes, is refused', () => {
    const genuine = signed(secretKey)['webhook-signature']!;
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const last = genuine.at(-3)!;
    const twin = `${genuine.slice(0, -3)}${digits[digits.indexOf(last) + 1]}==`;
    expect(Buffer.from(twin.slice(4), 'base64')).toEqual(Buffer.from(genuine.slice(4), 'base64'));
    expect(verify({ ...signed(), 'webhook-signature': twin }, { secrets: [publicKey] }).verified).toBe(false);
  });

  test.each(['webhook-id', 'webhook-timestamp'])('a changed %s is refused', (name) => {
    const changed = name === 'webhook-id' ? 'msg_2' : '1767225601';
    expect(verify({ ...signed(), [name]: changed }).verified).toBe(false);
  });

  test('a body that is cut short is refused', () => {
    expect(verify(signed(), {}, body.subarray(0, -1)).verified).toBe(false);
  });

  test.each([
    [-300, true],
    [-301, false],
    [300, true],
    [301, false],
  ])('a timestamp %i s away from now is accepted: %s', (seconds, verified) => {
    const headers = signed(secret, new Date(now.getTime() + seconds * 1000));
    expect(verify(headers).verified).toBe(verified);
  });

  test('the tolerance can be set, and the reason says how old the delivery is', () => {
    const headers = signed(secret, new Date(now.getTime() - 61_000));
    expect(verify(headers, { tolerance: Duration.minutes(1) })).toEqual({
      verified: false,
      reason: 'the timestamp is 61 s in the past; 60 s are allowed',
    });
  });

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('a missing %s is named', (name) => {
    expect(verify({ ...signed(), [name]: undefined })).toEqual({
      verified: false,
      reason: `the header ${name} is missing`,
    });
  });

  test.each(['1767225600.0', 'now', '-1767225600', ' 1767225600', '1e9'])(
    'the timestamp "%s" is refused',
    (timestamp) => {
      expect(verify({ ...signed(), 'webhook-timestamp': timestamp }).verified).toBe(false);
    },
  );

  test('an id with a full stop is refused on both sides', () => {
    expect(verify({ ...signed(), 'webhook-id': 'msg.1' }).verified).toBe(false);
    expect(() => scheme.sign({ id: 'msg.1', body, secret, now })).toThrow(/must not contain/);
  });

  test.each([
    ['no prefix', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['not base64', 'whsec_not base64 at all'],
    ['nothing behind the prefix', 'whsec_'],
    ['a public key of the wrong length', `whpk_${Buffer.alloc(31, 3).toString('base64')}`],
  ])('a secret with %s is the receiver’s mistake: it throws without showing the secret', (_, wrong) => {
    const attempt = () => verify(signed(), { secrets: [secret, wrong] });
    expect(attempt).toThrow(/secret 2 of 2/);
    expect(attempt).not.toThrow(wrong.slice(6) || 'nothing to leak');
  });

  test('a public key cannot sign', () => {
    expect(() => signed(publicKey)).toThrow(/neither "whsec_" \(HMAC-SHA256\) nor "whsk_"/);
  });
});
