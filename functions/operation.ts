import type { z } from 'zod';
import type { AppContext, AppName, AppOperation } from '../shared/appOperation.ts';
import type { OperationTarget } from '../shared/configuration.ts';
import type { Json } from '../shared/core/codecs.ts';
import type { Duration } from '../shared/core/duration.ts';
import { placed } from '../shared/core/place.ts';
import type { Authored } from '../shared/core/validation.ts';
import type { Domain } from '../shared/drivers/ports.ts';
import type { Operation } from '../shared/operation.ts';
import type { catalog } from './catalog.ts';

type Catalog = typeof catalog;

/** JSONata over `$event`, which gives the value when the event comes. */
export type Template = `{%${string}%}`;

/** A value in which any part may be a template. */
export type Templated<T> =
  | Template
  | (T extends string | number | boolean | null | undefined | Date | Duration
      ? T
      : T extends readonly (infer Item)[]
        ? Templated<Item>[]
        : T extends object
          ? { [Key in keyof T]: Templated<T[Key]> }
          : T);

/** What a built-in operation takes as the target of an automation. */
export type OperationInput<Name extends keyof Catalog> = Templated<Authored<z.input<Catalog[Name]['input']>>>;

export interface OperationTargetOptions {
  /** A provider of the configuration; the first one when left out. */
  provider?: string;
}

/** What `run` of an application's own operation gets; what it invokes is checked by the compiler. */
export interface OperationContext extends Omit<AppContext, 'invoke'> {
  invoke: Invoke;
}

/** Calls another operation, built-in or of the application; input and output are in JSON form. */
export interface Invoke {
  <Name extends keyof Catalog>(
    operation: Name,
    input: Authored<z.input<Catalog[Name]['input']>>,
    options?: OperationTargetOptions,
  ): Promise<z.input<Catalog[Name]['output']>>;
  <Input extends z.ZodType, Output extends z.ZodType>(
    operation: AppOperation<AppName, Input, Output, never>,
    input: Authored<z.input<Input>>,
    options?: OperationTargetOptions,
  ): Promise<z.input<Output>>;
  /** By its name, for one that cannot be imported here; what it takes and gives is checked when it is called. */
  (operation: AppName, input: Json, options?: OperationTargetOptions): Promise<Json>;
}

/** Names a built-in operation with its input, as what an automation starts. */
export function operation<const Name extends keyof Catalog>(
  name: Name,
  input: OperationInput<Name>,
  options?: OperationTargetOptions,
): OperationTarget;
/** Names an operation of the application with its input, as what an automation starts. */
export function operation<Input extends z.ZodType, Output extends z.ZodType>(
  own: AppOperation<AppName, Input, Output, never>,
  input: Templated<Authored<z.input<Input>>>,
  options?: OperationTargetOptions,
): OperationTarget;
/** The same by its name, for one that cannot be imported here; its input is checked when the host starts. */
export function operation(name: AppName, input: Json, options?: OperationTargetOptions): OperationTarget;
/** Declares an operation of the application; `operations` of the configuration lists it. */
export function operation<const Name extends AppName, Input extends z.ZodType, Output extends z.ZodType>(
  definition: AppOperation<Name, Input, Output, OperationContext>,
): AppOperation<Name, Input, Output>;
/** Declares an operation of CloudLib itself; the types of `run` follow from the name and the schemas. */
export function operation<const Name extends `${Domain}.${string}`, Input extends z.ZodType, Output extends z.ZodType>(
  definition: Operation<Name, Input, Output>,
): Operation<Name, Input, Output>;
export function operation(first: string | object, input?: unknown, options: OperationTargetOptions = {}): object {
  if (input === undefined && typeof first === 'object') return placed(first);
  const name = typeof first === 'string' ? first : (first as AppOperation).name;
  return placed({ kind: 'operation', operation: name, input: JSON.parse(JSON.stringify(input)), ...options });
}
