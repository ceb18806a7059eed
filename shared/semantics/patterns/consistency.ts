import type { Membership } from './event.ts';

/**
 * Whether one place can be chosen for each field so that no two lie in different elements of one array; each field comes with the places
 * where it matches.
 */
export function canAgree(fields: Membership[][]): boolean {
  if (fields.length < 2) return true;
  const narrowed = narrow(fields);
  return narrowed.every((places) => places.length > 0) && choose(narrowed, 0, new Map());
}

// Where all places of several fields lie in one array, only the elements that all these fields share can be chosen. Without this, long
// arrays in which nothing agrees would take a time that grows with the product of their lengths.
function narrow(fields: Membership[][]): Membership[][] {
  const shared = new Map<number, Set<number>>();
  for (const places of fields) {
    for (const [array, indices] of elementsOfAll(places)) {
      const known = shared.get(array);
      shared.set(array, known ? new Set([...known].filter((index) => indices.has(index))) : indices);
    }
  }
  return fields.map((places) =>
    places.filter((place) => place.every(({ array, index }) => shared.get(array)?.has(index) ?? true)),
  );
}

// The arrays that every one of the places lies in, and the elements in question.
function elementsOfAll(places: Membership[]): Map<number, Set<number>> {
  const indices = new Map<number, Set<number>>();
  const counts = new Map<number, number>();
  for (const { array, index } of places.flat()) {
    indices.set(array, (indices.get(array) ?? new Set()).add(index));
    counts.set(array, (counts.get(array) ?? 0) + 1);
  }
  for (const [array, count] of counts) if (count < places.length) indices.delete(array);
  return indices;
}

function choose(fields: Membership[][], field: number, chosen: Map<number, number>): boolean {
  const places = fields[field];
  if (!places) return true;
  return places.some((place) => {
    if (place.some(({ array, index }) => (chosen.get(array) ?? index) !== index)) return false;
    const added = place.filter(({ array }) => !chosen.has(array));
    for (const { array, index } of added) chosen.set(array, index);
    if (choose(fields, field + 1, chosen)) return true;
    for (const { array } of added) chosen.delete(array);
    return false;
  });
}
