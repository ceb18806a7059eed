import type { AddressRange } from './cidr.ts';

/** An event pattern as it is written: fields with lists of what they may be, nested as the event is. */
export type Pattern = { readonly [field: string]: unknown };

/** One thing that is wrong with a pattern, and where: an RFC 6901 JSON pointer, empty for the pattern itself. */
export interface Problem {
  pointer: string;
  message: string;
}

/** A value at the end of a path in an event. */
export type Scalar = string | number | boolean | null;

/** Text that a value is compared with, exactly or whatever the case of its letters. */
export interface TextMatcher {
  kind: 'Prefix' | 'Suffix' | 'PrefixIgnoreCase' | 'SuffixIgnoreCase' | 'EqualsIgnoreCase';
  text: string;
}

/** One alternative for the value of a field. */
export type Matcher =
  | { kind: 'Exact'; value: Scalar }
  | TextMatcher
  /** The literal parts between the asterisks; with one part there is no asterisk. */
  | { kind: 'Wildcard'; parts: string[] }
  | { kind: 'Numeric'; low: number; lowOpen: boolean; high: number; highOpen: boolean }
  | { kind: 'Cidr'; range: AddressRange }
  | { kind: 'Exists'; exists: boolean }
  /** A value that is there and that none of these matches. */
  | { kind: 'AnythingBut'; matchers: Matcher[] };

/** Fields that must all match, by path with full stops between the names; of the matchers of a field one must match. */
export type Conjunction = Map<string, Matcher[]>;

/** A pattern that was read: it matches when one of its conjunctions does (more than one where it has an `$or`). */
export interface ParsedPattern {
  conjunctions: Conjunction[];
  problems: Problem[];
}

/** Reports a problem at a pointer. */
export type Report = (pointer: string, message: string) => undefined;

/** The pointer of a member of the value at `pointer`. */
export function member(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as a message shows it. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
