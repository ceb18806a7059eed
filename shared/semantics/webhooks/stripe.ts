import { createHash, createHmac } from 'node:crypto';
import { Duration } from '../../core/duration.ts';
import { equalInConstantTime, refused, requireSecrets, type Scheme, timestampProblem } from './scheme.ts';

const SIGNATURE = 'stripe-signature';
const TOLERANCE = Duration.minutes(5);
/** While a secret is rotated there are two. */
const MOST_SIGNATURES = 8;

/**
 * Stripe's webhooks: `Stripe-Signature: t=<seconds>,v1=<hex>`, HMAC-SHA256 over `{timestamp}.{body}` with the secret as it is written
 * (`whsec_` included). Other schemes in the header (`v0`) are for tests of Stripe's and do not count.
 *
 * https://docs.stripe.com/webhooks#verify-manually. The delivery's id and its event are `id` and `type` of the body, which is signed.
 */
export const stripe: Scheme = {
  verify({ headers, body }, { secrets, now, tolerance = TOLERANCE }) {
    requireSecrets('stripe', secrets);
    const header = headers[SIGNATURE];
    if (!header) return refused('the header Stripe-Signature is missing');
    const parts = header.split(',').map((part) => part.trim().split('='));
    const valuesOf = (name: string): string[] =>
      parts.flatMap(([key, value]) => (key === name && value ? [value] : []));
    const [timestamps, signatures] = [valuesOf('t'), valuesOf('v1').slice(0, MOST_SIGNATURES)];
    if (timestamps.length !== 1) return refused('the header Stripe-Signature has not exactly one t=…');
    if (signatures.length === 0) return refused('the header Stripe-Signature has no v1=…');
    const [timestamp = ''] = timestamps;
    const problem = timestampProblem('t of the header Stripe-Signature', timestamp, now, tolerance);
    if (problem) return refused(problem);
    const expected = secrets.map((secret) => signatureOf(timestamp, body, secret));
    // All are compared, so that the time tells nothing about which one fits.
    const matching = expected.flatMap((one) => signatures.filter((signature) => equalInConstantTime(signature, one)));
    if (matching.length === 0) {
      return refused('the signature does not match the body; the body was changed on its way, or the secrets differ');
    }
    return { verified: true, ...namesIn(body) };
  },

  sign({ body, secret, now }) {
    requireSecrets('stripe', [secret]);
    const timestamp = String(Math.floor(now.getTime() / 1000));
    return { [SIGNATURE]: `t=${timestamp},v1=${signatureOf(timestamp, body, secret)}` };
  },
};

function signatureOf(timestamp: string, body: Uint8Array, secret: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
}

/** A body without an id is its own: the same one again is the same delivery. */
function namesIn(body: Uint8Array): { id: string; event?: string } {
  const { id, type } = objectIn(body);
  return {
    id: typeof id === 'string' && id !== '' ? id : createHash('sha256').update(body).digest('hex'),
    ...(typeof type === 'string' && { event: type }),
  };
}

function objectIn(body: Uint8Array): { id?: unknown; type?: unknown } {
  try {
    return JSON.parse(new TextDecoder().decode(body)) ?? {};
  } catch {
    return {};
  }
}
