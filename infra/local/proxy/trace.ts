import { randomFillSync, randomUUID } from 'node:crypto';

const SANE_REQUEST_ID = /^[\w.:/+=-]{1,128}$/;
const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const ZERO_TRACE = '0'.repeat(32);
const ZERO_PARENT = '0'.repeat(16);
/** Of the flags only `sampled` and `random` have a meaning in the version that is sent on. */
const KNOWN_FLAGS = 0x03;

/** The client's request id when it is short and harmless, otherwise a new one. */
export function requestIdFrom(value: string | undefined): string {
  return value !== undefined && SANE_REQUEST_ID.test(value) ? value : randomUUID();
}

/**
 * The `traceparent` to send on (W3C Trace Context): a valid one keeps its trace id and flags and gets a new parent id; otherwise
 * undefined, and `newTraceparent` starts a trace.
 */
export function childTraceparent(value: string): string | undefined {
  const match = TRACEPARENT.exec(value);
  if (!match) return undefined;
  const [, version, trace, parent, flags, more] = match;
  if (version === 'ff' || trace === ZERO_TRACE || parent === ZERO_PARENT) return undefined;
  if (version === '00' && more !== undefined) return undefined;
  const known = (Number.parseInt(flags!, 16) & KNOWN_FLAGS).toString(16).padStart(2, '0');
  return `00-${trace}-${randomHex(8)}-${known}`;
}

/** A `traceparent` for a new trace. It says sampled, because replicas that follow their parent would otherwise record nothing. */
export function newTraceparent(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-01`;
}

const pool = Buffer.alloc(4096);
let used = pool.length;

/** Random bytes as hex, taken from a pool because a call to the generator for each request is slow. */
function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}
