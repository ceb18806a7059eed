import type { z } from 'zod';
import type { OperationTarget } from '../shared/configuration.ts';
import type { Duration } from '../shared/core/duration.ts';
import type { Authored } from '../shared/core/validation.ts';
import type { Domain } from '../shared/drivers/ports.ts';
import { operation as declare, type Operation } from '../shared/operation.ts';
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

/** Names a built-in operation with its input, as what an automation starts. */
export function operation<const Name extends keyof Catalog>(
  name: Name,
  input: OperationInput<Name>,
  options?: OperationTargetOptions,
): OperationTarget;
/** Declares an operation; the types of `run` follow from the name and the schemas. */
export function operation<const Name extends `${Domain}.${string}`, Input extends z.ZodType, Output extends z.ZodType>(
  definition: Operation<Name, Input, Output>,
): Operation<Name, Input, Output>;
export function operation(
  first: string | Operation,
  input?: unknown,
  options: OperationTargetOptions = {},
): OperationTarget | Operation {
  if (typeof first !== 'string') return declare(first as never);
  return { kind: 'operation', operation: first, input: JSON.parse(JSON.stringify(input)), ...options };
}
