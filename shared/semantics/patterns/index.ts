/**
 * The event pattern language of Amazon EventBridge.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html and
 * https://github.com/aws/event-ruler/blob/main/README.md, with array-consistent matching ("JSON Array Matching").
 */
import { flatten } from './event.ts';
import { invalidPattern } from './invalid.ts';
import { matchesAll } from './match.ts';
import { parsePattern } from './parse.ts';
import type { Pattern, Problem } from './pattern.ts';

export { compile, type PatternIndex } from './compile.ts';
export { explain, type Mismatch } from './explain.ts';
export type { Pattern, Problem } from './pattern.ts';
export { impossibilities, type KnownEvents } from './possible.ts';

/** Everything that is wrong with a pattern; empty when it is valid. */
export function validate(pattern: unknown): Problem[] {
  return parsePattern(pattern).problems;
}

/** Whether an event, as a JSON value, matches a pattern; one that is not valid throws `InvalidInput` with its problems. */
export function matches(pattern: Pattern, event: unknown): boolean {
  const { conjunctions, problems } = parsePattern(pattern);
  if (problems.length) throw invalidPattern(problems, 'pattern');
  const flat = flatten(event);
  return conjunctions.some((conjunction) => matchesAll(conjunction, flat));
}
