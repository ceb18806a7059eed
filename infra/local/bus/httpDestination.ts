import type { HttpTarget } from '../../../shared/configuration.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import { Duration } from '../../../shared/core/duration.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import { type TraceContext, traceFields } from '../../../shared/semantics/tracing/traceContext.ts';
import { schemes } from '../../../shared/semantics/webhooks/index.ts';

/** How long an answer may take, unless the destination says otherwise. */
export const USUAL_TIMEOUT = Duration.seconds(10);
/** Of an answer no more is read than this, in bytes. */
const LARGEST_ANSWER = 64 * 1024;
/** How much of an answer that says no is shown. */
const SHOWN_ANSWER = 200;

/** One delivery to a destination. */
export interface HttpDelivery {
  /** The same whenever the delivery is made again: the receiver's key to doing it once. */
  id: string;
  /** What is sent as JSON: the event, or the input that was made from it. */
  body: Json;
  contentType: string;
  trace: TraceContext;
  /** Ends the attempt, because the host does. */
  signal: AbortSignal;
}

export interface HttpDesk {
  clock: Clock;
  secret(name: string): string;
}

/**
 * Posts a delivery to a destination, signed as Standard Webhooks says where it names a secret. Throws `Throttled` or `Unavailable` for
 * what may go well later, and `TriggerError.TargetRefused` for an answer that will stay the same.
 */
export async function post(target: HttpTarget, delivery: HttpDelivery, { clock, secret }: HttpDesk): Promise<Json> {
  const body = Buffer.from(JSON.stringify(delivery.body));
  const secrets: string[] = [];
  const headers = {
    'user-agent': 'cloudlib',
    ...ownHeaders(target, (name) => {
      const value = newest(secret(name));
      secrets.push(value);
      return value;
    }),
    ...traceFields(delivery.trace),
    ...signature(target, delivery.id, body, { clock, secret }),
    'content-type': delivery.contentType,
  };
  const timeout = target.timeout ?? USUAL_TIMEOUT;
  const abort = new AbortController();
  const cancel = clock.at(new Date(clock.now().getTime() + timeout.milliseconds), () => abort.abort());
  try {
    const answer = await fetch(target.url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.any([abort.signal, delivery.signal]),
    }).catch((error: Error) => {
      throw unreachable(target.url, abort.signal.aborted ? `no answer within ${timeout}` : reasonOf(error));
    });
    const text = await beginningOf(answer).catch(() => '');
    if (answer.ok) return { status: answer.status };
    throw refusal(target.url, answer, shownOf(text, secrets), clock.now());
  } finally {
    cancel();
  }
}

/** The value of the newest secret: the first line, where several are valid at a time. */
const newest = (value: string): string => value.split('\n').find(Boolean) ?? '';

function ownHeaders({ headers = {} }: HttpTarget, secret: HttpDesk['secret']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      typeof value === 'string' ? value : secret(value.secret),
    ]),
  );
}

function signature(target: HttpTarget, id: string, body: Uint8Array, { clock, secret }: HttpDesk) {
  if (target.secret === undefined) return { 'webhook-id': id };
  return schemes.standardWebhooks.sign({ id, body, secret: newest(secret(target.secret)), now: clock.now() });
}

/** The beginning of an answer's body; the rest is not taken. */
async function beginningOf(answer: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= LARGEST_ANSWER) break;
  }
  return text;
}

/** What is shown of an answer; some repeat the headers that they got, and with them what is secret. */
function shownOf(text: string, secrets: string[]): string {
  const hidden = secrets.filter(Boolean).reduce((rest, secret) => rest.replaceAll(secret, '•••'), text);
  return hidden.trim().slice(0, SHOWN_ANSWER);
}

/** What is worth another try: the receiver is too busy, broken, or was too slow; any other answer stays as it is. */
const MAY_CHANGE = (status: number): boolean => status === 408 || status === 425 || status === 429 || status >= 500;

function refusal(url: string, answer: Response, text: string, now: Date): CloudError {
  const { status, headers } = answer;
  const said = text && `: ${text}`;
  const message = `${addressOf(url)} answered ${status}${said}`;
  if (status >= 300 && status < 400) {
    const reason = `${message}; redirects are not followed, write the address where it leads`;
    return new CloudError('TriggerError.TargetRefused', reason, { details: { target: addressOf(url), reason } });
  }
  if (!MAY_CHANGE(status)) {
    return new CloudError('TriggerError.TargetRefused', message, {
      details: { target: addressOf(url), reason: `status ${status}` },
    });
  }
  const retryAfter = retryAfterOf(headers.get('retry-after'), now);
  const code = status === 429 ? 'Throttled' : 'Unavailable';
  return new CloudError(code, message, {
    details: { service: addressOf(url), reason: `status ${status}`, ...(retryAfter && { retryAfter }) },
    retry: 'backoff',
  });
}

/** RFC 9110, 10.2.3: a number of seconds or a date; what is neither does not count. */
function retryAfterOf(value: string | null, now: Date): Duration | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Duration.seconds(Number(value));
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : Duration.milliseconds(Math.max(0, time - now.getTime()));
}

/** The address without its query, which may hold a key. */
function addressOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function unreachable(url: string, reason: string): CloudError {
  return new CloudError('Unavailable', `${addressOf(url)} cannot be reached: ${reason}`, {
    details: { service: addressOf(url), reason },
    retry: 'backoff',
  });
}

/** The reason of a failed fetch; the message of what caused it tells more, and neither has a header in it. */
function reasonOf(error: Error): string {
  return (error.cause as Error | undefined)?.message ?? error.message;
}
