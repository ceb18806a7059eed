import type { z } from 'zod';
import { Bytes, DurationCodec, Json, Timestamp } from '../../shared/core/codecs.ts';
import { checksOf } from '../shared/types/arbitraries.ts';

type Schema = z.core.$ZodType;

/** A schema without `optional` and `default` around it. */
export function unwrapped(schema: Schema): Schema {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return def.type === 'optional' || def.type === 'default' ? unwrapped(def.innerType) : schema;
}

/** The fields of a schema of an object; of a codec, those of its JSON form. */
export function shapeOf(schema: Schema): Record<string, Schema> | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'pipe') return shapeOf(def.in);
  return def.type === 'object' ? def.shape : undefined;
}

/** Whether a schema is what a type in the specification's notation says; `named` finds the schema of a name. */
export function fits(notation: string, schema: Schema, named: (name: string) => Schema | undefined): boolean {
  const inner = unwrapped(schema);
  const { def } = (inner as z.core.$ZodTypes)._zod;
  const fitsOneOf = (options: readonly Schema[], type: string) => options.some((option) => fits(type, option, named));
  const type = notation.trim().replace(/^\?/, '');
  if (type.includes(' or '))
    return def.type === 'union' && type.split(' or ').every((one) => fitsOneOf(def.options, one));
  if (type.startsWith('"')) return def.type === 'enum' && literals(type).every((literal) => literal in def.entries);
  if (type === '[u8]') return isSameCodec(def, Bytes);
  if (type.startsWith('[')) return def.type === 'array' && fits(type.slice(1, -1), def.element, named);
  if (type.startsWith('(')) {
    const types = type.slice(1, -1).split(', ');
    return def.type === 'tuple' && types.every((item, index) => fits(item, def.items[index]!, named));
  }
  const map = /^Map<(\w+), (.+)>$/.exec(type);
  if (map) return def.type === 'record' && fits(map[1]!, def.keyType, named) && fits(map[2]!, def.valueType, named);
  switch (type) {
    case 'in memory only':
      return def.type === 'pipe' && def.in._zod.def.type === 'never';
    case 'str':
      return def.type === 'string' || def.type === 'enum';
    case 'bool':
      return def.type === 'boolean';
    case 'f32':
    case 'f64':
      return def.type === 'number' && !isInteger(inner);
    case 'i32':
    case 'i64':
      return def.type === 'number' && isInteger(inner);
    case 'DateTime':
      return isSameCodec(def, Timestamp);
    case 'Duration':
      return isSameCodec(def, DurationCodec);
    case 'Any':
      return def === Json._zod.def;
  }
  return named(type)?._zod.def === def;
}

const isInteger = (schema: Schema): boolean => checksOf(schema).some(({ check }) => check === 'number_format');

const literals = (notation: string): string[] => [...notation.matchAll(/"([^"]+)"/g)].map((match) => match[1]!);

const isSameCodec = (def: z.core.$ZodTypes['_zod']['def'], codec: z.ZodCodec): boolean =>
  def.type === 'pipe' && def.reverseTransform === codec.def.reverseTransform;
