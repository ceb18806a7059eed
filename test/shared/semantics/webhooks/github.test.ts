import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { schemes } from '../../../../shared/semantics/webhooks/index.ts';

const now = new Date('2026-01-01T00:00:00Z');
const secret = 'a secret for tests';
const body = Buffer.from('{"ref":"refs/heads/main"}');
const hex = createHmac('sha256', secret).update(body).digest('hex');
const headers = {
  'x-hub-signature-256': `sha256=${hex}`,
  'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  'x-github-event': 'push',
};
const verify = (overrides: Record<string, string | undefined>, content: Uint8Array = body, secrets = [secret]) =>
  schemes.github.verify({ headers: { ...headers, ...overrides }, body: content }, { secrets, now });

describe('GitHub webhooks', () => {
  test('a signed delivery is verified and names its delivery and event', () => {
    expect(verify({})).toEqual({ verified: true, id: headers['x-github-delivery'], event: 'push', ping: false });
  });

  test('a ping is recognised', () => {
    expect(verify({ 'x-github-event': 'ping' })).toMatchObject({ verified: true, ping: true });
  });

  test("GitHub's documented example of a signature is verified", () => {
    const documented = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const result = verify({ 'x-hub-signature-256': documented }, Buffer.from('Hello, World!'), [
      "It's a Secret to Everybody",
    ]);
    expect(result.verified).toBe(true);
  });

  test('the second of two secrets verifies while a key is rotated', () => {
    expect(verify({}, body, ['the next secret', secret]).verified).toBe(true);
  });

  test('a signature that is off by any one bit is refused', () => {
    const digest = Buffer.from(hex, 'hex');
    for (let bit = 0; bit < 256; bit++) {
      const wrong = Buffer.from(digest);
      wrong[bit >> 3]! ^= 1 << (bit & 7);
      expect(verify({ 'x-hub-signature-256': `sha256=${wrong.toString('hex')}` }).verified).toBe(false);
    }
  });

  test('a body that is cut short is refused', () => {
    expect(verify({}, body.subarray(0, -1)).verified).toBe(false);
  });

  test.each([
    ['x-hub-signature-256', undefined, 'X-Hub-Signature-256 is missing'],
    ['x-hub-signature-256', hex, 'is not "sha256="'],
    ['x-hub-signature-256', `sha1=${hex}`, 'is not "sha256="'],
    ['x-hub-signature-256', `sha256=${hex}00`, 'is not "sha256="'],
    ['x-github-delivery', undefined, 'X-GitHub-Delivery is missing'],
    ['x-github-event', undefined, 'X-GitHub-Event is missing'],
  ])('%s = %s is refused with the reason', (name, value, reason) => {
    expect(verify({ [name]: value })).toEqual({ verified: false, reason: expect.stringContaining(reason) });
  });

  test.each([[[]], [['']], [[secret, '']]])('secrets %j are the receiver’s mistake and throw', (secrets) => {
    expect(() => verify({}, body, secrets)).toThrow(expect.objectContaining({ code: 'InvalidInput' }));
  });

  test('what sign makes, verify accepts, whatever bytes the body has', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const signed = schemes.github.sign({ id: 'd-1', event: 'push', body: bytes, secret, now });
    const result = schemes.github.verify({ headers: signed, body: bytes }, { secrets: [secret], now });
    expect(result).toMatchObject({ verified: true, id: 'd-1', event: 'push' });
  });
});
