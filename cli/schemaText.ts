import type { Paint } from './terminal.ts';

/** The parts of JSON Schema that are shown. */
interface Schema {
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minItems?: number;
  minLength?: number;
  maxLength?: number;
}

interface Line {
  depth: number;
  name: string;
  type: string;
  about: string;
}

/** The JSON of a longer default says less than the members below. */
const LONGEST_DEFAULT = 30;

/** A JSON Schema as lines that people read: a name, what it is, and what is said of it; what belongs to an object is indented below it. */
export function schemaText(schema: object, paint: Paint): string {
  const lines = membersOf(schema as Schema, 0);
  if (lines.length === 0) return (schema as Schema).properties ? 'nothing' : typeOf(schema as Schema);
  const width = Math.max(...lines.map(({ depth, name }) => 2 * depth + name.length));
  return lines
    .map(({ depth, name, type, about }) => {
      const label = `${'  '.repeat(depth)}${name}`.padEnd(width);
      return `${paint.cyan(label)}  ${type}${about && paint.dim(`  ${about}`)}`.trimEnd();
    })
    .join('\n');
}

function membersOf(schema: Schema, depth: number): Line[] {
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([name, member]) => [
      {
        depth,
        name,
        type: memberType(member, schema.required?.includes(name) ?? false),
        about: member.description ?? '',
      },
      ...membersOf(member, depth + 1),
    ]);
  }
  if (schema.items) return membersOf(schema.items, depth);
  const variants = schema.anyOf ?? schema.oneOf ?? [];
  return variants.filter(({ properties }) => properties).flatMap((variant) => variantLines(variant, depth));
}

/** A variant of a union is headed by what its `kind` must be. */
function variantLines({ properties = {}, ...variant }: Schema, depth: number): Line[] {
  const { kind, ...rest } = properties;
  if (kind?.const === undefined) return membersOf({ properties, ...variant }, depth);
  return [
    { depth, name: `kind: ${String(kind.const)}`, type: '', about: variant.description ?? '' },
    ...membersOf({ ...variant, properties: rest }, depth + 1),
  ];
}

function memberType(schema: Schema, required: boolean): string {
  if (required) return `${typeOf(schema)}, required`;
  const standard = JSON.stringify(schema.default);
  return standard && standard.length <= LONGEST_DEFAULT ? `${typeOf(schema)}, default ${standard}` : typeOf(schema);
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => String(value)).join(' | ');
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants) return variants.every(({ properties }) => properties) ? 'one of' : unionText(variants);
  if (schema.type === 'array') return `list of ${plural(schema.items ?? {})}${atLeast(schema.minItems)}`;
  if (schema.type === 'object') return objectType(schema);
  if (schema.type === 'string') return textType(schema);
  if (schema.type === 'integer' || schema.type === 'number') return numberType(schema);
  return schema.type === 'boolean' ? 'true or false' : 'any JSON';
}

const unionText = (variants: Schema[]): string => [...new Set(variants.map(typeOf))].join(' or ');

const atLeast = (count: number | undefined): string => (count ? `, at least ${count}` : '');

function plural(items: Schema): string {
  if (items.type === 'object') return items.properties ? 'objects' : 'maps';
  if (items.type === 'string' && !items.enum) return 'texts';
  return typeOf(items);
}

function objectType({ properties, additionalProperties }: Schema): string {
  if (properties || typeof additionalProperties !== 'object') return 'object';
  return `map of ${plural(additionalProperties)}`;
}

const FORMATS: Record<string, string> = {
  'date-time': 'time (RFC 3339)',
  uri: 'URL',
  email: 'e-mail address',
  duration: 'duration such as PT5M',
};

function textType({ format, minLength, maxLength, pattern }: Schema): string {
  if (format && FORMATS[format]) return FORMATS[format];
  const length = maxLength === undefined ? '' : ` of ${minLength ?? 0} to ${maxLength} characters`;
  return `text${length}${pattern && pattern.length <= 40 ? ` like ${pattern}` : ''}`;
}

function numberType({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const largest = type === 'integer' ? 2 ** 31 - 1 : Number.MAX_VALUE;
  const bounds = [
    minimum !== undefined && minimum >= -largest && `≥ ${minimum}`,
    exclusiveMinimum !== undefined && `> ${exclusiveMinimum}`,
    maximum !== undefined && maximum < largest && `≤ ${maximum}`,
    exclusiveMaximum !== undefined && `< ${exclusiveMaximum}`,
  ].filter(Boolean);
  return [type === 'integer' ? 'whole number' : 'number', ...bounds].join(' ');
}
