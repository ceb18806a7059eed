import { CloudError } from '../../../shared/core/errors.ts';
import { SignatureRefusal } from '../../../shared/semantics/sigv4/index.ts';

/** The errors that the endpoint answers with: S3's code, its HTTP status, and what is said when nothing better is known. */
const CODES = {
  AccessControlListNotSupported: [400, 'The bucket does not allow ACLs.'],
  AccessDenied: [403, 'Access Denied'],
  AccessForbidden: [403, 'CORSResponse: CORS is not enabled for this bucket.'],
  AuthorizationHeaderMalformed: [400, 'The authorization header that you provided is not valid.'],
  AuthorizationQueryParametersError: [400, 'Error parsing the authorization query parameters.'],
  BadDigest: [400, 'The Content-MD5 or checksum value that you specified did not match what the server received.'],
  BadRequest: [400, 'Bad Request'],
  BucketAlreadyExists: [
    409,
    'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Select a different name and try again.',
  ],
  BucketAlreadyOwnedByYou: [409, 'Your previous request to create the named bucket succeeded and you already own it.'],
  BucketNotEmpty: [409, 'The bucket you tried to delete is not empty'],
  ConditionalRequestConflict: [
    409,
    'A conflicting operation occurred during the execution of this request. Try again.',
  ],
  CrossLocationLoggingProhibited: [403, 'Cross-location logging not allowed.'],
  EntityTooLarge: [400, 'Your proposed upload exceeds the maximum allowed size'],
  EntityTooSmall: [400, 'Your proposed upload is smaller than the minimum allowed size'],
  IllegalVersioningConfigurationException: [400, 'The versioning configuration specified in the request is not valid.'],
  IncompleteBody: [400, 'You did not provide the number of bytes specified by the Content-Length HTTP header'],
  InternalError: [500, 'We encountered an internal error. Please try again.'],
  InvalidAccessKeyId: [403, 'The AWS Access Key Id you provided does not exist in our records.'],
  InvalidArgument: [400, 'Invalid Argument'],
  InvalidBucketAclWithObjectOwnership: [
    400,
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  ],
  InvalidBucketName: [400, 'The specified bucket is not valid.'],
  InvalidBucketState: [409, 'The request is not valid for the current state of the bucket.'],
  InvalidChunkSizeError: [403, 'Only the last chunk is allowed to have a size less than 8192 bytes'],
  InvalidDigest: [400, 'The Content-MD5 you specified was invalid.'],
  InvalidEncryptionAlgorithmError: [
    400,
    'The encryption request that you specified is not valid. The valid value is AES256.',
  ],
  InvalidLocationConstraint: [400, 'The specified location-constraint is not valid'],
  InvalidObjectState: [403, 'The operation is not valid for the current state of the object.'],
  InvalidPart: [
    400,
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  ],
  InvalidPartNumber: [416, 'The requested partnumber is not satisfiable'],
  InvalidPartOrder: [400, 'The list of parts was not in ascending order. Parts must be ordered by part number.'],
  InvalidPolicyDocument: [
    400,
    'The content of the form does not meet the conditions specified in the policy document.',
  ],
  InvalidRange: [416, 'The requested range is not satisfiable'],
  InvalidRequest: [400, 'Invalid Request'],
  InvalidRetentionPeriod: [400, 'The retention period specified is not valid.'],
  InvalidStorageClass: [400, 'The storage class you specified is not valid'],
  InvalidTag: [
    400,
    'The tag provided was not a valid tag. This error can occur if the tag did not pass input validation.',
  ],
  InvalidTargetBucketForLogging: [400, 'The target bucket for logging does not exist.'],
  InvalidURI: [400, "Couldn't parse the specified URI."],
  KeyTooLongError: [400, 'Your key is too long'],
  MalformedACLError: [400, 'The XML you provided was not well-formed or did not validate against our published schema'],
  MalformedPOSTRequest: [400, 'The body of your POST request is not well-formed multipart/form-data.'],
  MalformedPolicy: [400, "Policies must be valid JSON and the first byte must be '{'"],
  MalformedTrailerError: [
    400,
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  ],
  MalformedXML: [400, 'The XML you provided was not well-formed or did not validate against our published schema'],
  MaxMessageLengthExceeded: [400, 'Your request was too big.'],
  MaxPostPreDataLengthExceededError: [400, 'Your POST request fields preceding the upload file were too large.'],
  MetadataTooLarge: [400, 'Your metadata headers exceed the maximum allowed metadata size'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource.'],
  MissingContentLength: [411, 'You must provide the Content-Length HTTP header.'],
  MissingRequestBodyError: [400, 'Request body is empty.'],
  MissingSecurityHeader: [400, 'Your request was missing a required header'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchBucketPolicy: [404, 'The bucket policy does not exist'],
  NoSuchCORSConfiguration: [404, 'The CORS configuration does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchLifecycleConfiguration: [404, 'The lifecycle configuration does not exist'],
  NoSuchObjectLockConfiguration: [404, 'The specified object does not have a ObjectLock configuration'],
  NoSuchPublicAccessBlockConfiguration: [404, 'The public access block configuration was not found'],
  NoSuchTagSet: [404, 'The TagSet does not exist'],
  NoSuchUpload: [
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  ],
  NoSuchVersion: [404, 'The specified version does not exist.'],
  NoSuchWebsiteConfiguration: [404, 'The specified bucket does not have a website configuration'],
  NotImplemented: [501, 'A header you provided implies functionality that is not implemented'],
  NotModified: [304, 'Not Modified'],
  ObjectLockConfigurationNotFoundError: [404, 'Object Lock configuration does not exist for this bucket'],
  OperationAborted: [
    409,
    'A conflicting conditional operation is currently in progress against this resource. Please try again.',
  ],
  OwnershipControlsNotFoundError: [404, 'The bucket ownership controls were not found'],
  PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold'],
  QuotaExceeded: [403, 'The quota of the bucket is used up'],
  ReplicationConfigurationNotFoundError: [404, 'The replication configuration was not found'],
  RequestTimeTooSkewed: [403, 'The difference between the request time and the current time is too large.'],
  RestoreAlreadyInProgress: [409, 'Object restore is already in progress'],
  ServerSideEncryptionConfigurationNotFoundError: [404, 'The server side encryption configuration was not found'],
  ServiceUnavailable: [503, 'Please reduce your request rate.'],
  SignatureDoesNotMatch: [403, 'The request signature we calculated does not match the signature you provided.'],
  SlowDown: [503, 'Please reduce your request rate.'],
  TooManyParts: [400, 'The list of parts has more than 10000 entries'],
  UnexpectedContent: [400, 'This request does not support content'],
  UnresolvableGrantByEmailAddress: [400, 'The e-mail address you provided does not match any account on record.'],
  XAmzContentSHA256Mismatch: [400, "The provided 'x-amz-content-sha256' header does not match what was computed."],
} satisfies Record<string, [number, string]>;

export type S3ErrorCode = keyof typeof CODES;

export interface S3ErrorOptions {
  message?: string;
  /** Elements that S3 adds to this error, by name. */
  details?: Record<string, string>;
  /** Headers of the answer. */
  headers?: Record<string, string>;
  cause?: unknown;
}

/** An error in the words of S3, as the endpoint answers it. */
export class S3Error extends Error {
  readonly code: S3ErrorCode;
  readonly status: number;
  readonly details: Record<string, string>;
  readonly headers: Record<string, string>;

  constructor(code: S3ErrorCode, { message, details = {}, headers = {}, cause }: S3ErrorOptions = {}) {
    super(message ?? CODES[code][1], cause === undefined ? undefined : { cause });
    this.name = code;
    this.code = code;
    this.status = CODES[code][0];
    this.details = details;
    this.headers = headers;
  }
}

/** An argument that S3 does not accept, with its name and value. */
export function invalidArgument(message: string, name?: string, value?: string): S3Error {
  return new S3Error('InvalidArgument', {
    message,
    ...(name !== undefined && { details: { ArgumentName: name, ArgumentValue: value ?? '' } }),
  });
}

/** What an error of the store is called by S3. */
const BY_STORE_CODE: Record<string, S3ErrorCode> = {
  'StorageError.BucketNotFound': 'NoSuchBucket',
  'StorageError.ObjectNotFound': 'NoSuchKey',
  'StorageError.AccessDenied': 'AccessDenied',
  'StorageError.QuotaExceeded': 'QuotaExceeded',
  'StorageError.BucketAlreadyExists': 'BucketAlreadyExists',
  'StorageError.BucketNotEmpty': 'BucketNotEmpty',
  'StorageError.InvalidBucketName': 'InvalidBucketName',
  'StorageError.InvalidObjectName': 'KeyTooLongError',
  'StorageError.UploadNotFound': 'NoSuchUpload',
  'StorageError.InvalidPart': 'InvalidPart',
  'StorageError.Conflict': 'ConditionalRequestConflict',
  'StorageError.VersionNotFound': 'NoSuchVersion',
  'StorageError.PreconditionFailed': 'PreconditionFailed',
  'StorageError.NotModified': 'NotModified',
  'StorageError.InvalidRange': 'InvalidRange',
  'StorageError.InvalidPartOrder': 'InvalidPartOrder',
  'StorageError.PartTooSmall': 'EntityTooSmall',
  'StorageError.ObjectTooLarge': 'EntityTooLarge',
  'StorageError.IncompleteContent': 'IncompleteBody',
  'StorageError.ChecksumMismatch': 'BadDigest',
  'StorageError.InvalidObjectState': 'InvalidObjectState',
  InvalidInput: 'InvalidArgument',
  Conflict: 'OperationAborted',
  Throttled: 'SlowDown',
  Unavailable: 'ServiceUnavailable',
  Unimplemented: 'NotImplemented',
};

/** Codes for which the store's own words say more than S3's. */
const OWN_WORDS = new Set(['InvalidInput', 'Unavailable', 'Unimplemented', 'StorageError.QuotaExceeded']);

/** Anything thrown as the S3 error that it is; what nobody foresaw is an InternalError that tells nothing of its cause. */
export function s3Error(thrown: unknown): S3Error {
  if (thrown instanceof S3Error) return thrown;
  if (thrown instanceof SignatureRefusal) {
    return new S3Error(thrown.code, { message: thrown.message, details: thrown.details, cause: thrown });
  }
  const refusal = thrown instanceof Error ? thrown.cause : undefined;
  if (refusal instanceof S3Error || refusal instanceof SignatureRefusal) return s3Error(refusal);
  const code = thrown instanceof CloudError ? BY_STORE_CODE[thrown.code] : undefined;
  if (!code || !(thrown instanceof CloudError)) return new S3Error('InternalError', { cause: thrown });
  return new S3Error(code, {
    ...(OWN_WORDS.has(thrown.code) && { message: thrown.message }),
    ...messageOf(thrown),
    details: detailsOf(thrown),
    headers: headersOf(thrown),
    cause: thrown,
  });
}

function messageOf({ code, details }: CloudError): { message?: string } {
  if (code !== 'StorageError.ChecksumMismatch') return {};
  return String(details.algorithm) === 'MD5'
    ? { message: 'The Content-MD5 you specified did not match what we received.' }
    : { message: `The ${details.algorithm} you specified did not match the calculated checksum.` };
}

/** What the store says about an error, under the names that S3 gives it. */
function detailsOf({ code, details }: CloudError): Record<string, string> {
  const text = (name: string): string => String(details[name] ?? '');
  switch (code) {
    case 'StorageError.BucketNotFound':
    case 'StorageError.BucketAlreadyExists':
    case 'StorageError.BucketNotEmpty':
      return { BucketName: text('bucket') };
    case 'StorageError.InvalidBucketName':
      return { BucketName: text('name') };
    case 'StorageError.ObjectNotFound':
      return { Key: text('key') };
    case 'StorageError.VersionNotFound':
      return { Key: text('key'), VersionId: text('versionId') };
    case 'StorageError.UploadNotFound':
      return { UploadId: text('uploadId') };
    case 'StorageError.PreconditionFailed':
      return { Condition: conditionName(text('condition')) };
    case 'StorageError.InvalidRange':
      return { ActualObjectSize: text('size'), RangeRequested: text('range') };
    case 'StorageError.InvalidPart':
      return { PartNumber: text('partNumber') };
    case 'StorageError.PartTooSmall':
      return { PartNumber: text('partNumber'), ProposedSize: text('size'), MinSizeAllowed: String(5 * 1024 * 1024) };
    case 'StorageError.InvalidObjectState':
      return { StorageClass: text('storageClass') };
    default:
      return {};
  }
}

/** A condition as the header that states it: `ifMatch` is `If-Match`. */
function conditionName(text: string): string {
  const name = /^if[A-Z]\w*/.exec(text)?.[0];
  return name ? name.replace(/^i/, 'I').replace(/(?!^)([A-Z])/g, '-$1') : text;
}

function headersOf({ code, details }: CloudError): Record<string, string> {
  if (code === 'StorageError.InvalidRange') return { 'content-range': `bytes */${details.size}` };
  if (code !== 'StorageError.NotModified') return {};
  return {
    etag: `"${details.etag}"`,
    'last-modified': new Date(String(details.lastModified)).toUTCString(),
  };
}
