import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Duration } from '../../../../shared/core/duration.ts';
import { schemes } from '../../../../shared/semantics/webhooks/index.ts';

const now = new Date('2027-01-01T00:00:00Z');
const seconds = now.getTime() / 1000;
const secret = 'whsec_a secret for tests';
const body = Buffer.from('{"id":"evt_1","type":"invoice.paid"}');
const signature = (at: number | string = seconds, key = secret): string =>
  createHmac('sha256', key).update(`${at}.${body}`).digest('hex');
const verify = (header: string | undefined, { content = body, secrets = [secret], tolerance }: Given = {}) =>
  schemes.stripe.verify(
    { headers: { 'stripe-signature': header }, body: content },
    { secrets, now, ...(tolerance && { tolerance }) },
  );

interface Given {
  content?: Uint8Array;
  secrets?: string[];
  tolerance?: Duration;
}

describe('webhooks signed as Stripe does', () => {
  test('are verified, with the id and the type of the body as those of the delivery', () => {
    expect(verify(`t=${seconds},v1=${signature()}`)).toEqual({ verified: true, id: 'evt_1', event: 'invoice.paid' });
  });

  test('are verified by any of several signatures and secrets, and not by another scheme', () => {
    const other = signature(seconds, 'another');
    expect(verify(`t=${seconds},v1=${other},v1=${signature()},v0=${other}`).verified).toBe(true);
    expect(verify(`t=${seconds},v1=${signature()}`, { secrets: ['another', secret] }).verified).toBe(true);
    expect(verify(`t=${seconds},v0=${signature()}`)).toMatchObject({ reason: expect.stringContaining('no v1=') });
  });

  test('are what `sign` makes', () => {
    expect(schemes.stripe.sign({ id: 'evt_1', body, secret, now })).toEqual({
      'stripe-signature': `t=${seconds},v1=${signature()}`,
    });
  });

  test('are named by their body where that has no id', () => {
    const plain = Buffer.from('not JSON');
    const header = schemes.stripe.sign({ id: 'x', body: plain, secret, now })['stripe-signature'];
    expect(verify(header, { content: plain })).toEqual({ verified: true, id: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  test.each<[string, string | undefined, RegExp, Given?]>([
    ['no header', undefined, /is missing/],
    ['another body', `t=${seconds},v1=${signature()}`, /does not match/, { content: Buffer.from('{}') }],
    ['another timestamp than was signed', `t=${seconds + 1},v1=${signature()}`, /does not match/],
    ['a signature cut short', `t=${seconds},v1=${signature().slice(1)}`, /does not match/],
    ['no timestamp', `v1=${signature()}`, /exactly one t=/],
    ['two timestamps', `t=${seconds},t=1,v1=${signature()}`, /exactly one t=/],
    ['a timestamp that is none', `t=now,v1=${signature('now')}`, /not a whole number/],
    [
      'one second more than five minutes ago',
      `t=${seconds - 301},v1=${signature(seconds - 301)}`,
      /301 s in the past; 300 s/,
    ],
    ['the future', `t=${seconds + 301},v1=${signature(seconds + 301)}`, /301 s in the future/],
    [
      'a tolerance of its own',
      `t=${seconds - 11},v1=${signature(seconds - 11)}`,
      /10 s/,
      { tolerance: Duration.seconds(10) },
    ],
  ])('with %s are refused', (...[, header, reason, given]) => {
    expect(verify(header, given)).toEqual({ verified: false, reason: expect.stringMatching(reason) });
  });

  test('cannot be verified with an empty secret', () => {
    expect(() => verify('t=1,v1=1', { secrets: [''] })).toThrow(expect.objectContaining({ code: 'InvalidInput' }));
  });
});
