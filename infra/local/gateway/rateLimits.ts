import type { RateLimit } from '../../../shared/configuration.ts';

interface Bucket {
  tokens: number;
  /** When the tokens were counted, in milliseconds. */
  at: number;
}

/** What a hook takes that says nothing: bursts of a busy sender pass, a flood does not. */
const USUAL: { requests: number; milliseconds: number } = { requests: 600, milliseconds: 60_000 };

/** Token buckets by name: each holds what is allowed in one period, and fills up evenly. Ask for names that exist alone, so that they are few. */
export class RateLimits {
  readonly #buckets = new Map<string, Bucket>();

  /** Takes one request; the answer is in how many seconds to come again when there is none to take. */
  take(name: string, limit: RateLimit | undefined, now: Date): number | undefined {
    const { requests, milliseconds } = limit
      ? { requests: limit.requests, milliseconds: limit.per.milliseconds }
      : USUAL;
    const perToken = milliseconds / requests;
    const bucket = this.#buckets.get(name) ?? { tokens: requests, at: now.getTime() };
    this.#buckets.set(name, bucket);
    // A clock that went back gives nothing and takes nothing.
    const elapsed = Math.max(0, now.getTime() - bucket.at);
    bucket.tokens = Math.min(requests, bucket.tokens + elapsed / perToken);
    bucket.at = now.getTime();
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) * perToken) / 1_000);
    bucket.tokens--;
    return undefined;
  }
}

/** What is wrong with a rate limit, if anything. */
export function rateLimitProblem({ requests, per }: RateLimit): string | undefined {
  if (!Number.isInteger(requests) || requests < 1 || requests > 1_000_000) {
    return `rateLimit.requests: ${requests} is not a whole number from 1 to 1000000`;
  }
  if (per?.milliseconds >= 1 && per.milliseconds <= 24 * 3_600_000) return undefined;
  return `rateLimit.per: ${per} is not a duration of at most 24 hours, such as Duration.minutes(1)`;
}
