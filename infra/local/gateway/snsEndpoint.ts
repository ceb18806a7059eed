import type { Clock } from '../../../shared/core/clock.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import { isOfSns } from '../../../shared/semantics/webhooks/index.ts';

/** Milliseconds that SNS gets to answer; it waits 15 seconds for our answer in turn. */
const PATIENCE = 5_000;
/** Bytes of an answer that are read: a certificate has about 2,000. */
const LARGEST_ANSWER = 64 * 1024;
const MOST_CERTIFICATES = 16;
/** Milliseconds that a certificate is kept, and that an address which gave none is not asked again. */
const KEPT = 24 * 3_600_000;
const KEPT_FAILURE = 60_000;

interface Kept {
  answer: Promise<string>;
  until: number;
}

/** What is asked of Amazon SNS itself: the certificates that it signs with, and the confirmation of subscriptions. */
export class SnsEndpoint {
  readonly #clock: Clock;
  readonly #fetch: typeof fetch;
  readonly #certificates = new Map<string, Kept>();

  constructor(clock: Clock, ask: typeof fetch = fetch) {
    this.#clock = clock;
    this.#fetch = ask;
  }

  /** The certificate at an address of SNS, which changes about once a year. */
  certificate(url: string): Promise<string> {
    const now = this.#clock.now().getTime();
    const known = this.#certificates.get(url);
    if (known && known.until > now) return known.answer;
    const kept: Kept = { answer: this.#get(url), until: now + KEPT };
    this.#certificates.delete(url);
    this.#certificates.set(url, kept);
    kept.answer.catch(() => {
      kept.until = now + KEPT_FAILURE;
    });
    const [oldest] = this.#certificates.keys();
    if (this.#certificates.size > MOST_CERTIFICATES) this.#certificates.delete(oldest!);
    return kept.answer;
  }

  /** Confirms a subscription at the address that its message gave. */
  async confirm(url: string): Promise<void> {
    await this.#get(url);
  }

  async #get(url: string): Promise<string> {
    // The address comes from a message; where it may lead is checked again at the last moment.
    if (!isOfSns(url)) throw unreachable('the address is not one of SNS');
    try {
      const answer = await this.#fetch(url, { redirect: 'error', signal: AbortSignal.timeout(PATIENCE) });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      return await textOf(answer);
    } catch (error) {
      throw unreachable((error as Error).message, error);
    }
  }
}

async function textOf(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LARGEST_ANSWER) throw new Error(`the answer is larger than ${LARGEST_ANSWER} bytes`);
  }
  return text;
}

function unreachable(reason: string, cause?: unknown): CloudError {
  return new CloudError('Unavailable', `SNS could not be asked: ${reason}`, {
    details: { service: 'Amazon SNS', reason },
    retry: 'backoff',
    cause,
  });
}
