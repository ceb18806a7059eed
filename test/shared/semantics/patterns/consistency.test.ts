import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matches } from '../../../../shared/semantics/patterns/index.ts';

type Place = { field: string; value: unknown; elements: string[] };

/** Every value of an event with the elements of arrays whose objects it lies in, each named by its own path. */
function placesOf(value: unknown, field: string, path: string, elements: string[], pending: string[]): Place[] {
  if (Array.isArray(value)) {
    return value.flatMap((each, index) =>
      placesOf(each, field, `${path}[${index}]`, elements, [...pending, `${path}|${index}`]),
    );
  }
  if (typeof value !== 'object' || value === null) return [{ field, value, elements }];
  const own = [...elements, ...pending];
  return Object.entries(value).flatMap(([key, each]) =>
    placesOf(each, field === '' ? key : `${field}.${key}`, `${path}.${key}`, own, []),
  );
}

/** The rule as it is written down: some choice of one matching value per field, of which no two lie in different elements of one array. */
function matchesByDefinition(wanted: Record<string, unknown>, event: unknown): boolean {
  const places = placesOf(event, '', '', [], []);
  const options = Object.entries(wanted).map(([field, value]) =>
    places.filter((place) => place.field === field && place.value === value),
  );
  const combinations = options.reduce<Place[][]>(
    (soFar, choices) => soFar.flatMap((chosen) => choices.map((choice) => [...chosen, choice])),
    [[]],
  );
  return combinations.some((chosen) => chosen.every((left) => chosen.every((right) => agree(left, right))));
}

function agree(left: Place, right: Place): boolean {
  return left.elements.every((one) =>
    right.elements.every((other) => {
      const [array, index] = one.split('|');
      const [otherArray, otherIndex] = other.split('|');
      return array !== otherArray || index === otherIndex;
    }),
  );
}

describe('two fields from different elements of one array', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const { event } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(1, 2),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.array(tie('event'), { maxLength: 3 }),
      tie('event'),
    ),
    event: fc.dictionary(name, tie('value'), { maxKeys: 3 }),
  }));
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('.'));
  const wanted = fc.dictionary(path, fc.constantFrom(1, 2), { minKeys: 1, maxKeys: 4 });

  test('never match together, by the definition written out', () => {
    const both = { yes: 0, no: 0 };
    fc.assert(
      fc.property(wanted, event, (fields, one) => {
        const pattern = Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, [value]]));
        const expected = matchesByDefinition(fields, one);
        both[expected ? 'yes' : 'no']++;
        expect(matches(pattern, one)).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
    expect(Math.min(both.yes, both.no)).toBeGreaterThan(20);
  });

  test('are found out in long arrays too, without trying every combination', () => {
    const list = Array.from({ length: 9_000 }, (_, index) => ({ [['x', 'y', 'z'][index % 3]!]: 1 }));
    const pattern = { list: { x: [1], y: [1], z: [1] } };
    expect(matches(pattern, { list })).toBe(false);
    expect(matches(pattern, { list: [...list, { x: 1, y: 1, z: 1 }] })).toBe(true);
  });
});
