import { timingSafeEqual } from 'node:crypto';
import type { Duration } from '../../core/duration.ts';
import { CloudError } from '../../core/errors.ts';

/** One HTTP request as it arrived: header names in lower case, the body as the bytes that were received. */
export interface WebhookRequest {
  headers: Record<string, string | undefined>;
  body: Uint8Array;
}

/** What a signature is checked against; any one of several secrets may fit, so that a key can be rotated. */
export interface VerifyOptions {
  secrets: readonly string[];
  now: Date;
  /** How far a signed timestamp may lie from `now`, before or after; schemes without a timestamp ignore it. */
  tolerance?: Duration;
}

/** Whether a request is authentic; `id` names the delivery and stays the same when the sender repeats it. */
export type Verification =
  | { verified: true; id: string; event?: string; ping?: boolean }
  | { verified: false; reason: string };

/** A delivery to sign. */
export interface Delivery {
  id: string;
  event?: string;
  body: Uint8Array;
  secret: string;
  now: Date;
}

/** One way of signing webhooks: `verify` for who receives them, `sign` (the headers to send) for who sends them. */
export interface Scheme {
  verify(request: WebhookRequest, options: VerifyOptions): Verification;
  sign(delivery: Delivery): Record<string, string>;
}

/** A refusal with the reason that the receiver logs. */
export const refused = (reason: string): Verification => ({ verified: false, reason });

/** Whether two texts are equal, in a time that depends on their lengths alone. */
export function equalInConstantTime(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Throws when there is nothing to check against: that is the receiver's mistake, not the sender's. */
export function requireSecrets(scheme: string, secrets: readonly string[]): void {
  if (secrets.length === 0) {
    throw new CloudError('InvalidInput', `webhook ${scheme}: there is no secret to verify with; name at least one`);
  }
  const empty = secrets.indexOf('');
  if (empty >= 0) {
    throw new CloudError(
      'InvalidInput',
      `webhook ${scheme}: secret ${empty + 1} of ${secrets.length} is empty, so anybody could sign with it; set its value`,
    );
  }
}
