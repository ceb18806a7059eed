import { AsyncLocalStorage } from 'node:async_hooks';
import { CloudError } from '../../../shared/core/errors.ts';
import { randomHex } from '../../../shared/core/ids.ts';
import type { CloudEvent } from '../../../shared/host.ts';
import { parseTraceContext, type TraceContext, traceFields } from '../../../shared/semantics/tracing/traceContext.ts';

/** What led to something: how many deliveries, and the trace that all of it belongs to. */
export interface Cause {
  hops: number;
  trace: TraceContext;
}

/** An event that more deliveries than this lie before is delivered no more: its rules feed one another. */
export const MOST_HOPS = 16;

const SAMPLED = 0x01;

/** The cause of what is being done; events that are published meanwhile carry it on. */
export const currentCause = new AsyncLocalStorage<Cause>();

/** A step of the same trace, or the first one of a new trace. */
export function nextStep(trace: TraceContext | undefined): TraceContext {
  return trace
    ? { ...trace, parentId: randomHex(8) }
    : { traceId: randomHex(16), parentId: randomHex(8), flags: SAMPLED };
}

/** The cause of what comes in from outside with these fields, inside of what is being done already, if anything is. */
export function causeOfRequest(fields: { traceparent?: string; tracestate?: string }): Cause {
  const { hops = 0, trace } = currentCause.getStore() ?? {};
  return { hops, trace: nextStep(parseTraceContext(fields) ?? trace) };
}

/** The cause of what the delivery of an event does. */
export function causeOfDelivery(event: CloudEvent): Cause {
  return { hops: (event.cloudlibhops ?? 0) + 1, trace: nextStep(parseTraceContext(event)) };
}

/**
 * The event with the hop count and the trace of its cause, where it has none of its own. A `traceparent` that is not valid is replaced, as
 * W3C Trace Context asks for; an event without a cause begins a trace.
 */
export function stamped(event: CloudEvent, cause = currentCause.getStore()): CloudEvent {
  const { traceparent: _, tracestate: __, ...rest } = event;
  const hops = event.cloudlibhops ?? cause?.hops ?? 0;
  return {
    ...rest,
    ...(hops > 0 && { cloudlibhops: hops }),
    ...traceFields(parseTraceContext(event) ?? nextStep(cause?.trace)),
  };
}

/** The reason why an event is not delivered, when it comes from too long a chain of deliveries. */
export function loopOf({ cloudlibhops = 0, type }: CloudEvent, rule: string): CloudError | undefined {
  if (cloudlibhops <= MOST_HOPS) return undefined;
  return new CloudError(
    'Conflict',
    `rule "${rule}": this ${type} is the end of a chain of ${cloudlibhops} deliveries that caused one another, and at most ${MOST_HOPS} are followed; change a pattern so that no rule matches what its own target emits`,
    { details: { resource: `rule ${rule}`, reason: 'loop' } },
  );
}
