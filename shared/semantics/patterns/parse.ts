import { isReserved, parseMatcher } from './operators.ts';
import { type Conjunction, isObject, type Matcher, member, type ParsedPattern, type Report, show } from './pattern.ts';

/** How many conjunctions the `$or`s of a pattern may multiply to. */
export const MOST_COMBINATIONS = 1000;

/**
 * Reads a pattern, with all its problems.
 *
 * A field is named by its whole path with full stops, so that `{ a: { b: [1] } }` and `{ "a.b": [1] }` are the same; where two name the same
 * field, the later one counts.
 */
export function parsePattern(pattern: unknown): ParsedPattern {
  const problems: ParsedPattern['problems'] = [];
  const report: Report = (pointer, message) => {
    problems.push({ pointer, message });
    return undefined;
  };
  if (!isObject(pattern)) {
    report('', `a pattern is an object with fields, and this is ${show(pattern)}`);
    return { conjunctions: [], problems };
  }
  const conjunctions = readFields(pattern, [], '', [new Map()], report);
  return { conjunctions: problems.length ? [] : conjunctions, problems };
}

function readFields(
  fields: Record<string, unknown>,
  path: string[],
  pointer: string,
  conjunctions: Conjunction[],
  report: Report,
  inOr = false,
): Conjunction[] {
  const names = Object.keys(fields);
  if (names.length === 0) report(pointer, 'an empty object matches nothing; name at least one field');
  return names.reduce((soFar, name) => {
    const value = fields[name];
    const place = member(pointer, name);
    if (name === '$or') return readAlternatives(value, path, place, soFar, report);
    if (inOr && isReserved(name)) report(place, `"${name}" is reserved and cannot be a field inside $or`);
    if (isObject(value)) return readFields(value, [...path, name], place, soFar, report, inOr);
    const matchers = readLeaf(name, value, place, report);
    for (const conjunction of soFar) conjunction.set([...path, name].join('.'), matchers);
    return soFar;
  }, conjunctions);
}

function readAlternatives(
  alternatives: unknown,
  path: string[],
  pointer: string,
  conjunctions: Conjunction[],
  report: Report,
): Conjunction[] {
  if (!Array.isArray(alternatives) || alternatives.length < 2) {
    report(pointer, `$or is ${show(alternatives)}; write a list of two or more objects, of which one must match`);
    return conjunctions;
  }
  const combined: Conjunction[] = [];
  for (const [index, alternative] of alternatives.entries()) {
    const place = member(pointer, index);
    if (!isObject(alternative)) {
      report(place, `an alternative of $or is an object with fields, and this is ${show(alternative)}`);
      continue;
    }
    const copies = conjunctions.map((conjunction) => new Map(conjunction));
    combined.push(...readFields(alternative, path, place, copies, report, true));
    if (combined.length > MOST_COMBINATIONS) {
      report(
        pointer,
        `the $or multiplies to more than ${MOST_COMBINATIONS} combinations; split the pattern into several rules`,
      );
      return conjunctions;
    }
  }
  return combined;
}

function readLeaf(name: string, value: unknown, pointer: string, report: Report): Matcher[] {
  if (!Array.isArray(value)) {
    report(pointer, `"${name}" is ${show(value)}; write a list of what it may be, such as [${show(value)}]`);
    return [];
  }
  if (value.length === 0)
    report(pointer, `"${name}" has an empty list, which nothing matches; write at least one value`);
  return value.flatMap((element, index) => parseMatcher(element, member(pointer, index), report) ?? []);
}
