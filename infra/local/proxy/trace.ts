import { randomUUID } from 'node:crypto';
import { randomHex } from '../../../shared/core/ids.ts';
import { parseTraceContext, traceFields } from '../../../shared/semantics/tracing/traceContext.ts';

const SANE_REQUEST_ID = /^[\w.:/+=-]{1,128}$/;

/** The client's request id when it is short and harmless, otherwise a new one. */
export function requestIdFrom(value: string | undefined): string {
  return value !== undefined && SANE_REQUEST_ID.test(value) ? value : randomUUID();
}

/**
 * The `traceparent` to send on (W3C Trace Context): a valid one keeps its trace id and flags and gets a new parent id; otherwise
 * undefined, and `newTraceparent` starts a trace.
 */
export function childTraceparent(value: string): string | undefined {
  const context = parseTraceContext({ traceparent: value });
  return context && traceFields({ ...context, parentId: randomHex(8) }).traceparent;
}

/** A `traceparent` for a new trace. It says sampled, because replicas that follow their parent would otherwise record nothing. */
export function newTraceparent(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-01`;
}
