import { type FlatEvent, flatten } from './event.ts';
import { type Interval, IntervalTree } from './intervals.ts';
import { invalidPattern } from './invalid.ts';
import { matchesAll } from './match.ts';
import { parsePattern } from './parse.ts';
import type { Conjunction, Matcher, Pattern, Scalar } from './pattern.ts';

/** Answers which of many patterns match an event. */
export interface PatternIndex {
  /** The positions of the patterns that match, in rising order. */
  matching(event: unknown): number[];
}

/**
 * Builds an index over patterns; one that is not valid throws with its position and problems.
 *
 * Each conjunction is filed under one of its fields, by the values that the field may have, so that an event meets only the patterns
 * that share a value with it, however many there are. The field is the one whose values are rarest among all patterns.
 */
export function compile(patterns: readonly Pattern[]): PatternIndex {
  const entries = patterns.flatMap((pattern, position) => {
    const { conjunctions, problems } = parsePattern(pattern);
    if (problems.length) throw invalidPattern(problems, `pattern ${position}`);
    return conjunctions.map((conjunction): Entry => ({ position, conjunction }));
  });
  const frequency = new Map<string, number>();
  for (const { conjunction } of entries) {
    for (const key of [...conjunction].flatMap(keysOf))
      frequency.set(nameOf(key), (frequency.get(nameOf(key)) ?? 0) + 1);
  }
  const files = new Map<string, PathFile>();
  const unfiled: Entry[] = [];
  for (const entry of entries) file(entry, frequency, files, unfiled);
  return { matching: (event) => search(flatten(event), files, unfiled) };
}

interface Entry {
  position: number;
  conjunction: Conjunction;
}

/** A value of a field that a conjunction is filed under; `Any` where nothing narrower is known. */
type Key = { path: string } & (
  | { kind: 'Exact'; value: Scalar }
  | { kind: 'Folded' | 'Prefix' | 'Suffix'; value: string }
  | { kind: 'Range'; value: { low: number; high: number } }
  | { kind: 'Any'; value: '' }
);

/** The conjunctions that are filed under one path. */
class PathFile {
  readonly exact = new Map<Scalar, Entry[]>();
  readonly folded = new Map<string, Entry[]>();
  readonly prefixes = new Map<string, Entry[]>();
  readonly suffixes = new Map<string, Entry[]>();
  readonly prefixLengths = new Set<number>();
  readonly suffixLengths = new Set<number>();
  readonly any: Entry[] = [];
  readonly ranges: Interval<Entry>[] = [];
  #tree: IntervalTree<Entry> | undefined;

  add(key: Key, entry: Entry): void {
    if (key.kind === 'Range') this.ranges.push({ ...key.value, item: entry });
    else this.#entriesFor(key).push(entry);
  }

  #entriesFor(key: Exclude<Key, { kind: 'Range' }>): Entry[] {
    switch (key.kind) {
      case 'Exact':
        return listAt(this.exact, key.value);
      case 'Folded':
        return listAt(this.folded, key.value);
      case 'Prefix':
        this.prefixLengths.add(key.value.length);
        return listAt(this.prefixes, key.value);
      case 'Suffix':
        this.suffixLengths.add(key.value.length);
        return listAt(this.suffixes, key.value);
      case 'Any':
        return this.any;
    }
  }

  collect(value: Scalar, found: Set<Entry>): void {
    gather(this.exact.get(value), found);
    if (typeof value === 'number' && this.ranges.length) {
      this.#tree ??= new IntervalTree(this.ranges);
      this.#tree.at(value, (entry) => found.add(entry));
    }
    if (typeof value !== 'string') return;
    if (this.folded.size) gather(this.folded.get(value.toLowerCase()), found);
    for (const length of this.prefixLengths) {
      if (length <= value.length) gather(this.prefixes.get(value.slice(0, length)), found);
    }
    for (const length of this.suffixLengths) {
      if (length <= value.length) gather(this.suffixes.get(value.slice(value.length - length)), found);
    }
  }
}

function listAt<K>(map: Map<K, Entry[]>, key: K): Entry[] {
  const entries = map.get(key) ?? [];
  map.set(key, entries);
  return entries;
}

function gather(entries: Entry[] | undefined, found: Set<Entry>): void {
  for (const entry of entries ?? []) found.add(entry);
}

function file(entry: Entry, frequency: Map<string, number>, files: Map<string, PathFile>, unfiled: Entry[]): void {
  const cost = (keys: Key[]): number => keys.reduce((sum, key) => sum + frequency.get(nameOf(key))!, 0);
  const fields = [...entry.conjunction].map(keysOf).filter((keys) => keys.length);
  const narrow = fields.filter((keys) => keys.every(({ kind }) => kind !== 'Any'));
  const [best] = (narrow.length ? narrow : fields).sort((left, right) => cost(left) - cost(right));
  if (!best) {
    unfiled.push(entry);
    return;
  }
  for (const key of best) {
    const existing = files.get(key.path) ?? new PathFile();
    files.set(key.path, existing);
    existing.add(key, entry);
  }
}

const nameOf = ({ path, kind, value }: Key): string => JSON.stringify([path, kind, value]);

// Every key that an event's value may have when the field matches; none where the field may be missing.
function keysOf([path, matchers]: [string, Matcher[]]): Key[] {
  if (matchers.some((matcher) => matcher.kind === 'Exists' && !matcher.exists)) return [];
  return matchers.map((matcher) => keyOf(path, matcher));
}

function keyOf(path: string, matcher: Matcher): Key {
  switch (matcher.kind) {
    case 'Exact':
      return { path, kind: 'Exact', value: matcher.value };
    case 'Numeric':
      return { path, kind: 'Range', value: { low: matcher.low, high: matcher.high } };
    case 'EqualsIgnoreCase':
      // Outside of ASCII a letter may change in more ways than toLowerCase knows.
      return /^[\0-\x7f]*$/.test(matcher.text)
        ? { path, kind: 'Folded', value: matcher.text.toLowerCase() }
        : { path, kind: 'Any', value: '' };
    case 'Prefix':
    case 'Suffix':
      return { path, kind: matcher.kind, value: matcher.text };
    case 'Wildcard':
      return matcher.parts[0]
        ? { path, kind: 'Prefix', value: matcher.parts[0] }
        : { path, kind: 'Suffix', value: matcher.parts.at(-1)! };
    default:
      return { path, kind: 'Any', value: '' };
  }
}

function search(event: FlatEvent, files: Map<string, PathFile>, unfiled: Entry[]): number[] {
  const found = new Set(unfiled);
  for (const [path, leaves] of event) {
    const entries = files.get(path);
    if (!entries) continue;
    gather(entries.any, found);
    for (const { value } of leaves) entries.collect(value, found);
  }
  const matching = new Set<number>();
  for (const { position, conjunction } of found) {
    if (!matching.has(position) && matchesAll(conjunction, event)) matching.add(position);
  }
  return [...matching].sort((left, right) => left - right);
}
