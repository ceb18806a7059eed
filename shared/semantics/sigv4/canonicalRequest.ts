import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { uriEncode, uriEncodePath } from './encoding.ts';

export const ALGORITHM = 'AWS4-HMAC-SHA256';
/** The hash of a payload that is not part of what is signed. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** A request as it is signed: nothing is encoded yet. */
export interface SignableRequest {
  method: string;
  /** Decoded; S3 signs it as it is, with empty and dot segments. */
  path: string;
  query: readonly (readonly [string, string])[];
  /** By lower-case name; the values of a header that comes several times are joined with commas. */
  headers: Readonly<Record<string, string>>;
}

/** Where a signing key holds: a day, a region and a service. */
export interface CredentialScope {
  /** `YYYYMMDD` */
  date: string;
  region: string;
  service: string;
}

export interface SigningKey {
  accessKeyId: string;
  secretAccessKey: string;
}

/**
 * The canonical request of AWS Signature Version 4, as S3 makes it: the path is encoded once and not normalised.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalRequest(request: SignableRequest, signedHeaders: string[], payloadHash: string): string {
  const headers = signedHeaders.map((name) => `${name}:${canonicalValue(request.headers[name] ?? '')}\n`).join('');
  return [
    request.method,
    uriEncodePath(request.path),
    canonicalQuery(request.query),
    headers,
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
}

function canonicalQuery(query: SignableRequest['query']): string {
  return query
    .map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`)
    .map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair])
    .sort(([nameA, a], [nameB, b]) => compare(nameA, nameB) || compare(a, b))
    .map(([, pair]) => pair)
    .join('&');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const canonicalValue = (value: string): string => value.trim().replace(/\s+/g, ' ');

export const scopeText = ({ date, region, service }: CredentialScope): string =>
  `${date}/${region}/${service}/aws4_request`;

/** What is signed of a canonical request; `time` is `YYYYMMDDTHHMMSSZ`. */
export function stringToSign(time: string, scope: CredentialScope, canonical: string): string {
  return [ALGORITHM, time, scopeText(scope), sha256(canonical)].join('\n');
}

/** The key that signs within a scope. */
export function signingKey(secretAccessKey: string, { date, region, service }: CredentialScope): Buffer {
  return [date, region, service, 'aws4_request'].reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
}

export const signatureOf = (key: Buffer, text: string): string => hmac(key, text).toString('hex');

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Whether two texts are the same, in a time that does not tell where they differ. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** A time as Signature Version 4 writes it: `20261123T190000Z`. */
export function amzDate(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** The time that such a text names, or undefined. */
export function parseAmzDate(text: string): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
