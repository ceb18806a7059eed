import type { Scalar } from './pattern.ts';

/** The element of each array on the way to a value: the array's number in the event, and the index. */
export type Membership = readonly { array: number; index: number }[];

/** A value at the end of a path, and the array elements whose objects it lies in. */
export interface Leaf {
  value: Scalar;
  membership: Membership;
}

/** An event as paths with full stops and their values; arrays do not show in the path, empty ones and empty objects not at all. */
export type FlatEvent = Map<string, Leaf[]>;

/** Lists the values of an event by their path. What is not an object has none. */
export function flatten(event: unknown): FlatEvent {
  const leaves: FlatEvent = new Map();
  let arrays = 0;

  // `inside` holds the elements of arrays that were entered since the last object: only an object in them ties its fields together.
  const walk = (value: unknown, path: string, membership: Membership, inside: Membership): void => {
    if (Array.isArray(value)) {
      const array = arrays++;
      for (const [index, element] of value.entries()) walk(element, path, membership, [...inside, { array, index }]);
      return;
    }
    if (typeof value === 'object' && value !== null) {
      const own = inside.length ? [...membership, ...inside] : membership;
      for (const [key, child] of Object.entries(value)) walk(child, `${path}.${key}`, own, []);
      return;
    }
    if (!isScalar(value)) return;
    const known = leaves.get(path);
    if (known) known.push({ value, membership });
    else leaves.set(path, [{ value, membership }]);
  };

  if (typeof event === 'object' && !Array.isArray(event)) {
    for (const [key, child] of Object.entries(event ?? {})) walk(child, key, [], []);
  }
  return leaves;
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
