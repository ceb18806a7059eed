import type { HttpTarget } from '../../../shared/configuration.ts';
import { Duration } from '../../../shared/core/duration.ts';

const LONGEST_TIMEOUT = Duration.minutes(5);
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
/** What a request says for itself. */
const RESERVED = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'traceparent',
  'tracestate',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
]);

/** What is wrong with an HTTP destination, without the values of its headers. */
export function destinationProblems({ url, headers = {}, timeout }: HttpTarget): string[] {
  return [...urlProblems(url), ...Object.entries(headers).flatMap(headerProblems), ...timeoutProblems(timeout)];
}

function urlProblems(text: string): string[] {
  const url = URL.parse(text);
  if (!url) return [`http: ${JSON.stringify(text)} is not an address; write https://…`];
  // The address is shown to people; what it may hold besides is not.
  if (url.username || url.password) return [`http: the address at ${url.host} has a password in it; use headers`];
  if (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname))) return [];
  return [`http: ${url.protocol}//${url.host} is not encrypted; write https://…, or http:// on the loopback alone`];
}

function headerProblems([name, value]: [string, unknown]): string[] {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return [`http headers: ${JSON.stringify(name)} is not the name of a header`];
  if (RESERVED.has(name.toLowerCase())) return [`http headers: ${name} is set by the request itself; leave it out`];
  if (typeof value === 'string' && /^[\t\x20-\x7e]*$/.test(value)) return [];
  if (typeof (value as { secret?: unknown } | null)?.secret === 'string') return [];
  return [`http headers: ${name} is neither a text in ASCII nor { secret: '<name>' }`];
}

function timeoutProblems(timeout: Duration | undefined): string[] {
  // Not `instanceof`: the configuration may come from another copy of the package.
  if (timeout === undefined || (timeout.milliseconds > 0 && timeout.milliseconds <= LONGEST_TIMEOUT.milliseconds))
    return [];
  return [`http: timeout ${timeout} is not a duration of at most 5 minutes, such as Duration.seconds(10)`];
}
