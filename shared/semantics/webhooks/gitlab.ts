import { createHash, timingSafeEqual } from 'node:crypto';
import { refused, requireSecrets, type Scheme } from './scheme.ts';

const TOKEN = 'x-gitlab-token';
const EVENT = 'x-gitlab-event';
const DELIVERY = 'idempotency-key';
/** Before GitLab 17.4 there is no key that stays the same for retries. */
const OLDER_DELIVERY = 'x-gitlab-webhook-uuid';

/**
 * GitLab's webhooks with a secret token, which comes as it is in `X-Gitlab-Token`: nothing is signed, so the connection must be encrypted.
 *
 * https://docs.gitlab.com/user/project/integrations/webhooks/#delivery-headers. The event is GitLab's own word, such as `Push Hook`.
 */
export const gitlab: Scheme = {
  verify({ headers }, { secrets }) {
    requireSecrets('gitlab', secrets);
    const token = headers[TOKEN];
    if (!token) return refused('the header X-Gitlab-Token is missing; set a secret token in the webhook on GitLab');
    const matching = secrets.filter((secret) => timingSafeEqual(digestOf(secret), digestOf(token)));
    if (matching.length === 0) return refused('the token in X-Gitlab-Token is another one');
    const id = headers[DELIVERY] || headers[OLDER_DELIVERY];
    if (!id) return refused('the header Idempotency-Key is missing, so a repeated delivery could not be recognised');
    const event = headers[EVENT];
    return event ? { verified: true, id, event } : refused('the header X-Gitlab-Event is missing');
  },

  sign({ id, event = 'Push Hook', secret }) {
    requireSecrets('gitlab', [secret]);
    return { [TOKEN]: secret, [EVENT]: event, [DELIVERY]: id };
  },
};

// Digests are of one length, so that not even the length of the token shows in the time.
const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
