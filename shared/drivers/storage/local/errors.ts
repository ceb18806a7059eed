import { CloudError } from '../../../core/errors.ts';

/** What a caller cannot mean; `details` say which value it was. */
export const invalid = (message: string, details: Record<string, unknown> = {}): CloudError =>
  new CloudError('InvalidInput', message, { details });

export const bucketNotFound = (bucket: string): CloudError =>
  new CloudError(
    'StorageError.BucketNotFound',
    `there is no bucket "${bucket}"; create it first, or correct its name`,
    {
      details: { bucket },
    },
  );

/** `marker` is the delete marker that hides the object, where there is one. */
export function objectNotFound(bucket: string, key: string, marker?: string): CloudError {
  const why =
    marker === undefined ? '' : '; its newest version is a delete marker, earlier ones can be read by their ids';
  return new CloudError(
    'StorageError.ObjectNotFound',
    `bucket "${bucket}" has no object ${JSON.stringify(key)}${why}`,
    { details: { bucket, key, ...(marker !== undefined && { deleteMarker: true, versionId: marker }) } },
  );
}

export const versionNotFound = (bucket: string, key: string, versionId: string): CloudError =>
  new CloudError(
    'StorageError.VersionNotFound',
    `object ${JSON.stringify(key)} of bucket "${bucket}" has no version "${versionId}"; list its versions to see those that it has`,
    { details: { bucket, key, versionId } },
  );

export const uploadNotFound = (uploadId: string): CloudError =>
  new CloudError(
    'StorageError.UploadNotFound',
    `there is no upload "${uploadId}" of this key under way: it was never started here, or it was completed or aborted; start a new one`,
    { details: { uploadId } },
  );

export const preconditionFailed = (condition: string): CloudError =>
  new CloudError(
    'StorageError.PreconditionFailed',
    `the condition ${condition} does not hold; read the object again and decide anew`,
    { details: { condition } },
  );

export const checksumMismatch = (algorithm: string, expected: string, computed: string): CloudError =>
  new CloudError(
    'StorageError.ChecksumMismatch',
    `the ${algorithm} of what arrived is ${computed} and not ${expected} as was said; nothing was stored, send it again`,
    { details: { algorithm, expected, computed }, retry: 'backoff' },
  );

export const incompleteContent = (expected: number, received: number): CloudError =>
  new CloudError(
    'StorageError.IncompleteContent',
    `${expected} bytes were announced and ${received} arrived; nothing was stored, send it again`,
    { details: { expected, received }, retry: 'backoff' },
  );

export const tooLarge = (size: number, limit: number): CloudError =>
  new CloudError(
    'StorageError.ObjectTooLarge',
    `${size} bytes are more than the ${limit} that fit here; upload it in (smaller) parts, or split it`,
    { details: { size, limit } },
  );

export const downloadFailed = (reason: string, cause?: unknown): CloudError =>
  new CloudError('StorageError.DownloadFailed', reason, { details: { reason }, cause });

export const accessDenied = (operation: string, message: string): CloudError =>
  new CloudError('StorageError.AccessDenied', message, { details: { operation } });

const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

/** What the index or the files of the store threw, as what its caller can act on; what is ours already stays as it is. */
export function storeFailure(error: unknown, directory: string, doing: 'reading' | 'writing'): unknown {
  if (error instanceof CloudError) return error;
  const code = doing === 'reading' ? 'StorageError.DownloadFailed' : 'StorageError.UploadFailed';
  const reason = reasonOf(error as { errcode?: number; code?: string }, directory);
  if (!reason) return error;
  return new CloudError(code, reason.text, { details: { reason: reason.text }, retry: reason.retry, cause: error });
}

function reasonOf(
  { errcode, code }: { errcode?: number; code?: string },
  directory: string,
): { text: string; retry: 'never' | 'backoff' } | undefined {
  if (code === 'ENOSPC' || code === 'EDQUOT' || errcode === SQLITE_FULL) {
    return { text: `the disk of ${directory} is full; nothing was stored; free some space`, retry: 'backoff' };
  }
  // The low byte is the primary code of an extended one.
  if (errcode !== undefined && [SQLITE_CORRUPT, SQLITE_NOTADB].includes(errcode & 0xff)) {
    return {
      text: `the index of the object store in ${directory} is damaged; restore it from a backup`,
      retry: 'never',
    };
  }
  return undefined;
}

/** An archived object that is not restored. */
export const archived = (key: string, storageClass: string): CloudError =>
  new CloudError(
    'StorageError.InvalidObjectState',
    `object ${JSON.stringify(key)} is archived (${storageClass}); restore it and wait until that is done`,
    { details: { key, storageClass } },
  );
