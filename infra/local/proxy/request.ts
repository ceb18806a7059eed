import type { IncomingMessage } from 'node:http';
import { childTraceparent, newTraceparent, requestIdFrom } from './trace.ts';

/** What goes to a replica in front of the body. */
export interface ForwardedRequest {
  head: string;
  requestId: string;
  body: 'none' | 'length' | 'chunked';
  expectsContinue: boolean;
}

/** Why a request is not sent on. */
export interface Refusal {
  status: number;
  message: string;
}

/** The headers of a request that the proxy itself writes or leaves out; all others pass unchanged. */
interface OwnHeaders {
  connection?: string;
  'content-length'?: string;
  expect?: string;
  host?: string;
  'keep-alive'?: string;
  'proxy-connection'?: string;
  te?: string;
  traceparent?: string;
  tracestate?: string;
  'transfer-encoding'?: string;
  upgrade?: string;
  'x-forwarded-for'?: string;
  'x-forwarded-host'?: string;
  'x-forwarded-proto'?: string;
  'x-request-id'?: string;
}

/** What a second header of the same name means. */
const OWN: ReadonlyMap<string, 'list' | 'refused' | 'void'> = new Map([
  ['connection', 'list'],
  ['content-length', 'refused'],
  ['expect', 'void'],
  ['host', 'refused'],
  ['keep-alive', 'void'],
  ['proxy-connection', 'void'],
  ['te', 'list'],
  ['traceparent', 'void'],
  ['tracestate', 'list'],
  ['transfer-encoding', 'refused'],
  ['upgrade', 'list'],
  ['x-forwarded-for', 'list'],
  ['x-forwarded-host', 'void'],
  ['x-forwarded-proto', 'void'],
  ['x-request-id', 'void'],
]);
/** By the length of its name most headers are known to pass, without making it lower case. */
const OWN_LENGTHS: ReadonlySet<number> = new Set([...OWN.keys()].map((name) => name.length));

/**
 * The head of the request as a replica gets it (RFC 9110 section 7.6.1): without hop-by-hop headers, with `X-Forwarded-*`,
 * `X-Request-Id` and `traceparent`. With `upgrade` the protocols that the client offers are passed on.
 */
export function forward(request: IncomingMessage, upgrade: boolean): ForwardedRequest | Refusal {
  const own: OwnHeaders = {};
  const passed = separate(request.rawHeaders, own);
  if (typeof passed !== 'string') return passed;
  const target = targetOf(request.url ?? '', own.host ?? '');
  if (!target) return { status: 400, message: 'the request target is neither a path nor an http URL' };
  const body = framingOf(own, request.httpVersionMinor);
  if (typeof body !== 'string') return body;

  const requestId = requestIdFrom(own['x-request-id']);
  const expectsContinue = own.expect !== undefined && body !== 'none' && request.httpVersionMinor > 0;
  const lines = own.connection === undefined ? passed : withoutNamed(passed, own.connection);
  const forwarded = forwardedFor(request.socket.remoteAddress ?? 'unknown', own['x-forwarded-for'], target.host);
  const hop = upgrade ? `Upgrade: ${own.upgrade}\r\nConnection: Upgrade\r\n` : trailersWanted(own.te);
  const expect = expectsContinue ? 'Expect: 100-continue\r\n' : '';
  const head =
    `${request.method} ${target.path} HTTP/1.1\r\nHost: ${target.host}\r\n${lines}${forwarded}` +
    `X-Request-Id: ${requestId}\r\n${trace(own)}${framing(body, own['content-length'])}${expect}${hop}\r\n`;
  return { head, requestId, body, expectsContinue };
}

/** Fills `own` and answers all other headers as lines. */
function separate(rawHeaders: string[], own: OwnHeaders): string | Refusal {
  let passed = '';
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    const value = rawHeaders[index + 1]!;
    const lower = OWN_LENGTHS.has(name.length) ? name.toLowerCase() : '';
    const repeated = OWN.get(lower);
    if (repeated === undefined) {
      passed += `${name}: ${value}\r\n`;
      continue;
    }
    const key = lower as keyof OwnHeaders;
    const before = own[key];
    if (before === undefined) own[key] = value;
    else if (repeated === 'list') own[key] = `${before}, ${value}`;
    else if (repeated === 'void') own[key] = '';
    else return { status: 400, message: `the header ${lower} stands in the request more than once` };
  }
  return passed;
}

function targetOf(url: string, host: string): { path: string; host: string } | undefined {
  if (url.startsWith('/') || url === '*') return { path: url, host };
  const parsed = /^http:\/\//i.test(url) ? URL.parse(url) : null;
  return parsed ? { path: `${parsed.pathname}${parsed.search}`, host: parsed.host } : undefined;
}

function framingOf(own: OwnHeaders, httpVersionMinor: number): ForwardedRequest['body'] | Refusal {
  const coding = own['transfer-encoding'];
  const length = own['content-length'];
  if (coding === undefined) return length === undefined || /^0+$/.test(length) ? 'none' : 'length';
  if (length !== undefined) return { status: 400, message: 'Content-Length and Transfer-Encoding exclude each other' };
  if (httpVersionMinor === 0) return { status: 400, message: 'Transfer-Encoding does not exist in HTTP/1.0' };
  if (coding.toLowerCase() !== 'chunked') {
    return { status: 501, message: 'of the transfer codings only "chunked" is supported' };
  }
  return 'chunked';
}

function framing(body: ForwardedRequest['body'], length: string | undefined): string {
  if (body === 'chunked') return 'Transfer-Encoding: chunked\r\n';
  return length === undefined ? '' : `Content-Length: ${length}\r\n`;
}

function withoutNamed(lines: string, connection: string): string {
  if (connection === 'keep-alive' || connection === 'close') return lines;
  const named = new Set(
    connection
      .toLowerCase()
      .split(',')
      .map((token) => token.trim()),
  );
  return lines
    .split(/(?<=\r\n)/)
    .filter((line) => !named.has(line.slice(0, line.indexOf(':')).toLowerCase()))
    .join('');
}

function forwardedFor(address: string, before: string | undefined, host: string): string {
  const chain = before ? `${before}, ${address}` : address;
  return `X-Forwarded-For: ${chain}\r\nX-Forwarded-Host: ${host}\r\nX-Forwarded-Proto: http\r\n`;
}

/** The proxy passes trailers, and may therefore say that they are welcome. */
function trailersWanted(te: string | undefined): string {
  return te !== undefined && /(^|,)\s*trailers\s*(,|$)/i.test(te) ? 'TE: trailers\r\nConnection: TE\r\n' : '';
}

function trace({ traceparent, tracestate }: OwnHeaders): string {
  const child = traceparent === undefined ? undefined : childTraceparent(traceparent);
  if (child === undefined) return `traceparent: ${newTraceparent()}\r\n`;
  return `traceparent: ${child}\r\n${tracestate === undefined ? '' : `tracestate: ${tracestate}\r\n`}`;
}
