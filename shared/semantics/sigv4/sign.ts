import {
  ALGORITHM,
  amzDate,
  type CredentialScope,
  canonicalRequest,
  type SignableRequest,
  type SigningKey,
  scopeText,
  signatureOf,
  signingKey,
  stringToSign,
  UNSIGNED_PAYLOAD,
} from './canonicalRequest.ts';
import { uriEncode, uriEncodePath } from './encoding.ts';

export interface SignOptions {
  key: SigningKey;
  region: string;
  service?: string;
  time: Date;
}

/** The headers that sign a request: what it must carry besides its own. `payloadHash` is the SHA-256 of its content in hexadecimal. */
export function signHeaders(
  request: SignableRequest,
  { key, region, service = 's3', time, payloadHash }: SignOptions & { payloadHash: string },
): Record<string, string> {
  const added = { 'x-amz-date': amzDate(time), 'x-amz-content-sha256': payloadHash };
  const headers = { ...request.headers, ...added };
  const signedHeaders = Object.keys(headers).sort();
  const scope: CredentialScope = { date: added['x-amz-date'].slice(0, 8), region, service };
  const canonical = canonicalRequest({ ...request, headers }, signedHeaders, payloadHash);
  const signature = signatureOf(
    signingKey(key.secretAccessKey, scope),
    stringToSign(added['x-amz-date'], scope, canonical),
  );
  const credential = `${key.accessKeyId}/${scopeText(scope)}`;
  return {
    ...added,
    authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`,
  };
}

/** Path and query of a request that is signed in its query: who has them may make it for so many seconds. Its headers must come along. */
export function presign(
  request: SignableRequest,
  { key, region, service = 's3', time, expiresIn }: SignOptions & { expiresIn: number },
): string {
  const date = amzDate(time);
  const scope: CredentialScope = { date: date.slice(0, 8), region, service };
  const signedHeaders = Object.keys(request.headers).sort();
  const query: [string, string][] = [
    ...request.query.map(([name, value]): [string, string] => [name, value]),
    ['X-Amz-Algorithm', ALGORITHM],
    ['X-Amz-Credential', `${key.accessKeyId}/${scopeText(scope)}`],
    ['X-Amz-Date', date],
    ['X-Amz-Expires', String(expiresIn)],
    ['X-Amz-SignedHeaders', signedHeaders.join(';')],
  ];
  const canonical = canonicalRequest({ ...request, query }, signedHeaders, UNSIGNED_PAYLOAD);
  const signature = signatureOf(signingKey(key.secretAccessKey, scope), stringToSign(date, scope, canonical));
  const text = [...query, ['X-Amz-Signature', signature]]
    .map(([name, value]) => `${uriEncode(name!)}=${uriEncode(value!)}`)
    .join('&');
  return `${uriEncodePath(request.path)}?${text}`;
}
