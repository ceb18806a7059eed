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
  const value = valueAt(input, issue.path);
  return [{ path: pathText(issue.path), value, message: messageOf(issue, value) }];
}

function messageOf(issue: z.core.$ZodIssue, value: unknown): string {
  return issue.code === 'invalid_type' && value === undefined
    ? `is required: ${issue.expected} expected`
    : issue.message;
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

const namesSecret = (key: PropertyKey): boolean => SECRET.test(String(key).replaceAll('_', ''));

function valueAt(input: unknown, path: PropertyKey[]): unknown {
  if (path.some(namesSecret)) return '(secret)';
  return redacted(
    path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], input),
  );
}

/** The value without what its own names call a secret. */
function redacted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redacted);
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, namesSecret(key) ? '(secret)' : redacted(member)]),
  );
}

function show(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return 'an object';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
