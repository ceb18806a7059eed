import { timingSafeEqual } from 'node:crypto';
import type { Json } from '../../core/codecs.ts';
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

/**
 * Whether a request is authentic; `id` names the delivery and stays the same when the sender repeats it. `data` is what the delivery brings
 * where that is not its body.
 */
export type Verification =
  | { verified: true; id: string; event?: string; ping?: boolean; data?: Json }
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

/** Why a signed timestamp, in seconds or (with 13 digits) milliseconds since 1970, is not one of now; undefined when it is. */
export function timestampProblem(place: string, timestamp: string, now: Date, tolerance: Duration): string | undefined {
  if (!/^\d{1,13}$/.test(timestamp)) return `${place} is not a whole number of seconds since 1970`;
  const age = now.getTime() - Number(timestamp) * (timestamp.length === 13 ? 1 : 1000);
  if (Math.abs(age) <= tolerance.milliseconds) return undefined;
  const seconds = Math.round(Math.abs(age) / 1000);
  return `the timestamp is ${seconds} s in the ${age > 0 ? 'past' : 'future'}; ${tolerance.seconds} s are allowed`;
}

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
