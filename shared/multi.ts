import { type Capabilities, type ClosedOf, type Driver, refusing, type Without } from './drivers/capabilities.ts';

/** Drivers of one domain as one: the methods of the first, as far as each of the others has them with the same options. */
export type Multi<First extends Driver, Others extends Driver[]> = Without<
  Pick<First, keyof First & SharedKeys<Others>>,
  ClosedOf<First> | ClosedOf<Others[number]>
> & { readonly capabilities: SharedCapabilities<[First, ...Others]> };

type SharedKeys<Drivers extends unknown[]> = Drivers extends [infer Head, ...infer Rest]
  ? keyof Head & SharedKeys<Rest>
  : PropertyKey;

type SharedCapabilities<Drivers extends Driver[]> = Capabilities<
  Drivers[0]['capabilities']['gates'],
  DeclaredByAll<Drivers>
>;

type DeclaredByAll<Drivers> = Drivers extends [infer Head extends Driver, ...infer Rest]
  ? Declared<Head> & DeclaredByAll<Rest>
  : string;

type Declared<D extends Driver> =
  D['capabilities'] extends Capabilities<infer _, infer Capability> ? Capability : never;

/**
 * The first driver, with only the operations and options that all of them declare: a program written against it runs on each of them. A call
 * outside of that does not compile, and ends with `Unimplemented` where it is made all the same.
 */
export function multi<First extends Driver, Others extends [Driver, ...Driver[]]>(
  first: First,
  ...others: Others
): Multi<First, Others> {
  const { gates } = first.capabilities;
  for (const other of others)
    if (other.capabilities.gates !== gates) throw new TypeError('multi: the drivers are of different domains');
  const shared = [...first.capabilities].filter((each) => others.every(({ capabilities }) => capabilities.has(each)));
  return refusing('multi', first, Object.assign(new Set(shared), { gates })) as unknown as Multi<First, Others>;
}
