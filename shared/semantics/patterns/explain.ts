import { flatten } from './event.ts';
import { invalidPattern } from './invalid.ts';
import { matchesAll, matchesValue } from './match.ts';
import { parsePattern } from './parse.ts';
import type { Conjunction, Pattern, Scalar } from './pattern.ts';

/** A field because of which an event does not match a pattern. */
export interface Mismatch {
  /** The path with full stops; empty when each field matches alone, but in different elements of one array. */
  path: string;
  /** What the event has there; empty where it has nothing. */
  found: Scalar[];
}

/**
 * Why an event does not match a pattern; empty when it does. Of a pattern with `$or` it is the way that fails in the fewest fields.
 */
export function explain(pattern: Pattern, event: unknown): Mismatch[] {
  const { conjunctions, problems } = parsePattern(pattern);
  if (problems.length) throw invalidPattern(problems, 'pattern');
  const flat = flatten(event);
  if (conjunctions.some((conjunction) => matchesAll(conjunction, flat))) return [];
  const [nearest = []] = conjunctions
    .map((conjunction) => failingFields(conjunction, flat))
    .sort((left, right) => left.length - right.length);
  return nearest.length ? nearest : [{ path: '', found: [] }];
}

function failingFields(conjunction: Conjunction, event: ReturnType<typeof flatten>): Mismatch[] {
  return [...conjunction].flatMap(([path, matchers]) => {
    if (matchesAll(new Map([[path, matchers]]), event)) return [];
    const values = (event.get(path) ?? []).map(({ value }) => value);
    return [{ path, found: values.filter((value) => !matchers.some((matcher) => matchesValue(matcher, value))) }];
  });
}
