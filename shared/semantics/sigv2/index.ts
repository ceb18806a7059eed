import { createHmac } from 'node:crypto';
import {
  LARGEST_SKEW,
  mismatch,
  parseAmzDate,
  parseHttpDate,
  type SignableRequest,
  SignatureRefusal,
  sameText,
  tooSkewed,
  unknownKey,
  uriEncodePath,
  type VerifyOptions,
} from '../sigv4/index.ts';

/** Parameters of a query that name a part of a resource, or change its answer; they alone are signed. */
const SIGNED_PARAMETERS = new Set([
  ...['accelerate', 'acl', 'analytics', 'cors', 'defaultObjectAcl', 'delete', 'encryption', 'inventory', 'lifecycle'],
  ...['location', 'logging', 'metrics', 'notification', 'object-lock', 'ownershipControls', 'partNumber', 'policy'],
  ...['policyStatus', 'publicAccessBlock', 'replication', 'requestPayment', 'restore', 'retention', 'legal-hold'],
  ...[
    'tagging',
    'torrent',
    'uploadId',
    'uploads',
    'versionId',
    'versioning',
    'versions',
    'website',
    'attributes',
    'select',
    'select-type',
  ],
  ...['response-cache-control', 'response-content-disposition', 'response-content-encoding'],
  ...['response-content-language', 'response-content-type', 'response-expires'],
]);

/** A request with what Signature Version 2 signs besides: the bucket, where it stands in the host's name. */
export type SignableRequest2 = SignableRequest & { hostBucket?: string };

/**
 * Checks a request that is signed in its `Authorization` header by the older version 2, or throws why it is refused; returns who signed.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
 */
export function verifyHeader2(request: SignableRequest2, options: VerifyOptions): string {
  const match = /^AWS ([^:\s]+):(\S+)$/.exec(request.headers.authorization ?? '');
  if (!match) {
    throw new SignatureRefusal(
      'InvalidArgument',
      'AWS authorization header is invalid.  Expected AwsAccessKeyId:signature',
      {
        ArgumentName: 'Authorization',
        ArgumentValue: 'AWS',
      },
    );
  }
  const text = request.headers['x-amz-date'] ?? request.headers.date;
  const time = text === undefined ? undefined : (parseHttpDate(text) ?? parseAmzDate(text));
  if (!time)
    throw new SignatureRefusal('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  if (Math.abs(time.getTime() - options.now.getTime()) > LARGEST_SKEW) throw tooSkewed(text!, options.now);
  const date = request.headers['x-amz-date'] === undefined ? text! : '';
  return check(request, { accessKeyId: match[1]!, signature: match[2]!, date }, options);
}

/** The same for a presigned request. */
export function verifyQuery2(request: SignableRequest2, options: VerifyOptions): string {
  const given = new Map(request.query);
  const [accessKeyId, signature, expires] = ['AWSAccessKeyId', 'Signature', 'Expires'].map((name) => given.get(name));
  if (!accessKeyId || !signature || !expires) {
    throw new SignatureRefusal(
      'AccessDenied',
      'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters',
    );
  }
  if (!/^\d{1,12}$/.test(expires)) {
    throw new SignatureRefusal('AccessDenied', `Invalid date (should be seconds since epoch): ${expires}`);
  }
  if (options.now.getTime() >= Number(expires) * 1000) {
    throw new SignatureRefusal('AccessDenied', 'Request has expired', {
      Expires: new Date(Number(expires) * 1000).toISOString(),
      ServerTime: options.now.toISOString(),
    });
  }
  // What would be signed as a header may stand in the query instead.
  const hoisted = request.query.filter(([name]) => /^(x-amz-.*|content-type|content-md5)$/.test(name));
  const headers = { ...Object.fromEntries(hoisted), ...request.headers };
  return check({ ...request, headers }, { accessKeyId, signature, date: expires }, options);
}

function check(
  request: SignableRequest2,
  { accessKeyId, signature, date }: { accessKeyId: string; signature: string; date: string },
  { secretOf }: VerifyOptions,
): string {
  const secret = secretOf(accessKeyId);
  if (secret === undefined) throw unknownKey(accessKeyId);
  const text = stringToSign2(request, date);
  if (!sameText(signatureOf2(secret, text), signature)) throw mismatch(accessKeyId, signature, { StringToSign: text });
  return accessKeyId;
}

/** What version 2 signs of a request; `date` is its `Date` header, or when a presigned request expires. */
export function stringToSign2({ method, headers, query, path, hostBucket }: SignableRequest2, date: string): string {
  const amz = Object.entries(headers)
    .filter(([name]) => name.startsWith('x-amz-'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value.trim()}\n`);
  const parameters = query
    .filter(([name]) => SIGNED_PARAMETERS.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  const resource = `${hostBucket === undefined ? '' : `/${hostBucket}`}${uriEncodePath(path)}`;
  const start = [method, headers['content-md5'] ?? '', headers['content-type'] ?? '', date, ''].join('\n');
  return `${start}${amz.join('')}${resource}${parameters.length ? `?${parameters.join('&')}` : ''}`;
}

export const signatureOf2 = (secret: string, text: string): string =>
  createHmac('sha1', secret).update(text).digest('base64');
