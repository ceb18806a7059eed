import { z } from 'zod';

type Variant = z.core.$ZodTypeDiscriminable;

/** An enum of the specification with variants that carry fields: a union told apart by `kind`, which names the allowed kinds when none fits. */
export function variants<const T extends readonly [Variant, ...Variant[]]>(
  options: T,
): z.ZodDiscriminatedUnion<T, 'kind'> {
  const union: z.ZodDiscriminatedUnion<T, 'kind'> = z.discriminatedUnion('kind', options, {
    error: (issue) => (issue.code === 'invalid_union' ? expectedKinds(kindsOf(union)) : undefined),
  });
  return union;
}

const expectedKinds = (kinds: string[]): string =>
  kinds.length === 1 ? `the kind ${kinds[0]} expected` : `one of the kinds ${kinds.join(', ')} expected`;

/** The kinds of a union made by `variants`, in the order in which they were written. */
export function kindsOf(union: z.ZodType): string[] {
  return [...(union._zod.propValues?.kind ?? [])].map(String);
}

/** A variant that carries nothing: `{ kind: 'Recreate' }`. */
export function plain<const K extends string>(kind: K) {
  return z.strictObject({ kind: z.literal(kind) });
}

/** A variant that carries fields: `{ kind: 'Failed', reason: 'no image' }`. */
export function variant<const K extends string, S extends z.core.$ZodLooseShape>(kind: K, fields: S) {
  return z.strictObject({ kind: z.literal(kind), ...fields });
}
