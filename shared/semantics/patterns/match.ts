import { isInRange } from './cidr.ts';
import { canAgree } from './consistency.ts';
import type { FlatEvent, Leaf, Membership } from './event.ts';
import { isComparable } from './numbers.ts';
import type { Conjunction, Matcher, Scalar, TextMatcher } from './pattern.ts';
import { matchesParts } from './wildcard.ts';

/**
 * Whether all fields of a conjunction match, each with a value of its own, and no two of these values lie in objects that are different
 * elements of one array.
 */
export function matchesAll(conjunction: Conjunction, event: FlatEvent): boolean {
  const choices: Membership[][] = [];
  for (const [path, matchers] of conjunction) {
    const leaves = event.get(path);
    if (!leaves) {
      if (matchers.some((matcher) => matcher.kind === 'Exists' && !matcher.exists)) continue;
      return false;
    }
    const matching = leaves.filter(({ value }) => matchers.some((matcher) => matchesValue(matcher, value)));
    if (matching.length === 0) return false;
    const places = distinctPlaces(matching);
    if (places) choices.push(places);
  }
  return canAgree(choices);
}

// Where a field's values lie, or undefined when one of them lies in no array: that one agrees with everything.
function distinctPlaces(leaves: Leaf[]): Membership[] | undefined {
  const places = new Map<string, Membership>();
  for (const { membership } of leaves) {
    if (membership.length === 0) return undefined;
    places.set(membership.map(({ array, index }) => `${array}:${index}`).join(), membership);
  }
  return [...places.values()];
}

/** Whether a value that is there satisfies one matcher. */
export function matchesValue(matcher: Matcher, value: Scalar): boolean {
  switch (matcher.kind) {
    case 'Exact':
      return matcher.value === value;
    case 'Exists':
      return matcher.exists;
    case 'AnythingBut':
      return !matcher.matchers.some((each) => matchesValue(each, value));
    case 'Numeric':
      return typeof value === 'number' && isComparable(value) && isBetween(matcher, value);
    case 'Wildcard':
      return typeof value === 'string' && matchesParts(value, matcher.parts);
    case 'Cidr':
      return typeof value === 'string' && isInRange(value, matcher.range);
    default:
      return typeof value === 'string' && matchesText(matcher, value);
  }
}

function isBetween({ low, lowOpen, high, highOpen }: Extract<Matcher, { kind: 'Numeric' }>, value: number): boolean {
  return (lowOpen ? value > low : value >= low) && (highOpen ? value < high : value <= high);
}

function matchesText({ kind, text }: TextMatcher, value: string): boolean {
  switch (kind) {
    case 'Prefix':
      return value.startsWith(text);
    case 'Suffix':
      return value.endsWith(text);
    case 'EqualsIgnoreCase':
      return value === text || sameLetters([...text], [...value]);
    case 'PrefixIgnoreCase':
      return sameLetters([...text], [...value].slice(0, [...text].length));
    case 'SuffixIgnoreCase':
      return text === '' || sameLetters([...text], [...value].slice(-[...text].length));
  }
}

// Letter by letter: the wanted one, or its upper or lower case.
function sameLetters(wanted: string[], found: string[]): boolean {
  if (wanted.length !== found.length) return false;
  return wanted.every((letter, index) => {
    const other = found[index]!;
    return letter === other || letter.toLowerCase() === other || letter.toUpperCase() === other;
  });
}
