import {
  ALGORITHM,
  type CredentialScope,
  canonicalRequest,
  parseAmzDate,
  type SignableRequest,
  sameText,
  signatureOf,
  signingKey,
  stringToSign,
  UNSIGNED_PAYLOAD,
} from './canonicalRequest.ts';
import { SignatureRefusal } from './refusal.ts';

/** How far the clock of a caller may be off, in milliseconds. */
export const LARGEST_SKEW = 15 * 60 * 1000;
/** The longest that a presigned request may hold, in seconds. */
export const LONGEST_EXPIRY = 7 * 24 * 3600;

export interface VerifyOptions {
  now: Date;
  /** The secret of an access key id, or undefined for one that is unknown. */
  secretOf(accessKeyId: string): string | undefined;
  service?: string;
}

/** A signature that holds: who made it, and what the signatures of its chunks are made with. */
export interface Verified {
  accessKeyId: string;
  signature: string;
  signingKey: Buffer;
  scope: CredentialScope;
  /** `YYYYMMDDTHHMMSSZ` */
  time: string;
  /** What `x-amz-content-sha256` says of the payload. */
  payloadHash: string;
}

interface Claim {
  accessKeyId: string;
  scope: CredentialScope;
  signedHeaders: string[];
  signature: string;
  time: string;
  payloadHash: string;
}

