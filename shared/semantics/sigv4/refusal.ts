/** The codes of S3 for requests whose signature does not let them in. */
export type RefusalCode =
  | 'AccessDenied'
  | 'AuthorizationHeaderMalformed'
  | 'AuthorizationQueryParametersError'
  | 'EntityTooLarge'
  | 'EntityTooSmall'
  | 'IncompleteBody'
  | 'InvalidAccessKeyId'
  | 'InvalidArgument'
  | 'InvalidChunkSizeError'
  | 'InvalidPolicyDocument'
  | 'InvalidRequest'
  | 'MalformedTrailerError'
  | 'RequestTimeTooSkewed'
  | 'SignatureDoesNotMatch';

/** Why a request is not let in; `details` are the elements that S3 adds to the error, in its names. */
export class SignatureRefusal extends Error {
  readonly code: RefusalCode;
  readonly details: Record<string, string>;

  constructor(code: RefusalCode, message: string, details: Record<string, string> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.details = details;
  }
}
