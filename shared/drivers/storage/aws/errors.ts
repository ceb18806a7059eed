import type { CloudError } from '../../../core/errors.ts';
import { cloudError } from '../../../types/errors.ts';
import { type AwsError, commonAwsError, describeAwsError } from '../../clients/awsErrors.ts';

/** What a call was about, as far as its error can name it. */
export interface Subject {
  bucket?: string;
  key?: string;
  versionId?: string;
  uploadId?: string;
  partNumber?: number;
  range?: string;
  size?: number;
}

type Translation = (subject: Subject, what: string, error: AwsError) => CloudError;

const bucketNotFound: Translation = ({ bucket = '' }, what, error) =>
  cloudError(
    'StorageError.BucketNotFound',
    `${what}; create the bucket first, or look at its name and region`,
    { bucket },
    error,
  );

const objectNotFound: Translation = ({ bucket = '', key = '' }, what, error) =>
  cloudError(
    'StorageError.ObjectNotFound',
    `bucket "${bucket}" has no object ${JSON.stringify(key)}: ${what}`,
    { bucket, key },
    error,
  );

const versionNotFound: Translation = ({ bucket = '', key = '', versionId = '' }, what, error) =>
  cloudError('StorageError.VersionNotFound', what, { bucket, key, versionId }, error);

const uploadNotFound: Translation = ({ uploadId = '' }, what, error) =>
  cloudError(
    'StorageError.UploadNotFound',
    `${what}; it was completed or aborted, or never begun`,
    { uploadId },
    error,
  );

const conflict: Translation = ({ bucket = '' }, what, error) =>
  cloudError(
    'StorageError.Conflict',
    `${what}; another request for the same is under way, so try again`,
    { bucket, reason: error.name },
    error,
  );

const bucketTaken: Translation = ({ bucket = '' }, what, error) =>
  cloudError(
    'StorageError.BucketAlreadyExists',
    `${what}; bucket names are one space for all accounts, so choose another`,
    { bucket },
    error,
  );

const invalid: Translation = (_subject, what, error) =>
  cloudError('InvalidInput', what, { issues: [{ path: '', message: error.message }] }, error);

const partProblem: Translation = ({ partNumber = 0 }, what, error) =>
  cloudError('StorageError.InvalidPart', what, { partNumber, reason: error.message }, error);

const mismatch: Translation = (_subject, what, error) =>
  cloudError(
    'StorageError.ChecksumMismatch',
    `${what}; the content was changed on its way`,
    { algorithm: '', expected: '', computed: '' },
    error,
  );

/** S3's error codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList */
const TRANSLATIONS: Record<string, Translation> = {
  NoSuchBucket: bucketNotFound,
  NoSuchKey: objectNotFound,
  NoSuchVersion: versionNotFound,
  NoSuchUpload: uploadNotFound,
  BucketAlreadyExists: bucketTaken,
  BucketAlreadyOwnedByYou: bucketTaken,
  BucketNotEmpty: ({ bucket = '' }, what, error) =>
    cloudError(
      'StorageError.BucketNotEmpty',
      `${what}; delete its objects, versions and delete markers first`,
      { bucket },
      error,
    ),
  InvalidBucketName: ({ bucket = '' }, what, error) =>
    cloudError('StorageError.InvalidBucketName', what, { name: bucket }, error),
  KeyTooLongError: ({ key = '' }, what, error) =>
    cloudError('StorageError.InvalidObjectName', what, { name: key }, error),
  TooManyBuckets: ({ bucket = '' }, what, error) => cloudError('StorageError.QuotaExceeded', what, { bucket }, error),
  AccessDenied: (_subject, what, error) =>
    cloudError(
      'StorageError.AccessDenied',
      `${what}; the caller's policy must allow it`,
      { operation: what.split(':')[0]! },
      error,
    ),
  AllAccessDisabled: (_subject, what, error) =>
    cloudError('StorageError.AccessDenied', what, { operation: what.split(':')[0]! }, error),
  PreconditionFailed: (_subject, what, error) =>
    cloudError('StorageError.PreconditionFailed', what, { condition: error.message }, error),
  NotModified: (_subject, what, error) =>
    cloudError('StorageError.NotModified', what, { etag: '', lastModified: new Date(0) }, error),
  InvalidRange: ({ range = '', size = 0 }, what, error) =>
    cloudError('StorageError.InvalidRange', what, { range, size }, error),
  InvalidPart: partProblem,
  InvalidPartNumber: partProblem,
  InvalidPartOrder: ({ partNumber = 0 }, what, error) =>
    cloudError('StorageError.InvalidPartOrder', what, { partNumber }, error),
  EntityTooSmall: ({ partNumber = 0, size = 0 }, what, error) =>
    cloudError(
      'StorageError.PartTooSmall',
      `${what}; every part but the last has 5 MiB at least`,
      { partNumber, size },
      error,
    ),
  EntityTooLarge: ({ size = 0 }, what, error) =>
    cloudError('StorageError.ObjectTooLarge', what, { size, limit: 5 * 2 ** 40 }, error),
  IncompleteBody: ({ size = 0 }, what, error) =>
    cloudError('StorageError.IncompleteContent', what, { expected: size, received: 0 }, error),
  BadDigest: mismatch,
  InvalidDigest: invalid,
  XAmzContentChecksumMismatch: mismatch,
  InvalidObjectState: ({ key = '' }, what, error) =>
    cloudError(
      'StorageError.InvalidObjectState',
      `${what}; restore the object first`,
      { key, storageClass: '' },
      error,
    ),
  RestoreAlreadyInProgress: conflict,
  OperationAborted: conflict,
  ConditionalRequestConflict: conflict,
  InvalidArgument: invalid,
  InvalidRequest: invalid,
  BadRequest: invalid,
  InvalidTag: invalid,
  MalformedXML: invalid,
  MetadataTooLarge: invalid,
  InvalidStorageClass: invalid,
  IllegalVersioningConfigurationException: invalid,
};

/** Answers to HEAD have no body, so the SDK knows only their status. */
const BY_STATUS: Record<number, string> = {
  304: 'NotModified',
  403: 'AccessDenied',
  412: 'PreconditionFailed',
  416: 'InvalidRange',
};

/** An error of an S3 call as ours. */
export function storageError(operation: string, subject: Subject, thrown: unknown): CloudError {
  const error = thrown as AwsError;
  const status = error.$metadata?.httpStatusCode ?? 0;
  const translation = TRANSLATIONS[error.name] ?? TRANSLATIONS[BY_STATUS[status] ?? notFound(subject, error)];
  if (!translation) return commonAwsError('S3', operation, thrown);
  return translation(subject, `S3 ${operation}: ${describeAwsError(error)}`, error);
}

function notFound({ key, versionId }: Subject, { name, $metadata }: AwsError): string {
  if (name !== 'NotFound' && $metadata?.httpStatusCode !== 404) return '';
  if (key === undefined) return 'NoSuchBucket';
  return versionId === undefined ? 'NoSuchKey' : 'NoSuchVersion';
}
