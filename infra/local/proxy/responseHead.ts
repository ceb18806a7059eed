import { passableTrailers } from './trailers.ts';

/** The head of a replica's answer, without the headers that belong to the connection alone. */
export interface ResponseHead {
  status: number;
  reason: string;
  /** The end-to-end headers, names and values by turns. */
  headers: string[];
  framing: Framing;
  /** Whether the replica keeps the connection open after this answer. */
  keepAlive: boolean;
  /** How long the replica keeps it open while it is idle, where it says so. */
  keepAliveSeconds?: number;
  /** The protocol that a 101 switches to. */
  upgrade?: string;
}

/** How the end of a body is found: no body, so many bytes, chunks, or the end of the connection. */
export type Framing = { kind: 'none' | 'chunked' | 'untilClose' } | { kind: 'length'; length: number };

/** An answer that is not HTTP/1.1 as RFC 9112 has it. */
export class BadResponse extends Error {
  override name = 'BadResponse';
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;
const NOT_IN_VALUES = /[^\t\x20-\x7e\x80-\xff]/;
const LENGTH = /^\d{1,15}$/;

/** The headers that describe the connection or the framing; the request id of the proxy stands for the replica's own. */
interface ConnectionHeaders {
  connection?: string;
  'keep-alive'?: string;
  'proxy-connection'?: string;
  te?: string;
  trailer?: string;
  upgrade?: string;
  'content-length'?: string;
  'transfer-encoding'?: string;
  'x-request-id'?: string;
}

const OWN: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'content-length',
  'transfer-encoding',
  'x-request-id',
]);
/** By the length of its name most headers are known to pass, without making it lower case. */
const OWN_LENGTHS: ReadonlySet<number> = new Set([...OWN].map((name) => name.length));
/** Reads the head of an answer to `method`; `text` goes up to the empty line and does not contain it. */
export function parseResponseHead(text: string, method: string): ResponseHead {
  const lines = text.split('\r\n');
  const line = STATUS_LINE.exec(lines[0]!);
  if (!line) throw new BadResponse('the answer does not begin with an HTTP/1 status line');
  const own: ConnectionHeaders = {};
  const headers = parseFields(lines, own);
  const status = Number(line[2]);
  const framing = framingOf(own, method, status, line[1] === '1');
  if (own['content-length'] !== undefined && status >= 200 && status !== 204) {
    headers.push('Content-Length', own['content-length']);
  }
  if (own.trailer !== undefined && framing.kind === 'chunked') headers.push('Trailer', own.trailer);
  return {
    status,
    reason: line[3] ?? '',
    headers: own.connection === undefined ? headers : withoutNamed(headers, own.connection),
    framing,
    keepAlive: line[1] === '1' && framing.kind !== 'untilClose' && !/\bclose\b/i.test(own.connection ?? ''),
    keepAliveSeconds: secondsOf(own['keep-alive']),
    upgrade: own.upgrade,
  };
}

/** The trailer fields that may be passed on, names and values by turns. */
export function parseTrailers(text: string): string[] {
  return passableTrailers(splitFields(text.split('\r\n'), 0));
}

function parseFields(lines: string[], own: ConnectionHeaders): string[] {
  const passed: string[] = [];
  const fields = splitFields(lines, 1);
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index]!;
    const value = fields[index + 1]!;
    const lower = OWN_LENGTHS.has(name.length) ? name.toLowerCase() : '';
    if (!OWN.has(lower)) {
      passed.push(name, value);
      continue;
    }
    const key = lower as keyof ConnectionHeaders;
    own[key] = own[key] === undefined ? value : `${own[key]}, ${value}`;
  }
  return passed;
}

function splitFields(lines: string[], from: number): string[] {
  const fields: string[] = [];
  for (let index = from; index < lines.length; index++) {
    const line = lines[index]!;
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    if (colon < 1 || !TOKEN.test(name)) throw new BadResponse(`line ${index + 1} of its head is not a header`);
    const value = line.slice(colon + 1).trim();
    if (NOT_IN_VALUES.test(value)) throw new BadResponse(`the value of ${name} has a control character`);
    fields.push(name, value);
  }
  return fields;
}

function framingOf(own: ConnectionHeaders, method: string, status: number, persistent: boolean): Framing {
  const coding = own['transfer-encoding'];
  const length = own['content-length'];
  if (length !== undefined && !LENGTH.test(length)) throw new BadResponse(`Content-Length is "${length}"`);
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return { kind: 'none' };
  if (coding !== undefined && length !== undefined)
    throw new BadResponse('it has Content-Length and Transfer-Encoding');
  if (coding !== undefined) {
    if (!persistent || coding.toLowerCase() !== 'chunked') throw new BadResponse(`Transfer-Encoding is "${coding}"`);
    return { kind: 'chunked' };
  }
  if (length === undefined) return { kind: 'untilClose' };
  return length === '0' ? { kind: 'none' } : { kind: 'length', length: Number(length) };
}

function withoutNamed(headers: string[], connection: string): string[] {
  if (connection === 'keep-alive' || connection === 'close') return headers;
  const named = new Set(
    connection
      .toLowerCase()
      .split(',')
      .map((token) => token.trim()),
  );
  named.delete('content-length');
  return headers.filter((_, index) => !named.has(headers[index - (index % 2)]!.toLowerCase()));
}

function secondsOf(keepAlive: string | undefined): number | undefined {
  const match = keepAlive === undefined ? null : /\btimeout=(\d{1,6})\b/i.exec(keepAlive);
  return match ? Number(match[1]) : undefined;
}
