import type { CloudEvent } from '../../shared/host.ts';
import type { Pattern } from '../../shared/semantics/patterns/index.ts';

/** A pattern as people write them, of which an event of the workload matches one in so many: text, numbers, prefixes, letters of any case. */
export function patternOf(index: number): Pattern {
  const type = [`shop.t${index}`];
  switch (index % 5) {
    case 0:
      return { type };
    case 1:
      return { source: ['/shop'], type, data: { state: ['open', 'paid'] } };
    case 2:
      return { type, data: { amount: [{ numeric: ['>=', 500] }] } };
    case 3:
      return { data: { user: [{ prefix: `u${index}-` }] } };
    default:
      return { data: { region: [{ 'equals-ignore-case': `REGION-${index}` }], state: [{ 'anything-but': ['void'] }] } };
  }
}

/** An event that one of `patterns` patterns is about. */
export function eventOf(index: number, patterns: number): CloudEvent {
  const about = (index * 7919) % patterns;
  return {
    specversion: '1.0',
    id: `e${index}`,
    source: '/shop',
    type: `shop.t${about}`,
    time: '2027-01-01T00:00:00Z',
    subject: `order-${index % 100}`,
    datacontenttype: 'application/json',
    data: {
      amount: index % 1000,
      state: ['open', 'paid', 'void'][index % 3]!,
      user: `u${about}-${index}`,
      region: `region-${about}`,
      items: [
        { sku: 'a', count: 1 },
        { sku: 'b', count: 2 },
      ],
    },
  };
}
