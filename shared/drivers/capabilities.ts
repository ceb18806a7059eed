import { cloudError } from '../types/errors.ts';

/**
 * What the capabilities of a domain open, by name: methods (`transactWrite`), and options of methods (`scan.segment`), which are members of
 * an object among the method's arguments. What no capability opens, every driver of the domain has.
 */
export type Gates = Readonly<Record<string, readonly string[]>>;

/** The capabilities that a driver declares, with what those of its domain open. */
export interface Capabilities<G extends Gates = Gates, Declared extends string = never> extends ReadonlySet<string> {
  readonly gates: G;
  /** Never there: it tells the compiler which they are, so that a driver with more of them is one with fewer, and not the other way round. */
  readonly declares?: (capability: Declared) => void;
}

/** What every driver has: the port's methods, and what it declares. */
export interface Driver {
  readonly capabilities: Capabilities;
}

/** Declares the capabilities of a driver; the compiler keeps which they are. */
export function capabilities<G extends Gates, const Declared extends keyof G & string>(
  gates: G,
  declared: readonly Declared[],
): Capabilities<G, Declared> {
  return Object.assign(new Set(declared), { gates });
}

/** The methods and options that a driver does not have, as `transactWrite` and `scan.segment`. */
export type ClosedOf<D> = D extends { capabilities: Capabilities<infer G, infer Declared> }
  ? G[Exclude<keyof G, Declared>][number]
  : never;

/** A driver's methods without those that are closed, and without the options that are. */
export type Without<D, Closed extends string> = {
  [Method in keyof D as Method extends Closed | 'capabilities' ? never : Method]: D[Method] extends (
    ...args: infer Arguments
  ) => infer Result
    ? (...args: Narrowed<Arguments, OptionsOf<Method & string, Closed>>) => Result
    : D[Method];
};

type OptionsOf<Method extends string, Closed extends string> = Closed extends `${Method}.${infer Option}`
  ? Option
  : never;

type Narrowed<Arguments extends unknown[], Options extends string> = [Options] extends [never]
  ? Arguments
  : { [At in keyof Arguments]: Barred<Arguments[At], Options> };

/** An object without some of its options; anything else as it is. */
type Barred<Argument, Options extends string> = Argument extends object
  ? keyof Argument & Options extends never
    ? Argument
    : Omit<Argument, Options> & { [Option in keyof Argument & Options]?: never }
  : Argument;

/** The driver as code sees it that must not use what it lacks: such a call does not compile, and is refused where it is made all the same. */
export type Offered<D extends Driver> = Without<D, ClosedOf<D>> & Pick<D, 'capabilities'>;

/** A driver that refuses what it does not declare, before it does anything. */
export function offered<D extends Driver>(provider: string, driver: D): Offered<D> {
  return refusing(provider, driver, driver.capabilities) as Offered<D>;
}

/** A driver that has only the capabilities that are given of its own. */
export function refusing<D extends Driver>(provider: string, driver: D, declared: Capabilities): D {
  const { gates } = driver.capabilities;
  const closed = new Map(
    Object.entries(gates)
      .filter(([capability]) => !declared.has(capability))
      .flatMap(([capability, opens]) => opens.map((opened) => [opened, capability])),
  );
  return new Proxy(driver, {
    get(target, property) {
      if (property === 'capabilities') return declared;
      const member = Reflect.get(target, property, target);
      if (typeof member !== 'function' || typeof property !== 'string') return member;
      return (...args: unknown[]) => {
        const used = usedOf(closed, property, args);
        if (used) return Promise.reject(lacking(provider, used, closed.get(used)!));
        return member.apply(target, args);
      };
    },
  });
}

function usedOf(closed: ReadonlyMap<string, string>, method: string, args: unknown[]): string | undefined {
  if (closed.has(method)) return method;
  return args
    .flatMap((arg) => (arg !== null && typeof arg === 'object' ? Object.entries(arg) : []))
    .filter(([, value]) => value !== undefined)
    .map(([option]) => `${method}.${option}`)
    .find((option) => closed.has(option));
}

function lacking(provider: string, used: string, capability: string): Error {
  return cloudError(
    'Unimplemented',
    `${provider}: ${used} needs the capability "${capability}", which this driver does not have; do without it, or choose another provider`,
    { provider, capability, reason: `${used} is not there` },
  );
}
