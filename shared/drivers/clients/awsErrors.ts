import { CloudError } from '../../core/errors.ts';
import { cloudError } from '../../types/errors.ts';

/** What an error of an AWS SDK client tells, whatever its service. */
export interface AwsError {
  name: string;
  message: string;
  $metadata?: { httpStatusCode?: number; requestId?: string; attempts?: number };
  $fault?: 'client' | 'server';
  $response?: unknown;
  code?: string;
}

/** How AWS's codes translate that mean the same in every service: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html */
const THROTTLED = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'BandwidthLimitExceeded',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'TransactionInProgressException',
  'SlowDown',
  'EC2ThrottledException',
]);
const UNAUTHORIZED = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'IncompleteSignature',
  'MissingAuthenticationToken',
  'AuthFailure',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'CredentialsProviderError',
]);
const UNAVAILABLE = new Set([
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'ServiceException',
  'RequestTimeout',
  'RequestTimeoutException',
  'TimeoutError',
]);

/** An error of a call that has no meaning of its own in its service, as ours; what failed is named with AWS's request id, to ask them by. */
export function commonAwsError(service: string, operation: string, thrown: unknown): CloudError {
  if (thrown instanceof CloudError) return thrown;
  const error = thrown as AwsError;
  const what = `${service} ${operation}: ${describeAwsError(error)}`;
  if (THROTTLED.has(error.name)) {
    return cloudError(
      'Throttled',
      `${what}; it was tried ${error.$metadata?.attempts ?? 1} times; ask less often`,
      { service },
      thrown,
    );
  }
  if (UNAUTHORIZED.has(error.name)) {
    const reason = `AWS does not accept the credentials (${error.name})`;
    return cloudError(
      'Unauthorized',
      `${what}; ${reason}: look at the profile, the keys and the clock of this machine`,
      { reason },
      thrown,
    );
  }
  if (UNAVAILABLE.has(error.name) || isNetworkError(error) || (error.$metadata?.httpStatusCode ?? 0) >= 500) {
    return cloudError('Unavailable', `${what}; try again later`, { service, reason: error.name }, thrown);
  }
  return cloudError('Internal', what, { reason: error.name }, thrown);
}

/** The error's name, words and request id in one line. */
export function describeAwsError({ name, message, $metadata }: AwsError): string {
  const id = $metadata?.requestId;
  return `${name}${message && message !== name ? `: ${message}` : ''}${id ? ` (request ${id})` : ''}`;
}

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Whether nothing, or nothing whole, came back. */
function isNetworkError({ code, name }: AwsError): boolean {
  return NETWORK.has(code ?? '') || NETWORK.has(name) || name === 'NetworkingError';
}
