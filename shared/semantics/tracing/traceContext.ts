/**
 * W3C Trace Context: which trace something belongs to, and what came directly before it.
 *
 * https://www.w3.org/TR/trace-context-2/
 */
export interface TraceContext {
  /** 32 lower case hexadecimal digits, not all zero. */
  traceId: string;
  /** The span that came before: 16 lower case hexadecimal digits, not all zero. */
  parentId: string;
  /** Bit 0 says sampled, bit 1 that the trace id is random; the other bits are 0. */
  flags: number;
  /** What tracing systems add of their own, as a valid `tracestate`. */
  state?: string;
}

/** The two fields that carry a trace context, as headers of HTTP and as attributes of an event. */
export interface TraceFields {
  traceparent?: string;
  tracestate?: string;
}

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/s;
const ZERO_TRACE = '0'.repeat(32);
const ZERO_PARENT = '0'.repeat(16);
/** Of the flags only `sampled` and `random` have a meaning in the version that is written. */
const KNOWN_FLAGS = 0x03;

const KEY = /^[a-z\d][a-z\d_\-*/@]{0,255}$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const MOST_MEMBERS = 32;
/** A longer list loses its long members first and then its last ones. */
const LONGEST_STATE = 512;
const LONG_MEMBER = 128;

/**
 * Reads a trace context (sections 3.2 and 3.3): undefined where `traceparent` is missing or not valid, in which case `tracestate` does not
 * count either; one without `state` where only `tracestate` is not valid. Of a higher version only what version 00 has is read.
 */
export function parseTraceContext({ traceparent, tracestate }: TraceFields): TraceContext | undefined {
  const match = traceparent === undefined ? null : TRACEPARENT.exec(traceparent);
  if (!match) return undefined;
  const [, version, traceId, parentId, flags, more] = match;
  if (version === 'ff' || traceId === ZERO_TRACE || parentId === ZERO_PARENT) return undefined;
  if (version === '00' && more !== undefined) return undefined;
  const state = tracestate === undefined ? undefined : parseTraceState(tracestate);
  return {
    traceId: traceId!,
    parentId: parentId!,
    flags: Number.parseInt(flags!, 16) & KNOWN_FLAGS,
    ...(state && { state }),
  };
}

/** The fields to send on; always those of version 00. */
export function traceFields({ traceId, parentId, flags, state }: TraceContext): { traceparent: string } & TraceFields {
  const traceparent = `00-${traceId}-${parentId}-${flags.toString(16).padStart(2, '0')}`;
  return { traceparent, ...(state !== undefined && { tracestate: state }) };
}

/** A `tracestate` as it may be sent on; undefined when it is empty or one of its members is not valid. */
function parseTraceState(text: string): string | undefined {
  const members = text.split(',').map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''));
  const named = members.filter((member) => member !== '');
  const keys = new Set(named.map((member) => member.slice(0, member.indexOf('='))));
  const valid = named.length <= MOST_MEMBERS && keys.size === named.length && named.every(isMember);
  return valid && named.length ? shortened(named).join(',') || undefined : undefined;
}

function isMember(member: string): boolean {
  const equals = member.indexOf('=');
  return equals > 0 && KEY.test(member.slice(0, equals)) && VALUE.test(member.slice(equals + 1));
}

function shortened(members: string[]): string[] {
  const kept = [...members];
  const tooLong = (): boolean => kept.join(',').length > LONGEST_STATE;
  for (let index = kept.length - 1; index >= 0 && tooLong(); index--) {
    if (kept[index]!.length > LONG_MEMBER) kept.splice(index, 1);
  }
  while (tooLong()) kept.pop();
  return kept;
}
