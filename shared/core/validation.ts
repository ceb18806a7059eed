import { z } from 'zod';
import type { Duration } from './duration.ts';
import { CloudError } from './errors.ts';

/** One thing that is wrong with a value: where (a JSON path), what stood there, and what is allowed. */
export interface ValidationIssue {
  path: string;
  value: unknown;
  message: string;
}

/** The JSON form of a value as its memory form, or `InvalidInput` with every issue; `place` says what is being read. */
export function decode<T extends z.ZodType>(schema: T, value: unknown, place: string): z.output<T> {
  const result = z.safeDecode(schema, value as z.input<T>);
  if (result.success) return result.data;
  throw invalidInput(result.error, value, place);
}

/** The memory form of a value as its JSON form, or `InvalidInput` with every issue; `place` says what is being written. */
export function encode<T extends z.ZodType>(schema: T, value: z.output<T>, place: string): z.input<T> {
  const result = z.safeEncode(schema, value);
  if (result.success) return result.data;
  throw invalidInput(result.error, value, place);
}

/** What a person writes in TypeScript for a JSON form: times and durations may be given as `Date` and `Duration`. */
export type Authored<T> = T extends string
  ? string extends T
    ? T | Date | Duration
    : T
  : T extends readonly (infer Item)[]
    ? Authored<Item>[]
    : T extends object
      ? { [Key in keyof T]: Authored<T[Key]> }
      : T;

/** A value as it was authored, with the schema's defaults filled in, as its memory form; `InvalidInput` with every issue. */
export function author<T extends z.ZodType>(schema: T, value: Authored<z.input<T>>, place: string): z.output<T> {
  return decode(schema, JSON.parse(JSON.stringify(value)), place);
}

function invalidInput(error: z.ZodError, input: unknown, place: string): CloudError {
  const issues = error.issues.flatMap((issue) => describe(issue, input));
  const lines = issues.map(({ path, value, message }) => `${path}: ${message} (got ${show(value)})`);
  return new CloudError('InvalidInput', `${place}: ${lines.join('; ')}`, { details: { issues } });
}

function describe(issue: z.core.$ZodIssue, input: unknown): ValidationIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return {
        path: pathText(path),
        value: valueAt(input, path),
        message: 'this key is unknown here; remove it or correct its name',
      };
    });
  }
  return [{ path: pathText(issue.path), value: valueAt(input, issue.path), message: issue.message }];
}

function pathText(path: PropertyKey[]): string {
  return (
    path.reduce<string>(
      (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}${text && '.'}${String(key)}`),
      '',
    ) || '(value)'
  );
}

const SECRET = /secret|password|token|credential|passphrase|private|accesskey|serviceaccountkey/i;

function valueAt(input: unknown, path: PropertyKey[]): unknown {
  if (path.some((key) => SECRET.test(String(key).replaceAll('_', '')))) return '(secret)';
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], input);
}

function show(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return 'an object';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
