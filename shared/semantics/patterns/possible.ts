import { nearest } from '../../core/nearest.ts';
import { matchesValue } from './match.ts';
import { parsePattern } from './parse.ts';
import { type Matcher, type Pattern, type Scalar, show } from './pattern.ts';
import { type Schema, schemasAt } from './schemaPaths.ts';

/** What is known of the CloudEvents that a pattern is to match. */
export interface KnownEvents {
  /** Whether events of a type can come, as far as that is known; a text says why not. */
  typeProblem(type: string): string | undefined;
  /** The JSON Schema of the data that events of a type carry; undefined where it is not known. */
  dataOf(type: string): Schema | undefined;
}

/**
 * Why parts of a valid pattern can never match a CloudEvent, each as a sentence; empty when nothing speaks against it. A part that is an
 * alternative to others is told as well: nobody writes it in order that it never matches.
 */
export function impossibilities(pattern: Pattern, known: KnownEvents): string[] {
  const found = parsePattern(pattern).conjunctions.flatMap((fields) => {
    const types = fields.get('type') ?? [];
    return [
      ...[...fields.keys()].flatMap(attributeProblem),
      ...typesOf(types).flatMap((type) => problemAt('type', type, known.typeProblem(type))),
      ...dataProblems(fields, types, known),
    ];
  });
  return [...new Set(found)];
}

/** CloudEvents 1.0, 3.1: attributes have names of lower case letters and digits, and values that are no objects. */
function attributeProblem(path: string): string[] {
  const [attribute = '', ...below] = path.split('.');
  if (attribute === 'data' || (below.length === 0 && /^([a-z0-9]+|data_base64)$/.test(attribute))) return [];
  return [
    `${path}: a CloudEvent has no such field; its attributes have lower case names, and what it carries is below data`,
  ];
}

const typesOf = (matchers: Matcher[]): string[] =>
  matchers.flatMap((matcher) => (matcher.kind === 'Exact' ? [String(matcher.value)] : []));

const problemAt = (path: string, value: unknown, problem: string | undefined): string[] =>
  problem === undefined ? [] : [`${path}: ${show(value)} ${problem}`];

/** The fields below data that no event of the types has which the pattern names; nothing where it leaves open which those are. */
function dataProblems(fields: Map<string, Matcher[]>, types: Matcher[], known: KnownEvents): string[] {
  const named = typesOf(types);
  const schemas = named.map((type) => known.dataOf(type)).filter((schema) => schema !== undefined);
  if (named.length === 0 || named.length < types.length || schemas.length < named.length) return [];
  return [...fields].flatMap(([path, matchers]) => {
    if (!path.startsWith('data.') || matchers.some(({ kind }) => kind === 'Exists')) return [];
    const leaves = schemas.map((schema) => schemasAt(schema, path.split('.').slice(1)));
    if (leaves.includes('anything')) return [];
    return leafProblem(path, matchers, leaves.flat() as Schema[], named);
  });
}

function leafProblem(path: string, matchers: Matcher[], leaves: Schema[], types: string[]): string[] {
  if (leaves.length === 0) return [`${path}: events of the type ${types.join(' or ')} have no such field`];
  return matchers
    .filter((matcher) => !leaves.some((leaf) => canMatch(matcher, leaf)))
    .map((matcher) => {
      const what = matcher.kind === 'Exact' ? show(matcher.value) : `a value for ${matcher.kind}`;
      return `${path}: ${what} is not among what it can be: ${[...new Set(leaves.map(leafText))].join(' or ')}${meant(matcher, leaves)}`;
    });
}

function meant(matcher: Matcher, leaves: Schema[]): string {
  const values = leaves.flatMap((leaf) => valuesOf(leaf) ?? []).map(String);
  const close = matcher.kind === 'Exact' ? nearest(String(matcher.value), values) : undefined;
  return close === undefined ? '' : `; did you mean ${show(close)}?`;
}

/** The only values that a schema allows, if it lists them. */
const valuesOf = ({ enum: values, const: only }: Schema): Scalar[] | undefined =>
  (values ?? (only === undefined ? undefined : [only])) as Scalar[] | undefined;

const leafText = (leaf: Schema): string => valuesOf(leaf)?.map(show).join(', ') ?? [leaf.type].flat().join(' or ');

/** A value of each type, for matchers that look at the type alone. */
const SAMPLES: Record<string, (matcher: Matcher) => boolean> = {
  string: (matcher) => (matcher.kind === 'Exact' ? typeof matcher.value === 'string' : matcher.kind !== 'Numeric'),
  number: ({ kind, ...matcher }) =>
    kind === 'Exact'
      ? typeof (matcher as { value: Scalar }).value === 'number'
      : kind === 'Numeric' || kind === 'AnythingBut',
  boolean: (matcher) =>
    matcher.kind === 'Exact' ? typeof matcher.value === 'boolean' : matcher.kind === 'AnythingBut',
  null: (matcher) => matchesValue(matcher, null),
};

function canMatch(matcher: Matcher, leaf: Schema): boolean {
  const values = valuesOf(leaf);
  if (values) return values.some((value) => matchesValue(matcher, value));
  const types = [leaf.type].flat().map((type) => (type === 'integer' ? 'number' : type));
  return types.some((type) => (type === undefined ? true : (SAMPLES[type]?.(matcher) ?? false)));
}
