/** The keywords of JSON Schema that say where which values can be. */
export interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema | boolean;
  prefixItems?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  $ref?: string;
  $defs?: Record<string, Schema>;
  [keyword: string]: unknown;
}

/** How often a reference is followed within a reference: a schema may refer to itself. */
const DEEPEST = 32;

/**
 * The schemas of the values at the end of a path, as event patterns follow it: through arrays, and to values that are no objects. None means
 * that nothing can be there; `anything` that the schema does not say.
 */
export function schemasAt(schema: Schema, path: string[]): Schema[] | 'anything' {
  return walk(schema, path, schema, 0);
}

function walk(schema: Schema | boolean, path: string[], root: Schema, depth: number): Schema[] | 'anything' {
  if (schema === false) return [];
  if (schema === true || depth > DEEPEST) return 'anything';
  if (schema.$ref !== undefined) return walk(referredTo(schema.$ref, root), path, root, depth + 1);
  const variants = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (variants) return union(variants.map((variant) => walk(variant, path, root, depth + 1)));
  if (schema.items !== undefined || schema.prefixItems) {
    const items = [...(schema.prefixItems ?? []), ...(schema.items === undefined ? [] : [schema.items])];
    return union(items.map((item) => walk(item, path, root, depth + 1)));
  }
  return path.length ? member(schema, path, root, depth) : leaf(schema);
}

function member(schema: Schema, [name = '', ...rest]: string[], root: Schema, depth: number): Schema[] | 'anything' {
  const { type, properties = {}, additionalProperties, enum: values, const: only } = schema;
  if (Object.hasOwn(properties, name)) return walk(properties[name]!, rest, root, depth + 1);
  if (additionalProperties !== undefined) return walk(additionalProperties, rest, root, depth + 1);
  const isScalar =
    values !== undefined || only !== undefined || (type !== undefined && ![type].flat().includes('object'));
  return isScalar ? [] : 'anything';
}

function leaf(schema: Schema): Schema[] | 'anything' {
  const { type, enum: values, const: only } = schema;
  if (values !== undefined || only !== undefined) return [schema];
  if (type === undefined) return schema.properties ? [] : 'anything';
  const scalars = [type].flat().filter((each) => each !== 'object' && each !== 'array');
  return scalars.length ? [{ ...schema, type: scalars }] : [];
}

function union(found: (Schema[] | 'anything')[]): Schema[] | 'anything' {
  return found.includes('anything') ? 'anything' : (found.flat() as Schema[]);
}

function referredTo(reference: string, root: Schema): Schema | boolean {
  const name = /^#\/\$defs\/(.+)$/.exec(reference)?.[1];
  if (reference === '#') return root;
  return (name !== undefined && root.$defs?.[name]) || true;
}
