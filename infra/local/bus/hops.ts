import { AsyncLocalStorage } from 'node:async_hooks';
import { CloudError } from '../../../shared/core/errors.ts';
import type { CloudEvent } from '../../../shared/host.ts';

/** An event that more deliveries than this lie before is delivered no more: its rules feed one another. */
export const MOST_HOPS = 16;

/** The number of deliveries that led to what is being done; events that are published meanwhile carry it on. */
export const hops = new AsyncLocalStorage<number>();

/** The event with the hop count of what publishes it. */
export function stamped(event: CloudEvent, count = hops.getStore() ?? 0): CloudEvent {
  return count === 0 || event.cloudlibhops !== undefined ? event : { ...event, cloudlibhops: count };
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
