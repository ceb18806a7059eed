/** Whether the same call may be tried again: `never`, or after waiting (`backoff`). */
export type Retry = 'never' | 'backoff';

export interface CloudErrorOptions {
  /** What the error's variant carries, as JSON values: `{ bucket: 'models' }`. Never a secret. */
  details?: Record<string, unknown>;
  retry?: Retry;
  cause?: unknown;
}

/**
 * The one error that CloudLib throws.
 *
 * `code` is the family and the variant of the specification (`StorageError.BucketNotFound`) or one of the common codes
 * (`InvalidInput`, `Conflict`, `Throttled`, `Unavailable`, `Unimplemented`, `NotFound`, `Internal`). `name` equals `code`, so that a
 * workflow's `ErrorEquals` matches it on every host.
 */
export class CloudError extends Error {
  readonly code: string;
  readonly details: Record<string, unknown>;
  readonly retry: Retry;

  constructor(code: string, message: string, { details = {}, retry = 'never', cause }: CloudErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = code;
    this.code = code;
    this.details = details;
    this.retry = retry;
  }

  /** The form that crosses a wire: no stack, no cause. */
  toJSON(): CloudErrorJson {
    return { code: this.code, message: this.message, details: this.details, retry: this.retry };
  }

  static fromJSON({ code, message, details, retry }: CloudErrorJson): CloudError {
    return new CloudError(code, message, { details, retry });
  }

  /** Any thrown value as a CloudError; one that is not ours becomes `Internal` and keeps the original as its cause. */
  static from(thrown: unknown): CloudError {
    if (thrown instanceof CloudError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new CloudError('Internal', message, { cause: thrown });
  }
}

/** A CloudError as JSON. */
export interface CloudErrorJson {
  code: string;
  message: string;
  details?: Record<string, unknown>;
  retry?: Retry;
}