/** Checks a request that is signed in its `Authorization` header, or throws why it is refused. */
export function verifyHeader(request: SignableRequest, { now, secretOf, service = 's3' }: VerifyOptions): Verified {
  const { credential, signedHeaders, signature } = parseAuthorization(request.headers.authorization ?? '');
  const { accessKeyId, scope } = parseCredential(credential, 'AuthorizationHeaderMalformed', service);
  const time = timeOf(request.headers);
  if (scope.date !== time.slice(0, 8)) {
    throw malformedHeader(
      `Invalid credential date "${scope.date}". This date is not the same as X-Amz-Date: "${time}".`,
    );
  }
  const skew = Math.abs(parseAmzDate(time)!.getTime() - now.getTime());
  if (skew > LARGEST_SKEW) throw tooSkewed(time, now);
  const payloadHash = request.headers['x-amz-content-sha256'];
  if (payloadHash === undefined) {
    throw new SignatureRefusal('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  requireSigned(request.headers, signedHeaders);
  return check(request, { accessKeyId, scope, signedHeaders, signature, time, payloadHash }, secretOf);
}

const QUERY = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'X-Amz-Date',
  'X-Amz-SignedHeaders',
  'X-Amz-Expires',
];

/** Checks a presigned request, or throws why it is refused. */
export function verifyQuery(request: SignableRequest, { now, secretOf, service = 's3' }: VerifyOptions): Verified {
  const given = new Map(request.query);
  const [algorithm, credential, signature, time, signedText, expiry] = QUERY.map((name) => given.get(name) ?? '');
  if (QUERY.some((name) => !given.get(name))) {
    throw queryError(
      `Query-string authentication version 4 requires the ${QUERY.slice(0, -1).join(', ')}, and X-Amz-Expires parameters.`,
    );
  }
  if (algorithm !== ALGORITHM) throw queryError(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  const { accessKeyId, scope } = parseCredential(credential!, 'AuthorizationQueryParametersError', service);
  const begin = parseAmzDate(time!);
  if (!begin) throw queryError(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
  if (scope.date !== time!.slice(0, 8)) {
    throw queryError(`Invalid credential date "${scope.date}". This date is not the same as X-Amz-Date: "${time}".`);
  }
  checkExpiry(begin, expiry!, now);
  const signedHeaders = signedText!.split(';');
  requireSigned(request.headers, signedHeaders);
  const payloadHash = given.get('X-Amz-Content-Sha256') ?? request.headers['x-amz-content-sha256'] ?? UNSIGNED_PAYLOAD;
  const query = request.query.filter(([name]) => name !== 'X-Amz-Signature');
  const claim = { accessKeyId, scope, signedHeaders, signature: signature!, time: time!, payloadHash };
  return check({ ...request, query }, claim, secretOf);
}

function checkExpiry(begin: Date, text: string, now: Date): void {
  if (!/^-?\d+$/.test(text)) throw queryError('X-Amz-Expires should be a number');
  const seconds = Number(text);
  if (seconds < 0) throw queryError('X-Amz-Expires must be non-negative');
  if (seconds > LONGEST_EXPIRY) {
    throw queryError(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    );
  }
  const end = new Date(begin.getTime() + seconds * 1000);
  if (begin.getTime() - now.getTime() > LARGEST_SKEW)
    throw new SignatureRefusal('AccessDenied', 'Request is not yet valid');
  if (now >= end) {
    throw new SignatureRefusal('AccessDenied', 'Request has expired', {
      'X-Amz-Expires': text,
      Expires: isoSeconds(end),
      ServerTime: isoSeconds(now),
    });
  }
}

function check(request: SignableRequest, claim: Claim, secretOf: VerifyOptions['secretOf']): Verified {
  const { accessKeyId, scope, signedHeaders, signature, time, payloadHash } = claim;
  const secret = secretOf(accessKeyId);
  if (secret === undefined) throw unknownKey(accessKeyId);
  const canonical = canonicalRequest(request, signedHeaders, payloadHash);
  const text = stringToSign(time, scope, canonical);
  const key = signingKey(secret, scope);
  if (!sameText(signatureOf(key, text), signature)) {
    throw mismatch(accessKeyId, signature, { StringToSign: text, CanonicalRequest: canonical });
  }
  return { accessKeyId, signature, signingKey: key, scope, time, payloadHash };
}

/** The refusal of a signature that is not the request's, with what it should have been made of. */
export function mismatch(accessKeyId: string, signature: string, signed: Record<string, string>): SignatureRefusal {
  const bytes = Object.entries(signed).map(([name, text]) => [`${name}Bytes`, hexBytes(text)]);
  return new SignatureRefusal(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    { AWSAccessKeyId: accessKeyId, SignatureProvided: signature, ...signed, ...Object.fromEntries(bytes) },
  );
}

export function unknownKey(accessKeyId: string): SignatureRefusal {
  return new SignatureRefusal(
    'InvalidAccessKeyId',
    'The AWS Access Key Id you provided does not exist in our records.',
    {
      AWSAccessKeyId: accessKeyId,
    },
  );
}

export function tooSkewed(time: string, now: Date): SignatureRefusal {
  return new SignatureRefusal(
    'RequestTimeTooSkewed',
    'The difference between the request time and the current time is too large.',
    {
      RequestTime: time,
      ServerTime: isoSeconds(now),
      MaxAllowedSkewMilliseconds: String(LARGEST_SKEW),
    },
  );
}

function parseAuthorization(header: string): { credential: string; signedHeaders: string[]; signature: string } {
  const parts = new Map(
    header
      .slice(ALGORITHM.length)
      .split(',')
      .map((part) => part.trim().split(/=(.*)/s, 2) as [string, string | undefined]),
  );
  const [credential, signed, signature] = ['Credential', 'SignedHeaders', 'Signature'].map((name) => {
    const value = parts.get(name);
    if (!value) throw malformedHeader(`The authorization header is malformed; the ${name} component is missing.`);
    return value;
  }) as [string, string, string];
  return { credential, signedHeaders: signed.toLowerCase().split(';'), signature };
}

/** Who signed, and within which scope, from `key id/date/region/service/aws4_request`. */
export function parseCredential(
  credential: string,
  code: 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError',
  expected: string,
): { accessKeyId: string; scope: CredentialScope } {
  const parts = credential.split('/');
  const [terminal, service, region, date] = parts.slice(-4).reverse();
  if (parts.length < 5 || terminal !== 'aws4_request' || !/^\d{8}$/.test(date!)) {
    throw new SignatureRefusal(
      code,
      `Error parsing the Credential "${credential}": "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request" expected.`,
    );
  }
  if (service !== expected) {
    throw new SignatureRefusal(
      code,
      `Error parsing the Credential; incorrect service "${service}". This endpoint belongs to "${expected}".`,
    );
  }
  return { accessKeyId: parts.slice(0, -4).join('/'), scope: { date: date!, region: region!, service } };
}

/** The time of a request from `x-amz-date` or `Date`, in the form of the former. */
function timeOf(headers: SignableRequest['headers']): string {
  const text = headers['x-amz-date'] ?? headers.date;
  const time = text !== undefined && (parseAmzDate(text) ?? parseHttpDate(text));
  if (!time) {
    throw new SignatureRefusal('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  }
  return time.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** A date of HTTP (RFC 9110, section 5.6.7), or undefined. */
export function parseHttpDate(text: string): Date | undefined {
  if (!/^\w{3,9},? .*\d\d:\d\d:\d\d/.test(text)) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** The host and everything that S3 reads as an instruction must be signed. */
function requireSigned(headers: SignableRequest['headers'], signedHeaders: string[]): void {
  const missing = Object.keys(headers).filter(
    (name) =>
      (name === 'host' || name.startsWith('x-amz-')) &&
      name !== 'x-amz-content-sha256' &&
      !signedHeaders.includes(name),
  );
  if (missing.length) {
    throw new SignatureRefusal('AccessDenied', 'There were headers present in the request which were not signed', {
      HeadersNotSigned: missing.join(', '),
    });
  }
}

const malformedHeader = (message: string): SignatureRefusal =>
  new SignatureRefusal('AuthorizationHeaderMalformed', message);
const queryError = (message: string): SignatureRefusal =>
  new SignatureRefusal('AuthorizationQueryParametersError', message);
const isoSeconds = (time: Date): string => time.toISOString().replace(/\.\d{3}/, '');
const hexBytes = (text: string): string => (Buffer.from(text).toString('hex').match(/../g) ?? []).join(' ');
