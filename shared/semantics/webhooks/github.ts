import { createHmac } from 'node:crypto';
import { equalInConstantTime, refused, requireSecrets, type Scheme } from './scheme.ts';

const SIGNATURE = 'x-hub-signature-256';
const DELIVERY = 'x-github-delivery';
const EVENT = 'x-github-event';

/**
 * GitHub's webhooks: HMAC-SHA256 over the body as `X-Hub-Signature-256: sha256=<hex>`.
 *
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries. Only the body is signed: the delivery's id and the
 * event's name are as trustworthy as the connection they came over, and there is no timestamp to bound a replay.
 */
export const github: Scheme = {
  verify({ headers, body }, { secrets }) {
    requireSecrets('github', secrets);
    const signature = headers[SIGNATURE];
    if (!signature) return refused('the header X-Hub-Signature-256 is missing; set a secret in the webhook on GitHub');
    if (!/^sha256=[0-9a-f]{64}$/.test(signature)) {
      return refused('the header X-Hub-Signature-256 is not "sha256=" and 64 hexadecimal digits in lower case');
    }
    const matching = secrets.filter((secret) => equalInConstantTime(signature, signatureOf(body, secret)));
    if (matching.length === 0) {
      return refused('the signature does not match the body; the body was changed on its way, or the secrets differ');
    }
    const id = headers[DELIVERY];
    if (!id) return refused('the header X-GitHub-Delivery is missing, so a repeated delivery could not be recognised');
    const event = headers[EVENT];
    if (!event) return refused('the header X-GitHub-Event is missing');
    return { verified: true, id, event, ping: event === 'ping' };
  },

  sign({ id, event = 'push', body, secret }) {
    requireSecrets('github', [secret]);
    return { [DELIVERY]: id, [EVENT]: event, [SIGNATURE]: signatureOf(body, secret) };
  },
};

function signatureOf(body: Uint8Array, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}
