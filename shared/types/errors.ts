import { z } from 'zod';
import { DurationCodec, Json } from '../core/codecs.ts';
import { CloudError, type Retry } from '../core/errors.ts';
import * as families from './errorFamilies.ts';

export * from './errorFamilies.ts';

/** Every family of errors by name: the variants of the specification's CloudError, and those that it names without defining. */
export const ERROR_FAMILIES = families;
type Families = typeof ERROR_FAMILIES;
type Family = keyof Families;
type Kind<F extends Family> = z.output<Families[F]>['kind'];

const text = z.string();

/** What the codes that all families share carry. */
export const COMMON_ERRORS = {
  InvalidInput: z.strictObject({
    issues: z.array(z.strictObject({ path: text, value: Json.optional(), message: text })),
  }),
  Throttled: z.strictObject({ service: text, retryAfter: DurationCodec.optional() }),
  Conflict: z.strictObject({
    resource: text,
    reason: text,
    version: text.optional().describe('of what is there now'),
    reasons: z.array(Json).optional().describe('one for each part of a transaction'),
  }),
  Unavailable: z.strictObject({ service: text, reason: text }),
  Unimplemented: z.strictObject({ provider: text, capability: text, reason: text }),
  NotFound: z.strictObject({ resource: text }),
  Unauthorized: z.strictObject({ reason: text }),
  Internal: z.strictObject({ reason: text.optional() }),
};
type Common = keyof typeof COMMON_ERRORS;

/** Every code that a CloudError of ours can have. */
export type ErrorCode = Common | { [F in Family]: `${F}.${Kind<F>}` }[Family];

/** What the error with a given code carries, in memory. */
export type ErrorDetails<C extends ErrorCode> = C extends Common
  ? z.output<(typeof COMMON_ERRORS)[C]>
  : C extends `${infer F extends Family}.${infer K}`
    ? Omit<Extract<z.output<Families[F]>, { kind: K }>, 'kind'>
    : never;

/** The codes for which the same call may succeed a little later; no other is tried again. */
const BACKOFF: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'Throttled',
  'Conflict',
  'Unavailable',
  'DeploymentError.NetworkError',
  'DeploymentError.ResourceNotAvailable',
  'StorageError.UploadFailed',
  'StorageError.DownloadFailed',
  'DatabaseError.ConnectionFailed',
  'SyncError.ProviderUnreachable',
  'ProviderError.ServiceFailed',
]);

/** One line of ERROR_CODES. */
export interface ErrorEntry {
  details: z.ZodObject;
  retry: Retry;
}

/** Every code with what it carries and whether the same call may be tried again. */
export const ERROR_CODES = Object.fromEntries([
  ...Object.entries(COMMON_ERRORS).map(([code, details]) => entry(code, details)),
  ...Object.entries(ERROR_FAMILIES).flatMap(([family, { options }]) =>
    (options as readonly z.ZodObject[]).map((option) => {
      const { kind, ...fields } = option.shape;
      return entry(`${family}.${(kind as z.ZodLiteral<string>).value}`, z.strictObject(fields));
    }),
  ),
]) as Record<ErrorCode, ErrorEntry>;

function entry(code: string, details: z.ZodObject): [string, ErrorEntry] {
  return [code, { details, retry: BACKOFF.has(code as ErrorCode) ? 'backoff' : 'never' }];
}

/** Whether a text is one of our codes. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}

/** A CloudError with the details that its code asks for, in their JSON form, and the retry class that the table gives it. */
export function cloudError<C extends ErrorCode>(
  code: C,
  message: string,
  details: ErrorDetails<C>,
  cause?: unknown,
): CloudError {
  const { details: schema, retry } = ERROR_CODES[code];
  const given = details as Record<string, unknown>;
  const encoded = z.safeEncode(schema, given);
  // Details of the wrong form must not replace the error that is being reported.
  return new CloudError(code, message, { details: encoded.success ? encoded.data : given, retry, cause });
}
